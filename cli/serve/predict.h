/* POST /v1/predict: pictures to faces, in the formats of `fer predict`. */
#ifndef FER_SERVE_PREDICT_H
#define FER_SERVE_PREDICT_H

#include "serve/request.h"

void predict_run(struct worker *w, struct request *r);

#endif
