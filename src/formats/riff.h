/* The chunks of a WebP's RIFF. */
#ifndef FERI_FORMATS_RIFF_H
#define FERI_FORMATS_RIFF_H

#include "formats/picture_codec.h"

/** n bytes, little end first; 0 where the file is too short. */
size_t feri_riff_get(const struct feri_picture_file *p, size_t at, size_t n);
/** Where the bytes of a chunk stand; 0: there is none. */
size_t feri_riff_chunk(const struct feri_picture_file *p, const char *name, size_t *length);
/** EXIF's orientation; 0: none. */
unsigned feri_riff_orientation(const struct feri_picture_file *p);

#endif
