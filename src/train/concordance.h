/* How well predicted numbers agree with true ones: the figures reported for valence and arousal (Mollahosseini et al.
 * 2019).
 */
#ifndef FERI_TRAIN_CONCORDANCE_H
#define FERI_TRAIN_CONCORDANCE_H

#include <stddef.h>

/* Sums over pairs (x predicted, y true); all zero at first. */
struct feri_concordance {
    size_t n, same_sign;
    double x, y, xx, yy, xy, squares; /* squares: of x - y */
};

/** A truth that is NaN (unknown) does not count. */
void feri_concordance_add(struct feri_concordance *c, float x, float y);

/** Lin's concordance correlation coefficient (1989), 2 cov(x, y) / (var x + var y + (mean x - mean y)^2), with
 * variances divided by n. It ranges from -1 to 1. NaN where that is 0 / 0, because all numbers are equal. */
double feri_concordance_ccc(const struct feri_concordance *c);
/** Root of the mean squared error. NaN without pairs. */
double feri_concordance_rmse(const struct feri_concordance *c);
/** Sign agreement: the share of pairs with the same sign; 0 counts as a sign of its own. NaN without pairs. */
double feri_concordance_sagr(const struct feri_concordance *c);

#endif
