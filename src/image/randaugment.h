/* RandAugment (Cubuk et al. 2020) as torchvision defines it: num_ops operations, each drawn uniformly from fourteen, one magnitude of 31 bins, nearest
 * interpolation, fill 0. */
#ifndef FERI_IMAGE_RANDAUGMENT_H
#define FERI_IMAGE_RANDAUGMENT_H

#include "image/image.h"

/** px is changed in place. */
fer_status feri_randaugment(struct feri_pixels *px, int ops, int magnitude, struct feri_rng *rng, fer_error *err);

#endif
