/* Resize with a triangle filter that is widened when shrinking (antialiased), like Pillow's BILINEAR. It is separable
 * and uses fixed-point weights like Pillow's, so the result is the same on every machine. */
#include "base/error.h"
#include "base/mem.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 22 /* of the fixed-point weights: 32 - 8 (sample) - 2 (room for the sum) */

static void filter_free(struct feri_filter *f)
{
    free(f->first);
    free(f->count);
    free(f->weight);
}

void feri_resizer_free(struct feri_resizer *r)
{
    filter_free(&r->across);
    filter_free(&r->down);
    free(r->wide);
    free(r->sums);
    *r = (struct feri_resizer){0};
}

static void fill_position(struct feri_filter *f, size_t i, size_t in, double scale, double support)
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

static fer_status filter_set(struct feri_filter *f, size_t in, size_t out, fer_error *err)
{
    if (f->in == in && f->out == out) return FER_OK;
    double scale = (double)in / (double)out, support = scale < 1 ? 1 : scale;
    size_t most = (size_t)ceil(support) * 2 + 1;
    f->out = 0;
    if (!feri_grow(&f->first, &f->first_cap, out, sizeof *f->first) ||
        !feri_grow(&f->count, &f->count_cap, out, sizeof *f->count) ||
        !feri_grow(&f->weight, &f->weight_cap, out * most, sizeof *f->weight))
        return feri_fail_memory(err, out * most * sizeof *f->weight);
    f->most = most;
    f->in = in;
    f->out = out;
    for (size_t i = 0; i < out; i++) fill_position(f, i, in, scale, support);
    return FER_OK;
}

/* Weights are not negative and sum to 2^BITS, up to their rounding, so that a sum fits in 32 bits. */
static uint8_t to_sample(uint32_t sum)
{
    sum = (sum + (1u << (BITS - 1))) >> BITS;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

static void resize_grey_row(const struct feri_filter *f, size_t out, const uint8_t *src, uint8_t *dst)
{
    for (size_t i = 0; i < out; i++) {
        const uint32_t *weight = f->weight + i * f->most;
        const uint8_t *from = src + f->first[i];
        uint32_t sum = 0;
        for (size_t k = 0; k < f->count[i]; k++) sum += weight[k] * from[k];
        dst[i] = to_sample(sum);
    }
}

static void resize_rgb_row(const struct feri_filter *f, size_t out, const uint8_t *src, uint8_t *dst)
{
    for (size_t i = 0; i < out; i++, dst += 3) {
        const uint32_t *weight = f->weight + i * f->most;
        const uint8_t *from = src + f->first[i] * 3;
        uint32_t r = 0, g = 0, b = 0;
        for (size_t k = 0; k < f->count[i]; k++, from += 3)
            r += weight[k] * from[0], g += weight[k] * from[1], b += weight[k] * from[2];
        dst[0] = to_sample(r);
        dst[1] = to_sample(g);
        dst[2] = to_sample(b);
    }
}

/* Compute one row of `out` pixels of c samples. */
static void resize_row(const struct feri_filter *f, size_t out, size_t c, const uint8_t *src, uint8_t *dst)
{
    if (c == 1) resize_grey_row(f, out, src, dst);
    else resize_rgb_row(f, out, src, dst);
}

/* Compute row i of the output as the weighted sum of rows of `n` samples. sums [n]: scratch. */
static void resize_down(const struct feri_filter *f, size_t i, size_t n, const uint8_t *src, uint32_t *sums,
                        uint8_t *dst)
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

fer_status feri_resizer_run(struct feri_resizer *r, const struct feri_pixels *src, const struct feri_pixels *out,
                            fer_error *err)
{
    size_t w = out->w, h = out->h, c = src->c;
    if (w == src->w && h == src->h) {
        memcpy(out->data, src->data, w * h * c);
        return FER_OK;
    }
    fer_status st = filter_set(&r->across, src->w, w, err);
    if (st != FER_OK || (st = filter_set(&r->down, src->h, h, err)) != FER_OK) return st;
    if (!feri_grow(&r->wide, &r->wide_cap, w * src->h * c, 1) ||
        !feri_grow(&r->sums, &r->sums_cap, w * c, sizeof *r->sums))
        return feri_fail_memory(err, w * src->h * c + w * c * sizeof *r->sums);
    for (size_t y = 0; y < src->h; y++) resize_row(&r->across, w, c, src->data + y * src->w * c, r->wide + y * w * c);
    for (size_t y = 0; y < h; y++) resize_down(&r->down, y, w * c, r->wide, r->sums, out->data + y * w * c);
    return FER_OK;
}

fer_status feri_image_resize(const struct feri_pixels *src, size_t w, size_t h, struct feri_pixels *out, fer_error *err)
{
    struct feri_resizer r = {0};
    fer_status st = feri_pixels_new(w, h, src->c, out, err);
    if (st != FER_OK) return st;
    st = feri_resizer_run(&r, src, out, err);
    feri_resizer_free(&r);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
