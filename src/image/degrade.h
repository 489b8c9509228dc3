/* Pictures made worse in one fixed way each, to see what a model's answers stand. Sizes are fractions of the picture,
 * so that they are the same for any crop of a face. */
#ifndef FERI_IMAGE_DEGRADE_H
#define FERI_IMAGE_DEGRADE_H

#include "base/rng.h"
#include "fer/augment.h"
#include "formats/pixels.h"

/** A new picture of the same size and channels. rng is used for noise alone. */
fer_status feri_degrade(fer_degradation kind, struct feri_rng *rng, const struct feri_pixels *src,
                        struct feri_pixels *out, fer_error *err);

/** To train on: with the given probability src becomes worse in one of these ways but rotation, each as likely, by a
 * random amount that goes from little to somewhat more than the fixed one's. A band that covers is as often black as of
 * any grey, of any place. The random numbers of the choice are drawn whether or not it falls on this picture. */
fer_status feri_degrade_randomly(float probability, struct feri_rng *rng, struct feri_pixels *src, fer_error *err);

/* One way each. Where out is not made by the function it is there, of src's size. */
/** Gaussian; share: standard deviation over the shorter side. */
fer_status feri_degrade_blur(const struct feri_pixels *src, double share, struct feri_pixels *out, fer_error *err);
/** Each sample x is light (x / 255)^2.2, of which on average `photons` (at most 700) arrive where it is 1, Poisson
 * distributed; 1000 are white: 255 (n / 1000)^(1 / 2.2). */
void feri_degrade_light(const struct feri_pixels *src, double photons, struct feri_rng *rng, struct feri_pixels *out);
/** To sides divided by factor and back; makes out. */
fer_status feri_degrade_small(const struct feri_pixels *src, double factor, struct feri_pixels *out, fer_error *err);
/** The rows from top to bottom, fractions of the height, become level. */
void feri_degrade_cover(struct feri_pixels *px, double top, double bottom, uint8_t level);
void feri_degrade_rotate(const struct feri_pixels *src, struct feri_pixels *out);

#endif
