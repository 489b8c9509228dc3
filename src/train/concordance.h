/* How well predicted numbers agree with true ones: what is reported of valence and arousal (Mollahosseini et al. 2019).
 */
#ifndef FERI_TRAIN_CONCORDANCE_H
#define FERI_TRAIN_CONCORDANCE_H

#include <stddef.h>

/* Sums over pairs (x predicted, y true); all zero at first. */
struct feri_concordance {
    size_t n, same_sign;
    double x, y, xx, yy, xy, squares; /* squares: of x - y */
};

/** A truth that is NaN, not known, does not count. */
void feri_concordance_add(struct feri_concordance *c, float x, float y);

/** Lin's concordance correlation coefficient (1989), 2 cov(x, y) / (var x + var y + (mean x - mean y)^2), variances
 * divided by n: -1 to 1; NaN where that is 0 / 0, all numbers being the same. */
double feri_concordance_ccc(const struct feri_concordance *c);
/** Root of the mean squared error; NaN without any pair. */
double feri_concordance_rmse(const struct feri_concordance *c);
/** Sign agreement: the share of pairs of the same sign, 0 having one of its own; NaN without any pair. */
double feri_concordance_sagr(const struct feri_concordance *c);

#endif
