#include "data/source_rows.h"

const char *const feri_split_words[] = {"all", "train", "val", "test", NULL};

fer_option_table fer_data_table(void)
{
    static const fer_option rows[] = {
        FERI_SOURCE_SELECTION(fer_data_source, ),
        FERI_SOURCE_PROTOCOL(fer_data_source, ),
        FERI_SOURCE_SKIP_BAD(fer_data_source, ),
    };
    return (fer_option_table){rows, sizeof rows / sizeof *rows};
}
