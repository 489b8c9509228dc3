/* What the picture codecs share inside this room. */
#ifndef FERI_FORMATS_CODECS_H
#define FERI_FORMATS_CODECS_H

#include "formats/pixels.h"

enum feri_picture_kind { FERI_NO_PICTURE, FERI_PNG, FERI_JPEG, FERI_BMP, FERI_GIF, FERI_TIFF, FERI_WEBP };
const char *feri_picture_kind_name(enum feri_picture_kind kind);

/* A picture's file in memory. */
struct feri_picture_file {
    enum feri_picture_kind kind;
    const uint8_t *data;
    size_t size;
    size_t most; /* pixels that it may have */
};

/** FER_OK, or the sentence: no pixels, or more than it may have. */
fer_status feri_picture_check_size(const struct feri_picture_file *p, size_t w, size_t h, fer_error *err);

fer_status feri_png_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);
fer_status feri_jpeg_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);
/** The kinds that FFmpeg decodes; only with FER_FFMPEG. */
fer_status feri_other_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);

#endif
