/* Depthwise convolution, one vector of channels at a time down a row of pixels: the kernel's weights of a row stay in registers, several output
 * pixels share each loaded input. Columns whose patch leaves the image, and channels beyond the last full vector, take a slower path. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define TILE 4 /* output pixels whose sums are kept in registers together */

/* Output columns [lo, hi) see all k columns of their patch. */
static void interior(const struct feri_dwconv *d, size_t *lo, size_t *hi)
{
    *lo = (d->pad + d->stride - 1) / d->stride;
    *hi = d->w + d->pad >= d->k ? (d->w + d->pad - d->k) / d->stride + 1 : 0;
    if (*hi > d->ow) *hi = d->ow;
    if (*lo > *hi) *lo = *hi;
}

/* Kernel rows [i0, i1) of output row oh lie inside the image. */
static void row_range(const struct feri_dwconv *d, size_t oh, size_t *i0, size_t *i1)
{
    size_t top = oh * d->stride;
    *i0 = top < d->pad ? d->pad - top : 0;
    *i1 = d->h + d->pad > top ? d->h + d->pad - top : 0;
    if (*i1 > d->k) *i1 = d->k;
    if (*i0 > *i1) *i0 = *i1;
}

static void column_range(const struct feri_dwconv *d, size_t ow, size_t *j0, size_t *j1)
{
    size_t left = ow * d->stride;
    *j0 = left < d->pad ? d->pad - left : 0;
    *j1 = d->w + d->pad > left ? d->w + d->pad - left : 0;
    if (*j1 > d->k) *j1 = d->k;
    if (*j0 > *j1) *j0 = *j1;
}

/* Weights, possibly turned by 180 degrees (the backward pass at stride 1 is a convolution with the turned kernel). */
INLINE const float *tap(const struct feri_dwconv *d, size_t i, size_t j, bool turned)
{
    size_t t = i * d->k + j;
    return d->weight + (turned ? d->k * d->k - 1 - t : t) * d->c;
}

INLINE vec pixel(const struct feri_dwconv *d, const float *x, size_t oh, size_t ow, size_t ch, bool turned)
{
    size_t i0, i1, j0, j1;
    vec sum = splat(0.0f);
    row_range(d, oh, &i0, &i1);
    column_range(d, ow, &j0, &j1);
    for (size_t i = i0; i < i1; i++) {
        const float *row = x + (oh * d->stride + i - d->pad) * d->w * d->ld_x + ch;
        for (size_t j = j0; j < j1; j++) sum += load(row + (ow * d->stride + j - d->pad) * d->ld_x) * load(tap(d, i, j, turned) + ch);
    }
    return sum;
}

struct target {
    const struct feri_epilogue *epi;
    bool accumulate;
};

INLINE void put_pixel(const struct target *t, vec v, float *y, size_t ch)
{
    if (t->epi) {
        if (t->epi->bias) v += load(t->epi->bias + ch);
        v = vact(t->epi->act, v, t->epi->act == FERI_ACT_PRELU ? load(t->epi->slope + ch) : splat(0.0f));
    }
    store(y, t->accumulate ? load(y) + v : v);
}

/* One output row, one vector of channels; k, stride and turned are constants after inlining. */
INLINE void row(const struct feri_dwconv *d, size_t k, size_t stride, bool turned, const float *x, float *y, size_t oh, size_t ch,
                const struct target *t)
{
    size_t lo, hi, i0, i1, ow;
    interior(d, &lo, &hi);
    row_range(d, oh, &i0, &i1);
    float *out = y + oh * d->ow * d->ld_y + ch;
    for (ow = 0; ow < lo; ow++) put_pixel(t, pixel(d, x, oh, ow, ch, turned), out + ow * d->ld_y, ch);
    for (; ow + TILE <= hi; ow += TILE) {
        vec sum[TILE];
        for (size_t p = 0; p < TILE; p++) sum[p] = splat(0.0f);
        for (size_t i = i0; i < i1; i++) {
            const float *in = x + ((oh * stride + i - d->pad) * d->w + ow * stride - d->pad) * d->ld_x + ch;
            vec w[24]; /* k of them; the rest is never read, but a generic k cannot show it */
#pragma GCC unroll 16
            for (size_t j = 0; j < k; j++) w[j] = load(tap(d, i, j, turned) + ch);
#pragma GCC unroll 32
            for (size_t q = 0; q < (TILE - 1) * stride + k; q++) {
                vec v = load(in + q * d->ld_x);
#pragma GCC unroll 4
                for (size_t p = 0; p < TILE; p++)
                    if (q >= p * stride && q - p * stride < k) sum[p] += v * w[q - p * stride];
            }
        }
        for (size_t p = 0; p < TILE; p++) put_pixel(t, sum[p], out + (ow + p) * d->ld_y, ch);
    }
    for (; ow < d->ow; ow++) put_pixel(t, pixel(d, x, oh, ow, ch, turned), out + ow * d->ld_y, ch);
}

