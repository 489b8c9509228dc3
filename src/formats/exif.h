/* The metadata of cameras: the first directory of a TIFF block, and the orientation in it. */
#ifndef FERI_FORMATS_EXIF_H
#define FERI_FORMATS_EXIF_H

#include "formats/pixels.h"

/** The first value of an entry of the first directory, or `otherwise` if it does not exist. tiff may be truncated
 * anywhere.
 */
size_t feri_tiff_value(const uint8_t *tiff, size_t size, unsigned tag, size_t otherwise);
/** The orientation, 1 to 8; 1 (upright) if the block has none. */
unsigned feri_tiff_orientation(const uint8_t *tiff, size_t size);
/** Remove every entry from the first directory that is not in keep [n]. */
void feri_tiff_keep(uint8_t *tiff, size_t size, const unsigned *keep, size_t n);
/** Turn a picture stored with this orientation upright. */
fer_status feri_pixels_upright(struct feri_pixels *px, unsigned orientation, fer_error *err);

#endif
