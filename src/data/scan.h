/* Decodes every picture of a set once and reports which sizes occur and which pictures cannot be read. */
#ifndef FERI_DATA_SCAN_H
#define FERI_DATA_SCAN_H

#include "data/dataset.h"

struct feri_scanned {
    size_t width, height, channels, n;
};

struct feri_scan {
    struct feri_scanned *sizes; /* the most frequent first */
    size_t n_sizes, n_merged, cap;
    size_t unreadable;
    char first[200]; /* the message about the first of them, in the set's order */
};

/** Free the result by feri_scan_free(), also after a failure. */
fer_status feri_scan_pictures(const struct feri_dataset *ds, const fer_data_info_options *opt, struct feri_scan *out,
                              fer_error *err);
void feri_scan_free(struct feri_scan *s);

#endif
