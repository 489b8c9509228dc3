/* RandAugment (Cubuk et al. 2020), as torchvision 0.14 defines it for PIL images: operations drawn uniformly from
 * fourteen, one of 31 magnitudes for all of them, nearest-neighbour interpolation, fill 0. */
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

/** Apply one operation to px in place. magnitude: 0..30. negative reverses the nine operations that have a direction
 * (shear to sharpness). */
fer_status feri_randaugment_apply(struct feri_pixels *px, enum feri_randaugment_op op, int magnitude, bool negative,
                                  fer_error *err);

/** Apply `ops` operations in sequence, in place. For each one, the operation is drawn first, then its direction, even
 * if it has none. */
fer_status feri_randaugment(struct feri_pixels *px, int ops, int magnitude, struct feri_rng *rng, fer_error *err);

#endif
