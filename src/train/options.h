/* Training options: their ranges, and what of them determines a run. Their table is fer_train_table(). */
#ifndef FERI_TRAIN_OPTIONS_H
#define FERI_TRAIN_OPTIONS_H

#include "fer/train.h"
#include "train/option_json.h"

/** FER_ERR_ARGUMENT naming the first option that is missing or out of its range. */
fer_status feri_train_options_check(const fer_train_options *opt, fer_error *err);

/** Those options that determine the run's bits. Left out are places of files, threads and the instruction set; and the
 * number of epochs under a constant learning rate, so that such a run can be prolonged. NULL when out of memory. */
json_t *feri_train_fingerprint(const fer_train_options *opt);

#endif
