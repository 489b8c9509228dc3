/* The published data protocol: held-out images become the test split, and a fixed number per class is drawn from the
 * rest for validation. */
#ifndef FERI_DATA_PREPARE_H
#define FERI_DATA_PREPARE_H

#include "data/dataset.h"

/** splits [size] receives train, val or test for every sample of a set opened whole. The result depends only on the
 * samples' order, classes and the seed.
 */
fer_status feri_split_samples(const struct feri_dataset *ds, const fer_prepare_options *opt, uint8_t *splits,
                              fer_error *err);

/** Write out/train.csv, val.csv and test.csv: all three, or none under its final name. counts [3]. */
fer_status feri_prepare(const struct feri_dataset *ds, const char *out, const fer_prepare_options *opt,
                        size_t counts[3], fer_error *err);

#endif
