/* What the picture codecs share inside this room. */
#ifndef FERI_FORMATS_CODECS_H
#define FERI_FORMATS_CODECS_H

#include "formats/pixels.h"

fer_status feri_png_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err);
fer_status feri_jpeg_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err);

#endif
