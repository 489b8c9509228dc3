/* Picture files to pixels and back: PNG (libpng), JPEG (libjpeg-turbo), and BMP, GIF, TIFF and WebP (FFmpeg, optional).
 * Alpha is composed over black; palettes, 16 bits and CMYK JPEG are converted. */
#ifndef FERI_FORMATS_PICTURE_FILE_H
#define FERI_FORMATS_PICTURE_FILE_H

#include "formats/pixels.h"

/** By magic bytes; of a GIF the first frame. A truncated or corrupt picture is an error, never a half-grey image. EXIF
 * orientation is applied (JPEG, TIFF, WebP). */
fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err);
fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err);
/** The same of at most `most` pixels (0, or beyond FERI_PIXELS_MAX: FERI_PIXELS_MAX), refused by the header. */
fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err);
fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err);
/** PNG, atomic. */
fer_status feri_pixels_write_png(const char *path, const struct feri_pixels *px, fer_error *err);
/** JPEG without halved colours (4:4:4), atomic. */
fer_status feri_pixels_write_jpeg(const char *path, const struct feri_pixels *px, int quality, fer_error *err);
/** What is left of a picture (c 1 or 3) that was a JPEG of that quality, 1 to 100, with the colour halved (4:2:0). */
fer_status feri_pixels_through_jpeg(const struct feri_pixels *px, int quality, struct feri_pixels *out, fer_error *err);

#endif
