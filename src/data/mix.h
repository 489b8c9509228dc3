/* Batches whose pictures and targets are mixed in pairs by mixup (Zhang et al. 2018) or CutMix (Yun et al. 2019). */
#ifndef FERI_DATA_MIX_H
#define FERI_DATA_MIX_H

#include "base/rng.h"

/* Each alpha gives lambda ~ Beta(alpha, alpha); 0: off. With both, each batch uses one of them with probability 1/2.
 */
struct feri_mix {
    float mixup, cutmix;
};

struct feri_mix_batch {
    size_t n, h, w, c, classes;
    float *images;  /* [n][h][w][c] */
    float *targets; /* [n][classes]; NULL: targets and labels do not change */
    size_t *labels; /* [n] */
};

/** Mix sample i with sample n - 1 - i, all by one lambda, which is returned (1: nothing was mixed). The middle sample
 * of an odd batch does not change. The label becomes that of the picture with the larger share. */
double feri_mix_apply(const struct feri_mix *m, struct feri_rng *rng, const struct feri_mix_batch *b);

/** From Beta(alpha, alpha), alpha > 0. */
double feri_mix_beta(double alpha, struct feri_rng *rng);

#endif
