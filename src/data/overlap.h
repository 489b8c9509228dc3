/* Pictures that two data sets have in common. */
#ifndef FERI_DATA_OVERLAP_H
#define FERI_DATA_OVERLAP_H

#include "data/dataset.h"

struct feri_overlap {
    size_t n;        /* samples of b whose picture is one of a's too */
    char first[200]; /* the name of the first of them in b */
};

/** By the pictures' paths: no picture is read, and copies under other names are not found. */
fer_status feri_dataset_overlap(const struct feri_dataset *a, const struct feri_dataset *b, struct feri_overlap *out,
                                fer_error *err);

#endif
