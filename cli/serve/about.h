/* What the server says about itself. These answers wait for nothing. */
#ifndef FER_SERVE_ABOUT_H
#define FER_SERVE_ABOUT_H

#include "serve/request.h"

void about_health(struct request *r);
void about_ready(struct request *r);
void about_models(struct request *r);
void about_metrics(struct request *r);

#endif
