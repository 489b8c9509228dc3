/* RandAugment (Cubuk et al. 2020) as torchvision 0.14 defines it for PIL images: operations drawn uniformly from
 * fourteen, one magnitude of 31 bins for all of them, nearest interpolation, fill 0. */
#ifndef FERI_IMAGE_RANDAUGMENT_H
#define FERI_IMAGE_RANDAUGMENT_H

#include "image/image.h"

#define FERI_RANDAUGMENT_BINS 31

enum feri_randaugment_op {
    FERI_RANDAUGMENT_IDENTITY,
    FERI_RANDAUGMENT_SHEAR_X,
    FERI_RANDAUGMENT_SHEAR_Y,
    FERI_RANDAUGMENT_TRANSLATE_X,
    FERI_RANDAUGMENT_TRANSLATE_Y,
    FERI_RANDAUGMENT_ROTATE,
    FERI_RANDAUGMENT_BRIGHTNESS,
    FERI_RANDAUGMENT_COLOR,
    FERI_RANDAUGMENT_CONTRAST,
    FERI_RANDAUGMENT_SHARPNESS,
    FERI_RANDAUGMENT_POSTERIZE,
    FERI_RANDAUGMENT_SOLARIZE,
    FERI_RANDAUGMENT_AUTO_CONTRAST,
    FERI_RANDAUGMENT_EQUALIZE,
    FERI_RANDAUGMENT_OPS
};

/** One operation on px, in place. magnitude: 0..30. negative turns the nine operations round that have a direction,
 * shear to sharpness. */
fer_status feri_randaugment_apply(struct feri_pixels *px, enum feri_randaugment_op op, int magnitude, bool negative,
                                  fer_error *err);

/** `ops` operations one after the other, in place. For each are drawn: the operation, then its direction, whether or
 * not it has one. */
fer_status feri_randaugment(struct feri_pixels *px, int ops, int magnitude, struct feri_rng *rng, fer_error *err);

#endif
