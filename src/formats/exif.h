/* What cameras write beside the pixels: the first directory of a TIFF block, and the orientation it tells. */
#ifndef FERI_FORMATS_EXIF_H
#define FERI_FORMATS_EXIF_H

#include "formats/pixels.h"

/** The first value of an entry of the first directory; `otherwise` where there is none. tiff may be cut off anywhere.
 */
size_t feri_tiff_value(const uint8_t *tiff, size_t size, unsigned tag, size_t otherwise);
/** 1 to 8; 1, upright, where the block tells none. */
unsigned feri_tiff_orientation(const uint8_t *tiff, size_t size);
/** Take every entry out of the first directory that is not in keep [n]. */
void feri_tiff_keep(uint8_t *tiff, size_t size, const unsigned *keep, size_t n);
/** Turn a picture that was stored with this orientation. */
fer_status feri_pixels_upright(struct feri_pixels *px, unsigned orientation, fer_error *err);

#endif
