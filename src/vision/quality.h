/* How far the picture of a face can be trusted: sharpness, covered parts, and both in one number.
 *
 * Everything is measured in a grey crop of the face of FERI_QUALITY_SIDE pixels, which stands as in the crops that
 * models are trained on. */
#ifndef FERI_VISION_QUALITY_H
#define FERI_VISION_QUALITY_H

#include <stdint.h>

#define FERI_QUALITY_SIDE  48
#define FERI_QUALITY_CELLS 6 /* along a side */

/* What a crop shows in each cell, row by row. */
struct feri_quality_cells {
    float detail[FERI_QUALITY_CELLS * FERI_QUALITY_CELLS]; /* logarithm of the gradients' energy, less its mean */
    float grey[FERI_QUALITY_CELLS * FERI_QUALITY_CELLS];   /* mean level, in standard deviations from the crop's */
};

struct feri_quality {
    float sharpness, occlusion, quality; /* as in fer_face */
};

/** crop [FERI_QUALITY_SIDE][FERI_QUALITY_SIDE], grey. */
void feri_quality_cells_of(const uint8_t *crop, struct feri_quality_cells *out);
struct feri_quality feri_quality_of(const uint8_t *crop);

#endif
