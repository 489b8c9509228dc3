/* Pictures made worse in one fixed way each, to see what a model's answers stand. Sizes are fractions of the picture, so that they are the
 * same for any crop of a face. */
#ifndef FERI_IMAGE_DEGRADE_H
#define FERI_IMAGE_DEGRADE_H

#include "base/rng.h"
#include "formats/pixels.h"

enum feri_degradation {
    FERI_DEGRADE_NONE,
    FERI_DEGRADE_BLUR,           /* Gaussian, sigma 1/24 of the shorter side: 2 pixels of 48; edge pixels replicated */
    FERI_DEGRADE_LOW_LIGHT,      /* a tenth of the light, counted in photons: feri_degrade_light() */
    FERI_DEGRADE_SMALL,          /* to a third of its sides and back: 16 pixels of 48 */
    FERI_DEGRADE_JPEG,           /* quality 30, colour halved (4:2:0) */
    FERI_DEGRADE_ROTATE,         /* 15 degrees counter-clockwise, bilinear, edge pixels replicated */
    FERI_DEGRADE_OCCLUDE_EYES,   /* black from 0.25 to 0.5 of the height */
    FERI_DEGRADE_OCCLUDE_MOUTH,  /* black from 0.65 to 0.95 of the height */
    FERI_DEGRADATIONS
};

/** A new picture of the same size and channels. rng is used for noise alone. */
fer_status feri_degrade(enum feri_degradation kind, struct feri_rng *rng, const struct feri_pixels *src, struct feri_pixels *out,
                        fer_error *err);

/* The parts of it that have files of their own; out is there, of src's size. */
fer_status feri_degrade_blur(const struct feri_pixels *src, struct feri_pixels *out, fer_error *err);
/** Each sample x is light (x / 255)^2.2, of which on average 100 photons arrive where it is 1, Poisson distributed; 1000 are white:
 *  255 (n / 1000)^(1 / 2.2). */
void feri_degrade_light(const struct feri_pixels *src, struct feri_rng *rng, struct feri_pixels *out);
void feri_degrade_rotate(const struct feri_pixels *src, struct feri_pixels *out);

#endif
