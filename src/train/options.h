/* Training options: their ranges, and which of them determine a run. The table is fer_train_table(). */
#ifndef FERI_TRAIN_OPTIONS_H
#define FERI_TRAIN_OPTIONS_H

#include "fer/train.h"
#include "train/option_json.h"

/** FER_ERR_ARGUMENT names the first option that is missing or out of range. */
fer_status feri_train_options_check(const fer_train_options *opt, fer_error *err);

/** The options that determine the bits of the run. This excludes paths, threads and the instruction set. It also
 * excludes the number of epochs if the learning rate is constant, so that such a run can be extended. NULL when out of
 * memory. */
json_t *feri_train_fingerprint(const fer_train_options *opt);

#endif
