/* Options as tables (fer/options.h): functions that the library itself needs for rows. */
#ifndef FERI_BASE_OPTION_H
#define FERI_BASE_OPTION_H

#include "fer/options.h"

/** The field that a row describes, as a pointer to a constant of the type of its kind. */
#define FERI_OPTION_FIELD(type, row, options) (*(const type *)(const void *)((const char *)(options) + (row)->offset))

struct feri_option_list {
    const char *const *items;
    size_t n;
};
struct feri_option_list feri_option_list(const fer_option *row, const void *options);

/** The double with the fewest digits that rounds to v: 0.001, not 0.0010000000474974513. */
double feri_shortest(float v);

/** FER_ERR_ARGUMENT names the first option that is missing or out of range. */
fer_status feri_options_check(fer_option_table table, const void *options, fer_error *err);

#endif
