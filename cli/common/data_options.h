/* Options of all commands that open data sets: how a path becomes labelled images. */
#ifndef FER_COMMON_DATA_OPTIONS_H
#define FER_COMMON_DATA_OPTIONS_H

#include "common/args.h"
#include "fer/data.h"

struct cli_data_select {
    const char *layout, *split, *order;
    struct cli_list classes, merge;
    float margin;
};

/** Fill in the selection of a data source; what it points to lives until cli_data_select_free(). */
void cli_data_select_apply(const struct cli_data_select *from, fer_data_source *to);
void cli_data_select_free(struct cli_data_select *s);

#define CLI_OPTIONS_DATA_KIND(s)                                                                                     \
    CLI_OPTION(CLI_TEXT, "layout", .value = &(s)->layout, .arg = "NAME", .help = "layout of the data set",           \
               .unset = "recognised by its files"),                                                                  \
        CLI_OPTION(CLI_TEXT, "order", .value = &(s)->order, .arg = "NAME|A,B,...",                                   \
                   .help = "meaning of numeric classes: affectnet, alphabetical, alphabetical-7, ferplus, fer2013, " \
                           "rafdb, or the class names, counted from 0",                                              \
                   .unset = "the layout's own"),                                                                     \
        CLI_OPTION(CLI_COMMAS, "classes", .value = &(s)->classes, .arg = "A,B,...",                                  \
                   .help = "keep these classes, in this order", .unset = "all"),                                     \
        CLI_OPTION(CLI_LIST, "merge", .value = &(s)->merge, .arg = "A=B",                                            \
                   .help = "count class A as B; may be repeated"),                                                   \
        CLI_OPTION(CLI_REAL, "margin", .value = &(s)->margin, .min = 0, .max = 2,                                    \
                   .help = "widen a face's box on each side by this fraction of its sides")

#define CLI_OPTIONS_DATA(s)                                                                                 \
    CLI_OPTIONS_DATA_KIND(s), CLI_OPTION(CLI_TEXT, "split", .value = &(s)->split, .words = cli_split_words, \
                                         .help = "part of the set to use", .unset = "by its use")

extern const char *const cli_split_words[];

#endif
