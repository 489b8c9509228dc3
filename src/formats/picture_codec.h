/* Decoders for one kind of picture file each. A new kind is one function here and one row in picture_file.c. */
#ifndef FERI_FORMATS_PICTURE_CODEC_H
#define FERI_FORMATS_PICTURE_CODEC_H

#include "formats/picture.h"

enum feri_picture_kind { FERI_PNG, FERI_JPEG, FERI_BMP, FERI_GIF, FERI_TIFF, FERI_WEBP, FERI_HEIF, FERI_JXL };

#define FERI_ANIMATED "the first frame of an animation was taken" /* a note */

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

/* Each fills *out, which is empty before; what it holds after a failure is freed by the caller. Sizes are checked
 * before memory for the pixels is asked for. */
fer_status feri_png_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
fer_status feri_jpeg_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);

/* The optional ones, each by a library that is loaded when it is first needed: feri_..._ready() says why it is not to
 * be had. Builds without the library take their place from none/. */
fer_status feri_tiff_ready(fer_error *err);
fer_status feri_tiff_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
fer_status feri_webp_ready(fer_error *err);
fer_status feri_webp_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
fer_status feri_heif_ready(fer_error *err);
fer_status feri_heif_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
fer_status feri_jxl_ready(fer_error *err);
fer_status feri_jxl_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
/* BMP and GIF; also TIFF and WebP where their own library is missing. */
fer_status feri_ffmpeg_ready(fer_error *err);
fer_status feri_ffmpeg_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);

#endif
