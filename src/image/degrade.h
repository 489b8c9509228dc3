/* Degradations of pictures, each in one fixed way, to measure how robust a model's predictions are. Sizes are fractions
 * of the picture, so they mean the same for any crop of a face. */
#ifndef FERI_IMAGE_DEGRADE_H
#define FERI_IMAGE_DEGRADE_H

#include "base/rng.h"
#include "fer/augment.h"
#include "formats/pixels.h"

/** Create a degraded picture of the same size and channels. Only noise uses rng. */
fer_status feri_degrade(fer_degradation kind, struct feri_rng *rng, const struct feri_pixels *src,
                        struct feri_pixels *out, fer_error *err);

/** For training: with the given probability, degrade src in one of these ways except rotation, each equally likely. The
 * amount is random, from little to somewhat more than the fixed amount. A covering band has any position and is black
 * or a random grey, with equal probability. The random numbers of the choice are drawn whether or not this picture is
 * degraded. */
fer_status feri_degrade_randomly(float probability, struct feri_rng *rng, struct feri_pixels *src, fer_error *err);

/* One function per degradation. Unless the function creates out, the caller provides it with src's size. */
/** Gaussian blur; share: standard deviation / shorter side. */
fer_status feri_degrade_blur(const struct feri_pixels *src, double share, struct feri_pixels *out, fer_error *err);
/** Photon noise. A sample x stands for the light (x / 255)^2.2. Where it is 1, `photons` (at most 700) arrive on
 * average, Poisson distributed. 1000 photons are white: 255 (n / 1000)^(1 / 2.2). */
void feri_degrade_light(const struct feri_pixels *src, double photons, struct feri_rng *rng, struct feri_pixels *out);
/** Shrink both sides by factor and enlarge again. Creates out. */
fer_status feri_degrade_small(const struct feri_pixels *src, double factor, struct feri_pixels *out, fer_error *err);
/** Set the rows from top to bottom (fractions of the height) to level. */
void feri_degrade_cover(struct feri_pixels *px, double top, double bottom, uint8_t level);
void feri_degrade_rotate(const struct feri_pixels *src, struct feri_pixels *out);

#endif
