/* Matches the classes of a data set with those of a model or of another set by name, because data sets number them
 * differently. */
#ifndef FERI_DATA_MATCH_H
#define FERI_DATA_MATCH_H

#include "data/dataset.h"

/** map[k], of feri_dataset_n_classes(), receives the index among n names of the set's class k, ignoring case. A class
 * without images may be missing and gets 0. FER_ERR_ARGUMENT reports the set, the class and the names. */
fer_status feri_dataset_match(const struct feri_dataset *ds, size_t n, const char *const *names, size_t *map,
                              fer_error *err);

#endif
