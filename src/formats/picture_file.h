/* Reads and writes picture files: PNG (libpng), JPEG (libjpeg-turbo), and BMP, GIF, TIFF and WebP (FFmpeg, optional).
 * Alpha is composed over black. Palettes, 16 bits and CMYK JPEG are converted. */
#ifndef FERI_FORMATS_PICTURE_FILE_H
#define FERI_FORMATS_PICTURE_FILE_H

#include "formats/pixels.h"

/** By magic bytes; of a GIF the first frame. A truncated or corrupt picture is an error, never a half-grey image. EXIF
 * orientation is applied (JPEG, TIFF, WebP). */
fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err);
fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err);
/** The same with at most `most` pixels (0, or above FERI_PIXELS_MAX: FERI_PIXELS_MAX). A larger picture is refused
 * after reading its header. */
fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err);
fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err);
/** PNG, written atomically. */
fer_status feri_pixels_write_png(const char *path, const struct feri_pixels *px, fer_error *err);
/** JPEG without chroma subsampling (4:4:4), written atomically. */
fer_status feri_pixels_write_jpeg(const char *path, const struct feri_pixels *px, int quality, fer_error *err);
/** The result of saving a picture (c 1 or 3) as JPEG with that quality, 1 to 100, with chroma subsampling (4:2:0). */
fer_status feri_pixels_through_jpeg(const struct feri_pixels *px, int quality, struct feri_pixels *out, fer_error *err);

#endif
