/* What a face looks like in a few numbers: enough to tell two people of one scene apart after one hid the other, not to
 * know anybody. */
#ifndef FERI_VISION_LOOKS_H
#define FERI_VISION_LOOKS_H

#include "vision/align.h"

#define FERI_LOOKS 64 /* a grey picture of 8 x 8, its mean taken off, of length 1; all 0: not known */

/** Of an aligned face and what is around it (hair, neck). A face that cannot be cropped or is of one grey gives zeros.
 */
void feri_looks_of(struct feri_aligner *ws, const fer_view *v, const fer_face *f, float *looks);
/** 1 - cosine, 0 to 2; NaN where one of them is not known. */
double feri_looks_distance(const float *a, const float *b);
/** Move `looks` towards what was seen, by `gain`; if they were not known, all the way. */
void feri_looks_learn(float *looks, const float *seen, double gain);

#endif
