/* Writes the table of 'fer data prepare' and of packs: one row per image, with the columns that the set has. */
#ifndef FERI_DATA_TABLE_WRITER_H
#define FERI_DATA_TABLE_WRITER_H

#include "data/dataset.h"

#include <stdio.h>

/* The place of an image in a pack. width 0: the bytes of a file. */
struct feri_packed_at {
    uint64_t at;
    size_t size, width, height, channels;
};

struct feri_table_writer {
    const struct feri_dataset *ds;
    FILE *f;
    bool affect, boxes, votes, landmarks, places;
    const float *agreement; /* [size of ds]; NULL: no such column */
};

/** Select the columns that the set has. Boxes and landmarks may be switched off afterwards. */
struct feri_table_writer feri_table_writer(const struct feri_dataset *ds, FILE *f);
void feri_table_write_header(const struct feri_table_writer *w);
/** at: NULL without places. The caller checks for stream errors when closing. */
fer_status feri_table_write_row(const struct feri_table_writer *w, size_t i, const char *image, fer_split split,
                                const struct feri_packed_at *at, fer_error *err);

#endif
