/* Writes the table that 'fer data prepare' and packs have: one row an image, its columns as far as the set has them. */
#ifndef FERI_DATA_TABLE_WRITER_H
#define FERI_DATA_TABLE_WRITER_H

#include "data/dataset.h"

#include <stdio.h>

/* Where a pack has an image; width 0: the bytes of a file. */
struct feri_packed_at {
    uint64_t at;
    size_t size, width, height, channels;
};

struct feri_table_writer {
    const struct feri_dataset *ds;
    FILE *f;
    bool affect, boxes, votes, landmarks, places;
};

/** Which columns the set fills; boxes and landmarks may be switched off afterwards. */
struct feri_table_writer feri_table_writer(const struct feri_dataset *ds, FILE *f);
void feri_table_write_header(const struct feri_table_writer *w);
/** at: NULL without places. Errors of the stream are left to who closes it. */
fer_status feri_table_write_row(const struct feri_table_writer *w, size_t i, const char *image, fer_split split,
                                const struct feri_packed_at *at, fer_error *err);

#endif
