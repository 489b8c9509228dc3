/* Sharpness-aware minimisation (Foret et al. 2021). The gradient of a step is computed at w + rho g / |g| instead of at
 * the weights w. Here g is the gradient at w, so this is the worst point nearby, to first order. */
#ifndef FERI_TRAIN_SAM_H
#define FERI_TRAIN_SAM_H

#include "models/model.h"
#include "train/optimizer.h"

struct feri_sam_options {
    float rho;
    struct feri_pool *pool; /* borrowed; NULL: one thread */
};

struct feri_sam;

/** m and o must outlive it. The slots of o are m's trained parameters. */
fer_status feri_sam_new(fer_model *m, struct feri_optimizer *o, const struct feri_sam_options *opt,
                        struct feri_sam **out, fer_error *err);
void feri_sam_free(struct feri_sam *s);

/** Save the trained parameters and all buffers, and move the parameters along their gradients. If the gradient's norm
 * is not finite, the result is FER_ERR_NUMERIC and nothing moves. */
fer_status feri_sam_climb(struct feri_sam *s, fer_error *err);
/** Restore what feri_sam_climb() saved, bit for bit. */
void feri_sam_restore(struct feri_sam *s);

#endif
