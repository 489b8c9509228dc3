/* What a session holds, for the calls of this room that run batches of their own. */
#ifndef FERI_API_SESSION_H
#define FERI_API_SESSION_H

#include "fer/model.h"
#include "graph/plan.h"
#include "image/image.h"
#include "models/heads.h"

struct fer_session {
    const fer_model *model;
    struct feri_pool *pool;
    struct feri_exec *exec; /* of the model's shared plan */
    struct feri_heads heads;
    size_t batch_max;
    struct feri_preprocess preprocess;
    float *mirrored;      /* [batch_max][n_classes], scores of the mirror images; NULL: no test-time augmentation */
    fer_status *statuses; /* [batch_max] of the pictures being prepared */
};

/** Compute the n samples that are in place; s->heads has the answers. FER_ERR_NUMERIC when one is not a finite number. */
fer_status feri_session_forward(fer_session *s, size_t n, fer_error *err);

/** Probabilities of one row of logits, softmax(x / temperature); returns log of the sum of exp(x / temperature). y may be x. */
double feri_softmax_row(size_t n, double temperature, const float *x, float *y);

#endif
