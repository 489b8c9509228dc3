/* POST /v1/predict: pictures to faces, in the formats of `fer predict`. */
#ifndef FER_SERVE_PREDICT_H
#define FER_SERVE_PREDICT_H

#include "serve/request.h"

/** The faces of all requests that hold one picture are classified together. */
void predict_run_many(struct worker *w, struct request *const requests[], size_t n);

#endif
