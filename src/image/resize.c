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
    uint32_t *weight;
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
        f->weight[i * f->most + x - first] = (uint32_t)(v + 0.5);
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

/* Weights are not negative and sum to 2^BITS, give or take their rounding, so that a sum fits in 32 bits. */
static uint8_t to_sample(uint32_t sum)
{
    sum = (sum + (1u << (BITS - 1))) >> BITS;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

/* One row of `out` pixels of c samples. */
static void resize_row(const struct filter *f, size_t out, size_t c, const uint8_t *src, uint8_t *dst)
{
    for (size_t i = 0; i < out; i++) {
        const uint32_t *weight = f->weight + i * f->most;
        const uint8_t *from = src + f->first[i] * c;
        for (size_t ch = 0; ch < c; ch++) {
            uint32_t sum = 0;
            for (size_t k = 0; k < f->count[i]; k++) sum += weight[k] * from[k * c + ch];
            dst[i * c + ch] = to_sample(sum);
        }
    }
}

/* Row i of the output as the weighted sum of rows of `n` samples. sums [n]: scratch. */
static void resize_down(const struct filter *f, size_t i, size_t n, const uint8_t *src, uint32_t *sums, uint8_t *dst)
{
    memset(sums, 0, n * sizeof *sums);
    for (size_t k = 0; k < f->count[i]; k++) {
        uint32_t weight = f->weight[i * f->most + k];
        const uint8_t *row = src + (f->first[i] + k) * n;
        if (weight == 0) continue;
        for (size_t x = 0; x < n; x++) sums[x] += weight * row[x];
    }
    for (size_t x = 0; x < n; x++) dst[x] = to_sample(sums[x]);
}

static fer_status copy(const struct feri_pixels *src, struct feri_pixels *out, fer_error *err)
{
    fer_status st = feri_pixels_new(src->w, src->h, src->c, out, err);
    if (st == FER_OK) memcpy(out->data, src->data, src->w * src->h * src->c);
    return st;
}

fer_status feri_image_resize(const struct feri_pixels *src, size_t w, size_t h, struct feri_pixels *out, fer_error *err)
{
    struct filter across = {0}, down = {0};
    struct feri_pixels wide = {0};
    size_t c = src->c;
    uint32_t *sums = NULL;
    fer_status st;
    *out = (struct feri_pixels){0};
    if (w == src->w && h == src->h) return copy(src, out, err);
    if ((st = feri_pixels_new(w, src->h, c, &wide, err)) != FER_OK || (st = feri_pixels_new(w, h, c, out, err)) != FER_OK ||
        (st = filter_new(src->w, w, &across, err)) != FER_OK || (st = filter_new(src->h, h, &down, err)) != FER_OK)
        goto out;
    if (!(sums = calloc(w * c, sizeof *sums))) {
        st = feri_fail_memory(err, w * c * sizeof *sums);
        goto out;
    }
    for (size_t y = 0; y < src->h; y++) resize_row(&across, w, c, src->data + y * src->w * c, wide.data + y * w * c);
    for (size_t y = 0; y < h; y++) resize_down(&down, y, w * c, wide.data, sums, out->data + y * w * c);
out:
    free(sums);
    filter_free(&across);
    filter_free(&down);
    feri_pixels_free(&wide);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
