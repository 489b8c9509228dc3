/* Decoded pictures. formats/picture_file.h reads and writes them. */
#ifndef FERI_FORMATS_PIXELS_H
#define FERI_FORMATS_PIXELS_H

#include "fer/base.h"

/* 8 bits a sample, interleaved, rows without gaps. */
struct feri_pixels {
    size_t w, h, c; /* c: 1 grey or 3 RGB */
    uint8_t *data;  /* freed by feri_pixels_free() */
};

/* Larger pictures are refused before their memory is asked for. */
#define FERI_PIXELS_MAX ((size_t)1 << 28) /* w * h */

/** Allocate w x h x c, uninitialised, refusing empty and oversized pictures before the memory is asked for. */
fer_status feri_pixels_new(size_t w, size_t h, size_t c, struct feri_pixels *out, fer_error *err);
void feri_pixels_free(struct feri_pixels *px);
/** FER_OK, or the sentence: no pixels, or more than `most`. */
fer_status feri_pixels_check_size(size_t w, size_t h, size_t most, fer_error *err);

#endif
