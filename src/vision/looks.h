/* The appearance of a face in a few numbers. They suffice to distinguish two people of one scene after one hid the
 * other, but not to recognise anybody. */
#ifndef FERI_VISION_LOOKS_H
#define FERI_VISION_LOOKS_H

#include "vision/align.h"

#define FERI_LOOKS 64 /* a grey picture of 8 x 8 minus its mean, of length 1; all 0: unknown */

/** Compute the numbers from an aligned face and its surroundings (hair, neck). A face that cannot be cropped or has a
 * single grey level gives zeros.
 */
void feri_looks_of(struct feri_aligner *ws, const fer_view *v, const fer_face *f, float *looks);
/** 1 - cosine, 0 to 2. NaN if one of them is unknown. */
double feri_looks_distance(const float *a, const float *b);
/** Move `looks` towards `seen` by the fraction `gain`. If looks was unknown, it becomes `seen`. */
void feri_looks_learn(float *looks, const float *seen, double gain);

#endif
