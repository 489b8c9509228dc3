/* Lists of files with weights: "PATH[:WORD][:WEIGHT],...". */
#ifndef FERI_BASE_WEIGHTED_H
#define FERI_BASE_WEIGHTED_H

#include "fer/base.h"

enum { FERI_WEIGHTED_MAX = 16 };

struct feri_weighted {
    const char *path; /* in the list's copy */
    const char *word; /* one of the words; NULL: none was given */
    float weight;     /* above 0; 1 if it is missing */
};

struct feri_weighted_list {
    struct feri_weighted items[FERI_WEIGHTED_MAX];
    size_t n;
    char *copy;
};

/** Split a list. words [ends with NULL] are those that may follow a path; NULL: none. A path may contain colons: only
 * one of the words and a number are cut off. What exists under its whole name is a path as it stands, also if that name
 * has a comma. Call feri_weighted_free() afterwards, also after a failure. */
fer_status feri_weighted_split(const char *list, const char *const *words, struct feri_weighted_list *out,
                               fer_error *err);
void feri_weighted_free(struct feri_weighted_list *l);

#endif
