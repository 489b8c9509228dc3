/* Sharpness-aware minimisation (Foret et al. 2021): the gradient of a step is taken not at the weights w but at w + rho
 * g / |g|, the worst place nearby to first order, g being the gradient at w. */
#ifndef FERI_TRAIN_SAM_H
#define FERI_TRAIN_SAM_H

#include "models/model.h"
#include "train/optimizer.h"

struct feri_sam_options {
    float rho;
    struct feri_pool *pool; /* borrowed; NULL: one thread */
};

struct feri_sam;

/** m and o, whose slots are m's trained parameters, must outlive it. */
fer_status feri_sam_new(fer_model *m, struct feri_optimizer *o, const struct feri_sam_options *opt,
                        struct feri_sam **out, fer_error *err);
void feri_sam_free(struct feri_sam *s);

/** Keep the trained parameters and all buffers, and move the former along their gradients. FER_ERR_NUMERIC, and nothing
 * moved, where the gradient's norm is not finite. */
fer_status feri_sam_climb(struct feri_sam *s, fer_error *err);
/** Bring back what feri_sam_climb() kept, bit for bit. */
void feri_sam_restore(struct feri_sam *s);

#endif
