/* The parts of a session, for other calls of this room that run batches of their own. */
#ifndef FERI_API_SESSION_H
#define FERI_API_SESSION_H

#include "fer/model.h"
#include "graph/plan.h"
#include "image/image.h"
#include "models/heads.h"

struct fer_session {
    const fer_model *model;
    struct feri_pool *pool;
    struct feri_exec *exec; /* an execution of the model's shared plan */
    struct feri_heads heads;
    size_t batch_max;
    /* [batch_max][n_classes], scores of the mirror images; NULL: no test-time augmentation */
    float *mirrored;
    fer_status *statuses; /* [batch_max] of the pictures being prepared */
    /* [batch_max] of the samples' faces; prepare functions write it if the model has a doubt */
    float *quality;
};

/* The destination of predictions: scores [n][n_classes]; va [n][FERI_VA], NULL: not requested. */
struct feri_answers {
    float *scores, *va;
};

/** Fills feri_exec_input(s->exec) with n samples, and s->quality. */
typedef fer_status feri_prepare_fn(void *user, fer_session *s, size_t n, fer_error *err);
/** Compute scores (and valence and arousal) of n <= batch_max samples. `prepare` writes the samples; with test-time
 * augmentation it is called a second time for the mirror images. */
fer_status feri_session_answer(fer_session *s, size_t n, feri_prepare_fn *prepare, void *user, struct feri_answers to,
                               fer_error *err);

/** Convert a cropped face to the network's input dst [h][w][c]: first resize, then convert, as in training. */
fer_status feri_session_prepare(const fer_session *s, const struct feri_pixels *face, float *dst);

/** Compute the n samples in the input buffer; s->heads has the results. FER_ERR_NUMERIC if one is not finite.
 */
fer_status feri_session_forward(fer_session *s, size_t n, fer_error *err);

#endif
