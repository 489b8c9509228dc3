/* Picture files to pixels and back: PNG (libpng), JPEG (libjpeg-turbo) and, by optional libraries, TIFF (libtiff), WebP
 * (libwebp), HEIC and AVIF (libheif), JPEG XL (libjxl), BMP and GIF (FFmpeg). Colours become sRGB by the picture's
 * profile (lcms2, optional), alpha is composed over black; palettes, 16 bits and CMYK JPEG are converted. */
#ifndef FERI_FORMATS_PICTURE_FILE_H
#define FERI_FORMATS_PICTURE_FILE_H

#include "formats/picture.h"

/** By the first bytes; of an animation the first frame, of several pages the first, at most `most` pixels (0, or beyond
 * FERI_PIXELS_MAX: FERI_PIXELS_MAX), refused by the header. The picture is turned upright as the file says. A truncated
 * or corrupt picture is an error, never a half-grey image. *note, if not NULL, says what was left aside. */
fer_status feri_picture_decode(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                               struct feri_picture_note *note, fer_error *err);
fer_status feri_picture_read(const char *path, size_t most, struct feri_pixels *out, struct feri_picture_note *note,
                             fer_error *err);
/* The same without a note, and without a limit of the caller's. */
fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err);
fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err);
fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err);
fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err);
/** PNG, atomic. */
fer_status feri_pixels_write_png(const char *path, const struct feri_pixels *px, fer_error *err);
/** JPEG without halved colours (4:4:4), atomic. */
fer_status feri_pixels_write_jpeg(const char *path, const struct feri_pixels *px, int quality, fer_error *err);
/** The same files in memory; the caller frees *data_out by free(). */
fer_status feri_pixels_encode_png(const struct feri_pixels *px, uint8_t **data_out, size_t *size_out, fer_error *err);
fer_status feri_pixels_encode_jpeg(const struct feri_pixels *px, int quality, uint8_t **data_out, size_t *size_out,
                                   fer_error *err);
/** What is left of a picture (c 1 or 3) that was a JPEG of that quality, 1 to 100, with the colour halved (4:2:0). */
fer_status feri_pixels_through_jpeg(const struct feri_pixels *px, int quality, struct feri_pixels *out, fer_error *err);

#endif
