/* Decoded pictures. formats/picture_file.h reads and writes their files. */
#ifndef FERI_FORMATS_PIXELS_H
#define FERI_FORMATS_PIXELS_H

#include "fer/base.h"

/* 8 bits per sample, interleaved, rows without gaps. */
struct feri_pixels {
    size_t w, h, c; /* c: 1 grey or 3 RGB */
    uint8_t *data;  /* freed by feri_pixels_free() */
};

/* Larger pictures are refused before memory is allocated. */
#define FERI_PIXELS_MAX ((size_t)1 << 28) /* w * h */

/** Allocate w x h x c, uninitialised. Empty and oversized pictures are refused before memory is allocated. */
fer_status feri_pixels_new(size_t w, size_t h, size_t c, struct feri_pixels *out, fer_error *err);
void feri_pixels_free(struct feri_pixels *px);
/** FER_OK, or an error: no pixels, or more than `most`. */
fer_status feri_pixels_check_size(size_t w, size_t h, size_t most, fer_error *err);

#endif
