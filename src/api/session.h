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
    float *mirrored;      /* [batch_max][n_classes], scores of the mirror images; NULL: no test-time augmentation */
    fer_status *statuses; /* [batch_max] of the pictures being prepared */
};

/* Where answers go: scores [n][n_classes]; va [n][FERI_VA], NULL: not wanted. */
struct feri_answers {
    float *scores, *va;
};

/** Fills feri_exec_input(s->exec) with n samples. */
typedef fer_status feri_prepare_fn(void *user, fer_session *s, size_t n, fer_error *err);
/** Scores (and valence and arousal) of the n <= batch_max samples that `prepare` gives; it is called a second time
 * where the mirror images are asked too. */
fer_status feri_session_answer(fer_session *s, size_t n, feri_prepare_fn *prepare, void *user, struct feri_answers to,
                               fer_error *err);

/** A cropped face to the network's input dst [h][w][c]: resized first, then converted, as in training. */
fer_status feri_session_prepare(const fer_session *s, const struct feri_pixels *face, float *dst);

/** Compute the n samples that are in place; s->heads has the answers. FER_ERR_NUMERIC when one is not a finite number.
 */
fer_status feri_session_forward(fer_session *s, size_t n, fer_error *err);

#endif
