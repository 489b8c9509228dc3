#include "image/degrade.h"

#include "formats/picture_file.h"
#include "image/image.h"

#include <string.h>

#define SIGMA   (1.0 / 24)
#define PHOTONS 100
#define SMALL   3
#define QUALITY 30

static size_t shrunk(size_t side, double factor)
{
    size_t n = (size_t)((double)side / factor + 0.5);
    return n ? n : 1;
}

fer_status feri_degrade_small(const struct feri_pixels *src, double factor, struct feri_pixels *out, fer_error *err)
{
    struct feri_pixels small;
    fer_status st = feri_image_resize(src, shrunk(src->w, factor), shrunk(src->h, factor), &small, err);
    if (st != FER_OK) return st;
    st = feri_image_resize(&small, src->w, src->h, out, err);
    feri_pixels_free(&small);
    return st;
}

static size_t row(const struct feri_pixels *px, double fraction)
{
    return (size_t)(fraction * (double)px->h + 0.5);
}

void feri_degrade_cover(struct feri_pixels *px, double top, double bottom, uint8_t level)
{
    size_t from = row(px, top), to = row(px, bottom);
    memset(px->data + from * px->w * px->c, level, (to - from) * px->w * px->c);
}

static fer_status degrade(fer_degradation kind, struct feri_rng *rng, const struct feri_pixels *src,
                          struct feri_pixels *out, fer_error *err)
{
    memcpy(out->data, src->data, src->w * src->h * src->c);
    if (kind == FER_DEGRADE_BLUR) return feri_degrade_blur(src, SIGMA, out, err);
    if (kind == FER_DEGRADE_LOW_LIGHT) feri_degrade_light(src, PHOTONS, rng, out);
    if (kind == FER_DEGRADE_ROTATE) feri_degrade_rotate(src, out);
    if (kind == FER_DEGRADE_OCCLUDE_EYES) feri_degrade_cover(out, 0.25, 0.5, 0);
    if (kind == FER_DEGRADE_OCCLUDE_MOUTH) feri_degrade_cover(out, 0.65, 0.95, 0);
    return FER_OK;
}

fer_status feri_degrade(fer_degradation kind, struct feri_rng *rng, const struct feri_pixels *src,
                        struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    if (kind == FER_DEGRADE_SMALL) return feri_degrade_small(src, SMALL, out, err);
    if (kind == FER_DEGRADE_JPEG) return feri_pixels_through_jpeg(src, QUALITY, out, err);
    fer_status st = feri_pixels_new(src->w, src->h, src->c, out, err);
    if (st == FER_OK) st = degrade(kind, rng, src, out, err);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