INLINE void rows(const struct feri_dwconv *d, size_t k, size_t stride, bool turned, const float *x, float *y, size_t oh0, size_t oh1,
                 const struct target *t)
{
    for (size_t oh = oh0; oh < oh1; oh++)
        for (size_t ch = 0; ch + VL <= d->c; ch += VL) row(d, k, stride, turned, x, y, oh, ch, t);
}

static float act_scalar(const struct feri_epilogue *e, float v, size_t ch)
{
    float t[VL] = {0};
    if (!e) return v;
    t[0] = e->bias ? v + e->bias[ch] : v;
    store(t, vact(e->act, load(t), splat(e->act == FERI_ACT_PRELU ? e->slope[ch] : 0.0f)));
    return t[0];
}

/* Channels [ch0, c), one by one. */
static void rows_scalar(const struct feri_dwconv *d, size_t ch0, bool turned, const float *x, float *y, size_t oh0, size_t oh1,
                        const struct target *t)
{
    for (size_t oh = oh0; oh < oh1; oh++)
        for (size_t ow = 0; ow < d->ow; ow++) {
            size_t i0, i1, j0, j1;
            row_range(d, oh, &i0, &i1);
            column_range(d, ow, &j0, &j1);
            for (size_t ch = ch0; ch < d->c; ch++) {
                float sum = 0, *out = y + (oh * d->ow + ow) * d->ld_y + ch;
                for (size_t i = i0; i < i1; i++)
                    for (size_t j = j0; j < j1; j++)
                        sum += x[((oh * d->stride + i - d->pad) * d->w + ow * d->stride + j - d->pad) * d->ld_x + ch] * tap(d, i, j, turned)[ch];
                sum = act_scalar(t->epi, sum, ch);
                *out = t->accumulate ? *out + sum : sum;
            }
        }
}

static void convolve(const struct feri_dwconv *d, bool turned, const float *x, float *y, size_t oh0, size_t oh1, const struct target *t)
{
    if (turned) {
        switch (d->k) {
        case 3: rows(d, 3, 1, true, x, y, oh0, oh1, t); break;
        case 5: rows(d, 5, 1, true, x, y, oh0, oh1, t); break;
        case 7: rows(d, 7, 1, true, x, y, oh0, oh1, t); break;
        case 9: rows(d, 9, 1, true, x, y, oh0, oh1, t); break;
        default: rows(d, d->k, 1, true, x, y, oh0, oh1, t); break;
        }
    } else {
        switch (d->k * 4 + d->stride) {
        case 3 * 4 + 1: rows(d, 3, 1, false, x, y, oh0, oh1, t); break;
        case 5 * 4 + 1: rows(d, 5, 1, false, x, y, oh0, oh1, t); break;
        case 7 * 4 + 1: rows(d, 7, 1, false, x, y, oh0, oh1, t); break;
        case 9 * 4 + 1: rows(d, 9, 1, false, x, y, oh0, oh1, t); break;
        case 3 * 4 + 2: rows(d, 3, 2, false, x, y, oh0, oh1, t); break;
        case 5 * 4 + 2: rows(d, 5, 2, false, x, y, oh0, oh1, t); break;
        case 7 * 4 + 2: rows(d, 7, 2, false, x, y, oh0, oh1, t); break;
        default: rows(d, d->k, d->stride, false, x, y, oh0, oh1, t); break;
        }
    }
    if (d->c % VL) rows_scalar(d, d->c / VL * VL, turned, x, y, oh0, oh1, t);
}

void NAME(feri_dwconv)(const struct feri_dwconv *d, const float *x, float *y, size_t oh0, size_t oh1, const struct feri_epilogue *epi)
{
    struct target t = {epi, false};
    convolve(d, false, x, y, oh0, oh1, &t);
}

/* Any stride: every input pixel gathers from the outputs it took part in. */
static void gather_data(const struct feri_dwconv *d, const float *dy, float *dx, bool accumulate)
{
    for (size_t ih = 0; ih < d->h; ih++)
        for (size_t iw = 0; iw < d->w; iw++) {
            float *out = dx + (ih * d->w + iw) * d->ld_x;
            for (size_t ch = 0; ch < d->c; ch += VL) {
                size_t n = d->c - ch < VL ? d->c - ch : VL;
                vec sum = splat(0.0f);
                for (size_t i = (ih + d->pad) % d->stride; i < d->k && i <= ih + d->pad; i += d->stride) {
                    size_t oh = (ih + d->pad - i) / d->stride;
                    if (oh >= d->oh) continue;
                    for (size_t j = (iw + d->pad) % d->stride; j < d->k && j <= iw + d->pad; j += d->stride) {
                        size_t ow = (iw + d->pad - j) / d->stride;
                        if (ow >= d->ow) continue;
                        const float *g = dy + (oh * d->ow + ow) * d->ld_y + ch, *w = d->weight + (i * d->k + j) * d->c + ch;
                        sum += n == VL ? load(g) * load(w) : load_part(g, n) * load_part(w, n);
                    }
                }
                if (n == VL)
                    store(out + ch, accumulate ? load(out + ch) + sum : sum);
                else
                    store_part(out + ch, accumulate ? load_part(out + ch, n) + sum : sum, n);
            }
        }
}

