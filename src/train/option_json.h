/* Options as JSON: in config.json, and in a checkpoint as the fingerprint of its run. */
#ifndef FERI_TRAIN_OPTION_JSON_H
#define FERI_TRAIN_OPTION_JSON_H

#include "base/json.h"
#include "fer/options.h"

/** The options by their keys, up to use `last` in the order of fer_option_use. NULL when out of memory. */
json_t *feri_options_json(fer_option_table table, const void *options, fer_option_use last);

/** FER_ERR_ARGUMENT names the first option whose value differs from `then`. An option that did not exist in `then` had
 * the value in `defaults`. */
fer_status feri_fingerprint_compare(const json_t *then, const json_t *now, const json_t *defaults, fer_error *err);

/** Reals have as few digits as identify a float; keys are sorted. Free the result by free(). NULL when out of
 * memory. */
char *feri_option_text(const json_t *json, size_t indent);

#endif
