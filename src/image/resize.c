/* Resize with a triangle filter, widened when shrinking (antialiased), as Pillow's BILINEAR: separable, weights in fixed point like Pillow's, so
 * that the same pixels come out everywhere. */
#include "base/error.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 22 /* of the fixed-point weights: 32 - 8 (sample) - 2 (room for the sum) */

/* Output position i takes `count` inputs from `first` on, weights at weight[i * most]. */
struct filter {
    size_t most;
    size_t *first, *count;
    int32_t *weight;
};

static void filter_free(struct filter *f)
{
    free(f->first);
    free(f->count);
    free(f->weight);
}

static void fill_position(struct filter *f, size_t i, size_t in, double scale, double support)
{
    double centre = ((double)i + 0.5) * scale, total = 0;
    double lo = floor(centre - support + 0.5), hi = floor(centre + support + 0.5);
    size_t first = lo < 0 ? 0 : (size_t)lo, last = hi > (double)in ? in : (size_t)hi;
    double stretch = support < 1 ? 1 : support;
    for (size_t x = first; x < last; x++) total += fmax(0, 1 - fabs(((double)x - centre + 0.5) / stretch));
    for (size_t x = first; x < last; x++) {
        double v = fmax(0, 1 - fabs(((double)x - centre + 0.5) / stretch)) / total * (1 << BITS);
        f->weight[i * f->most + x - first] = (int32_t)(v + 0.5);
    }
    f->first[i] = first;
    f->count[i] = last - first;
}

static fer_status filter_new(size_t in, size_t out, struct filter *f, fer_error *err)
{
    double scale = (double)in / (double)out, support = scale < 1 ? 1 : scale;
    f->most = (size_t)ceil(support) * 2 + 1;
    f->first = calloc(out, sizeof *f->first);
    f->count = calloc(out, sizeof *f->count);
    f->weight = calloc(out * f->most, sizeof *f->weight);
    if (!f->first || !f->count || !f->weight) return feri_fail_memory(err, out * f->most * sizeof *f->weight);
    for (size_t i = 0; i < out; i++) fill_position(f, i, in, scale, support);
    return FER_OK;
}

static uint8_t to_sample(int64_t sum)
{
    sum = (sum + (1 << (BITS - 1))) >> BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One line of `out` positions; step: bytes from a position to the next, in source and destination. */
static void resize_line(const struct filter *f, size_t out, const uint8_t *src, size_t src_step, uint8_t *dst, size_t dst_step)
{
    for (size_t i = 0; i < out; i++) {
        int64_t sum = 0;
        for (size_t k = 0; k < f->count[i]; k++) sum += (int64_t)f->weight[i * f->most + k] * src[(f->first[i] + k) * src_step];
        dst[i * dst_step] = to_sample(sum);
    }
}

fer_status feri_image_resize(const struct feri_pixels *src, size_t w, size_t h, struct feri_pixels *out, fer_error *err)
{
    struct filter across = {0}, down = {0};
    struct feri_pixels wide = {0};
    size_t c = src->c;
    fer_status st;
    *out = (struct feri_pixels){0};
    if ((st = feri_pixels_new(w, src->h, c, &wide, err)) != FER_OK || (st = feri_pixels_new(w, h, c, out, err)) != FER_OK ||
        (st = filter_new(src->w, w, &across, err)) != FER_OK || (st = filter_new(src->h, h, &down, err)) != FER_OK)
        goto out;
    for (size_t y = 0; y < src->h; y++)
        for (size_t ch = 0; ch < c; ch++) resize_line(&across, w, src->data + y * src->w * c + ch, c, wide.data + y * w * c + ch, c);
    for (size_t x = 0; x < w * c; x++) resize_line(&down, h, wide.data + x, w * c, out->data + x, w * c);
out:
    filter_free(&across);
    filter_free(&down);
    feri_pixels_free(&wide);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
