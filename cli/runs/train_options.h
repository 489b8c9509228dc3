/* The options of a run, for `fer train`, recipes and `fer experiment`: the library's table of options, bound to one
 * struct. */
#ifndef FER_RUNS_TRAIN_OPTIONS_H
#define FER_RUNS_TRAIN_OPTIONS_H

#include "base/json.h"
#include "common/args.h"
#include "common/cli.h"

enum { TRAIN_OPTIONS_MAX = 80 };

/** Make rows for a table's options of one call, or for all others. They are bound to `options`, which must not move.
 * Returns their number. */
size_t cli_bind_options(fer_option_table table, void *options, bool call, struct cli_option rows[TRAIN_OPTIONS_MAX]);
/** Free what the rows have set. */
void cli_clear_options(fer_option_table table, void *options);

/** Whether the model can be made with these options. False after an error message that begins with `what`. */
bool train_options_check(const fer_train_options *o, const char *what);

/** Read the options of a run's config.json. They point into it; cli_clear_options() frees them. False: a value does not
 * fit. */
bool train_options_of_config(const json_t *config, fer_train_options *o);

#endif
