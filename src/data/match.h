/* Classes of a data set matched with those of a model or of another set, by name: data sets in use number them
 * differently. */
#ifndef FERI_DATA_MATCH_H
#define FERI_DATA_MATCH_H

#include "data/dataset.h"

/** map[k], of feri_dataset_n_classes(): which of n names the set's class k is, whatever the case. One that no image has
 * may be missing and goes to 0. FER_ERR_ARGUMENT tells the set, the class and the names. */
fer_status feri_dataset_match(const struct feri_dataset *ds, size_t n, const char *const *names, size_t *map,
                              fer_error *err);

#endif
