/* Options of all commands that open data sets: how a path becomes labelled images. */
#ifndef FER_COMMON_DATA_OPTIONS_H
#define FER_COMMON_DATA_OPTIONS_H

#include "common/args.h"
#include "fer/data.h"

/** A row of fer_data_table(). */
struct cli_option cli_data_option(const char *name, fer_data_source *s);
/** Free what the options have set. */
void cli_data_source_free(fer_data_source *s);

#define CLI_OPTIONS_DATA_KIND(s)                                                              \
    cli_data_option("layout", s), cli_data_option("order", s), cli_data_option("classes", s), \
        cli_data_option("merge", s), cli_data_option("margin", s)
#define CLI_OPTIONS_DATA(s) CLI_OPTIONS_DATA_KIND(s), cli_data_option("split", s)

#endif
