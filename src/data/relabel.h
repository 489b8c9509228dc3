/* Labels that are not in the files of a data set, such as a model's predictions. */
#ifndef FERI_DATA_RELABEL_H
#define FERI_DATA_RELABEL_H

#include "data/dataset.h"

/** Replace classes, labels and votes: votes [size][n] become the samples' distributions, and the largest share its
 * label. They belong to the data set afterwards, if the call succeeds. */
fer_status feri_dataset_relabel(struct feri_dataset *ds, size_t n, const char *const *classes, float *votes,
                                fer_error *err);

#endif
