#include "common/data_options.h"

struct cli_option cli_data_option(const char *name, fer_data_source *s)
{
    return cli_option_of(fer_option_find(fer_data_table(), name), s);
}

void cli_data_source_free(fer_data_source *s)
{
    fer_option_table table = fer_data_table();
    for (size_t i = 0; i < table.n; i++) fer_option_clear(&table.rows[i], s);
}
