/* How a run is trained, as `fer train`, recipes and `fer experiment` understand it: the library's table of options,
 * bound to one struct. */
#ifndef FER_RUNS_TRAIN_OPTIONS_H
#define FER_RUNS_TRAIN_OPTIONS_H

#include "common/args.h"
#include "common/cli.h"

#include <jansson.h>

enum { TRAIN_OPTIONS_MAX = 80 };

/** Rows of those options of a table that are of one call, or of all others. They are bound to `options`, which must
 * stay where it is. Returns how many they are. */
size_t cli_bind_options(fer_option_table table, void *options, bool call, struct cli_option rows[TRAIN_OPTIONS_MAX]);
/** Free what the rows have set. */
void cli_clear_options(fer_option_table table, void *options);

/** Whether the model can be made as the options say; a sentence after `what` says why not. */
bool train_options_check(const fer_train_options *o, const char *what);

/** The options that a run's config.json holds; they point into it and are freed by cli_clear_options(). False: a value
 * is not one that fits. */
bool train_options_of_config(const json_t *config, fer_train_options *o);

#endif
