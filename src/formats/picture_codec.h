/* Decoders for one kind of picture file each. A new kind is one function here and one row in picture_file.c. */
#ifndef FERI_FORMATS_PICTURE_CODEC_H
#define FERI_FORMATS_PICTURE_CODEC_H

#include "formats/pixels.h"

enum feri_picture_kind { FERI_PNG, FERI_JPEG, FERI_BMP, FERI_GIF, FERI_TIFF, FERI_WEBP };

/* A picture file in memory. */
struct feri_picture_file {
    enum feri_picture_kind kind;
    const char *kind_name;
    const uint8_t *data;
    size_t size;
    size_t most; /* largest number of pixels */
};

static inline fer_status feri_picture_check_size(const struct feri_picture_file *p, size_t w, size_t h, fer_error *err)
{
    return feri_pixels_check_size(w, h, p->most, err);
}

fer_status feri_png_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);
fer_status feri_jpeg_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);

/* BMP, GIF, TIFF and WebP: ffmpeg/ decodes them, ffmpeg_none/ refuses them. */
fer_status feri_ffmpeg_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);
/** The kinds that this build decodes, for messages: "PNG or JPEG", ... */
const char *feri_picture_kinds(void);

#endif
