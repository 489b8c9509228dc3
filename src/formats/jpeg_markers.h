/* What a JPEG's segments say beside the pixels. */
#ifndef FERI_FORMATS_JPEG_MARKERS_H
#define FERI_FORMATS_JPEG_MARKERS_H

#include "formats/picture.h"

struct feri_jpeg_facts {
    unsigned orientation; /* EXIF's; 0: none */
    bool ended;           /* the end mark is there */
    bool progressive;
    bool all_scans; /* every coefficient was given in full: nothing is missing if the last scan is whole */
};

/** Look through the segments of a file that may be damaged or cut off anywhere. */
struct feri_jpeg_facts feri_jpeg_look(const uint8_t *data, size_t size);
/** Keep the colour profile of the file's segments. */
void feri_jpeg_take_profile(const uint8_t *data, size_t size, struct feri_picture *out);

#endif
