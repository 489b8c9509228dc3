/* Exponential moving average of a model: of its trained weights and its running statistics. */
#ifndef FERI_TRAIN_EMA_H
#define FERI_TRAIN_EMA_H

#include "base/pool.h"
#include "models/model.h"

struct feri_ema_options {
    float decay;
    const struct feri_kernels *kernels;
    struct feri_pool *pool; /* borrowed; NULL: one thread */
};

struct feri_ema;

/** The average starts at m's values; m must outlive it. */
fer_status feri_ema_new(const fer_model *m, const struct feri_ema_options *opt, struct feri_ema **out, fer_error *err);
void feri_ema_free(struct feri_ema *e);

/** Update after optimiser step t = 1, 2, ...: average = d average + (1 - d) weights, d = min(decay, (1 + t) / (10 +
 * t)). With this d a young average forgets the random start quickly. */
void feri_ema_update(struct feri_ema *e, uint64_t t);

/** The averaged model, which e owns. */
fer_model *feri_ema_model(struct feri_ema *e);

#endif
