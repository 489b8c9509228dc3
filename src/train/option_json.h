/* Options in JSON: in config.json, and in a checkpoint as the fingerprint of the run that made it. */
#ifndef FERI_TRAIN_OPTION_JSON_H
#define FERI_TRAIN_OPTION_JSON_H

#include "fer/options.h"

#include <jansson.h>

/** The options by their keys whose use is at most `last` in the order of fer_option_use; NULL when out of memory. */
json_t *feri_options_json(fer_option_table table, const void *options, fer_option_use last);

/** FER_ERR_ARGUMENT naming the first option whose value was another in `then`. An option that is younger than `then`
 * had the value in `defaults`. */
fer_status feri_fingerprint_compare(const json_t *then, const json_t *now, const json_t *defaults, fer_error *err);

/** NULL becomes JSON's null. A path need not be UTF-8, JSON must be: see base/shown.h. */
json_t *feri_json_string(const char *text);

/** Reals as short as they identify a float; keys sorted. Freed by free(); NULL when out of memory. */
char *feri_json_text(const json_t *json, size_t indent);

#endif