void NAME(feri_dwconv_backward_data)(const struct feri_dwconv *d, const float *dy, float *dx, bool accumulate)
{
    if (d->stride != 1) {
        gather_data(d, dy, dx, accumulate);
        return;
    }
    struct feri_dwconv back = {.h = d->oh, .w = d->ow, .oh = d->h, .ow = d->w, .c = d->c, .ld_x = d->ld_y, .ld_y = d->ld_x, .k = d->k,
                               .stride = 1, .pad = d->k - 1 - d->pad, .weight = d->weight};
    struct target t = {NULL, accumulate};
    convolve(&back, true, dy, dx, 0, d->h, &t);
}

/* Kernel row i, one vector of channels: k sums over the whole image. */
INLINE void weight_row(const struct feri_dwconv *d, size_t k, size_t stride, const float *x, const float *dy, size_t i, size_t ch, float *dw)
{
    size_t lo, hi, i0, i1, j0, j1;
    vec sum[15];
    interior(d, &lo, &hi);
    for (size_t j = 0; j < k; j++) sum[j] = splat(0.0f);
    for (size_t oh = 0; oh < d->oh; oh++) {
        row_range(d, oh, &i0, &i1);
        if (i < i0 || i >= i1) continue;
        const float *in = x + (oh * stride + i - d->pad) * d->w * d->ld_x + ch, *g = dy + oh * d->ow * d->ld_y + ch;
        for (size_t ow = lo; ow < hi; ow++) {
            vec v = load(g + ow * d->ld_y);
            const float *p = in + (ow * stride - d->pad) * d->ld_x;
#pragma GCC unroll 16
            for (size_t j = 0; j < k; j++) sum[j] += v * load(p + j * d->ld_x);
        }
        for (size_t ow = 0; ow < d->ow; ow = ow + 1 == lo && hi > lo ? hi : ow + 1) {
            if (ow >= lo && ow < hi) continue;
            column_range(d, ow, &j0, &j1);
            vec v = load(g + ow * d->ld_y);
            for (size_t j = j0; j < j1; j++) {
                vec add = v * load(in + (ow * stride + j - d->pad) * d->ld_x);
#pragma GCC unroll 16
                for (size_t q = 0; q < k; q++)
                    if (q == j) sum[q] += add;
            }
        }
    }
    for (size_t j = 0; j < k; j++) store(dw + (i * k + j) * d->c + ch, load(dw + (i * k + j) * d->c + ch) + sum[j]);
}

INLINE void weight_rows(const struct feri_dwconv *d, size_t k, size_t stride, const float *x, const float *dy, float *dw)
{
    for (size_t ch = 0; ch + VL <= d->c; ch += VL)
        for (size_t i = 0; i < k; i++) weight_row(d, k, stride, x, dy, i, ch, dw);
}

static void weight_scalar(const struct feri_dwconv *d, size_t ch0, const float *x, const float *dy, float *dw)
{
    for (size_t oh = 0; oh < d->oh; oh++)
        for (size_t ow = 0; ow < d->ow; ow++) {
            size_t i0, i1, j0, j1;
            row_range(d, oh, &i0, &i1);
            column_range(d, ow, &j0, &j1);
            for (size_t i = i0; i < i1; i++)
                for (size_t j = j0; j < j1; j++)
                    for (size_t ch = ch0; ch < d->c; ch++)
                        dw[(i * d->k + j) * d->c + ch] += dy[(oh * d->ow + ow) * d->ld_y + ch] *
                                                         x[((oh * d->stride + i - d->pad) * d->w + ow * d->stride + j - d->pad) * d->ld_x + ch];
        }
}

void NAME(feri_dwconv_backward_weight)(const struct feri_dwconv *d, const float *x, const float *dy, float *dweight)
{
    switch (d->k * 4 + d->stride) {
    case 3 * 4 + 1: weight_rows(d, 3, 1, x, dy, dweight); break;
    case 5 * 4 + 1: weight_rows(d, 5, 1, x, dy, dweight); break;
    case 7 * 4 + 1: weight_rows(d, 7, 1, x, dy, dweight); break;
    case 9 * 4 + 1: weight_rows(d, 9, 1, x, dy, dweight); break;
    case 3 * 4 + 2: weight_rows(d, 3, 2, x, dy, dweight); break;
    case 5 * 4 + 2: weight_rows(d, 5, 2, x, dy, dweight); break;
    case 7 * 4 + 2: weight_rows(d, 7, 2, x, dy, dweight); break;
    default: weight_rows(d, d->k, d->stride, x, dy, dweight); break;
    }
    if (d->c % VL) weight_scalar(d, d->c / VL * VL, x, dy, dweight);
}
