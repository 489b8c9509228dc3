/* Which samples an epoch draws, in which order. */
#ifndef FERI_DATA_DRAWS_H
#define FERI_DATA_DRAWS_H

#include "base/rng.h"
#include "data/dataset.h"

/** Number of draws of an epoch. oversample 0: each sample as often as its weight says; otherwise this multiple of that,
 * all classes equally likely. At least 1. */
size_t feri_draws_count(const struct feri_dataset *ds, float oversample);

struct feri_draws;

fer_status feri_draws_new(const struct feri_dataset *ds, float oversample, struct feri_draws **out, fer_error *err);
void feri_draws_free(struct feri_draws *d);
/** Draw order[feri_draws_count()]. rng NULL: in the order of the set, not shuffled; then all weights must be 1. */
void feri_draws_make(const struct feri_draws *d, struct feri_rng *rng, size_t *order);
/** Probability of sample i in one draw. */
double feri_draws_share(const struct feri_draws *d, size_t i);

#endif
