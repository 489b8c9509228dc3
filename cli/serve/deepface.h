/* POST /analyze: the request and the answer of DeepFace's server, so that its clients work with this one. */
#ifndef FER_SERVE_DEEPFACE_H
#define FER_SERVE_DEEPFACE_H

#include "serve/request.h"

void deepface_run(struct worker *w, struct request *r);

#endif
