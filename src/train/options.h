/* Training options as a table: their ranges, their JSON, and which of them determine a run. */
#ifndef FERI_TRAIN_OPTIONS_H
#define FERI_TRAIN_OPTIONS_H

#include "fer/train.h"

#include <jansson.h>

/** FER_ERR_ARGUMENT naming the first option that is missing or out of its range. */
fer_status feri_options_check(const fer_train_options *opt, fer_error *err);

/** Every option but resume, by its name in fer_train_options; NULL when out of memory. */
json_t *feri_options_json(const fer_train_options *opt);

/** Those options that determine the run's bits. Left out are places of files, threads and the instruction
 * set; and the number of epochs under a constant learning rate, so that such a run can be prolonged. */
json_t *feri_options_fingerprint(const fer_train_options *opt);

/** FER_ERR_ARGUMENT naming the first option whose values differ, with both of them. */
fer_status feri_fingerprint_compare(const json_t *then, const json_t *now, fer_error *err);

/** Reals as short as they identify a float; keys sorted. Freed by free(); NULL when out of memory. */
char *feri_json_text(const json_t *json, size_t indent);

#endif
