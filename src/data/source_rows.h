/* Rows of an option table (fer/options.h) for the members of a fer_data_source, which other structs contain too. `type`
 * is the struct; `prefix` is the path to the source in it, such as `data.`, or nothing. */
#ifndef FERI_DATA_SOURCE_ROWS_H
#define FERI_DATA_SOURCE_ROWS_H

#include "fer/data.h"

/** "all", "train", "val", "test"; NULL ends the list. */
extern const char *const feri_split_words[];
/** In the order of fer_protocol; NULL ends the list. */
extern const char *const feri_protocol_words[];

#define FERI_SOURCE_ROW(type, prefix, kind_, name_, member, ...)                                             \
    {                                                                                                        \
        .group = "data", .kind = FER_OPTION_##kind_, .name = name_, .offset = offsetof(type, prefix member), \
        __VA_ARGS__                                                                                          \
    }

/* The path of the images does not affect results; their content does. */
#define FERI_SOURCE_SELECTION(type, prefix)                                                                           \
    FERI_SOURCE_ROW(type, prefix, TEXT, "layout", layout, .use = FER_OPTION_PLACE, .arg = "NAME",                     \
                    .help = "layout of the data set", .unset = "recognised by its files"),                            \
        FERI_SOURCE_ROW(type, prefix, TEXT, "order", order, .use = FER_OPTION_PLACE, .arg = "NAME|A,B,...",           \
                        .help = "meaning of numeric classes: affectnet, alphabetical, alphabetical-7, ferplus, "      \
                                "fer2013, rafdb, or the class names, counted from 0",                                 \
                        .unset = "the layout's own"),                                                                 \
        FERI_SOURCE_ROW(type, prefix, COMMAS, "classes", classes, .n_offset = offsetof(type, prefix n_classes),       \
                        .arg = "A,B,...", .help = "keep these classes, in this order", .unset = "all"),               \
        FERI_SOURCE_ROW(type, prefix, LIST, "merge", merge, .n_offset = offsetof(type, prefix n_merge), .arg = "A=B", \
                        .help = "count class A as B; may be repeated"),                                               \
        FERI_SOURCE_ROW(type, prefix, REAL, "margin", margin, .max = 2,                                               \
                        .help = "widen a face's box on each side by this fraction of its sides"),                     \
        FERI_SOURCE_ROW(type, prefix, TEXT, "split", split, .use = FER_OPTION_PLACE, .words = feri_split_words,       \
                        .help = "part of the set to use", .unset = "by its use")

#define FERI_SOURCE_PROTOCOL(type, prefix)                                                  \
    FERI_SOURCE_ROW(type, prefix, WORD, "protocol", protocol, .words = feri_protocol_words, \
                    .help = "which images of FER+ to use, and their truth")

#define FERI_SOURCE_SKIP_BAD(type, prefix)                    \
    FERI_SOURCE_ROW(type, prefix, FLAG, "skip-bad", skip_bad, \
                    .help = "skip and count unreadable pictures instead of failing")

#endif
