#include "formats/picture_file.h"
#include "image/degrade.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum way { BLUR, DARKEN, SHRINK, COMPRESS, COVER, WAYS };

struct damage {
    enum way way;
    float amount;  /* in [0, 1): 0 is the weakest, 1 the strongest */
    float place;   /* in [0, 1): top of a cover */
    uint8_t level; /* of a cover */
    struct feri_rng grain;
};

static struct damage draw(struct feri_rng *rng)
{
    struct damage d = {.way = (enum way)feri_rng_below(rng, WAYS)};
    d.amount = feri_rng_uniform(rng);
    d.place = feri_rng_uniform(rng);
    uint32_t level = feri_rng_below(rng, 512);
    d.level = (uint8_t)(level < 256 ? 0 : level - 256);
    d.grain = (struct feri_rng){feri_rng_u64(rng)};
    return d;
}

static double between(double least, double most, const struct damage *d)
{
    return least + (most - least) * (double)d->amount;
}

static fer_status worsen(struct damage *d, const struct feri_pixels *src, struct feri_pixels *out, fer_error *err)
{
    if (d->way == SHRINK) return feri_degrade_small(src, between(1.25, 4, d), out, err);
    if (d->way == COMPRESS) return feri_pixels_through_jpeg(src, (int)between(75, 15, d), out, err);
    double height = between(0.1, 0.35, d), top = (double)d->place * (1 - height);
    fer_status st = feri_pixels_new(src->w, src->h, src->c, out, err);
    if (st != FER_OK) return st;
    memcpy(out->data, src->data, src->w * src->h * src->c);
    if (d->way == BLUR) st = feri_degrade_blur(src, between(1.0 / 96, 1.0 / 18, d), out, err);
    if (d->way == DARKEN) /* geometric interpolation, because eye and camera perceive ratios */
        feri_degrade_light(src, exp(between(log(400), log(50), d)), &d->grain, out);
    if (d->way == COVER) feri_degrade_cover(out, top, top + height, d->level);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}

fer_status feri_degrade_randomly(float probability, struct feri_rng *rng, struct feri_pixels *src, fer_error *err)
{
    struct feri_pixels worse = {0};
    bool chosen = feri_rng_uniform(rng) < probability;
    struct damage d = draw(rng);
    if (!chosen) return FER_OK;
    fer_status st = worsen(&d, src, &worse, err);
    if (st != FER_OK) return st;
    feri_pixels_free(src);
    *src = worse;
    return FER_OK;
}
