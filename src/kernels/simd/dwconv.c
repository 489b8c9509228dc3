/* Depthwise convolution, one vector of channels at a time. Input rows are first copied, with their padding, into a ring
 * of k rows in the first-level cache. Pixels that are far apart in memory (often a power of two, so that they share few
 * cache sets) become neighbours, every output pixel sees a whole patch, and each number is fetched once. The backward
 * pass over data is the same loop over gradients spaced `stride` apart, with the kernel turned by 180 degrees. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define ROWS_MAX 15 /* the largest kernel */
/* output pixels whose sums stay in registers together; maps of the MCCT family are 7 * 2^n wide */
#define WIDE   7
#define NARROW 4

/* What one pass computes: y[oh][ow] = sum over i, j of x'[oh * stride + i][ow * stride + j] * taps[i][j]. x' is x (h x
 * w) with its rows and columns `dilation` apart and `pad` zeros around it. */
struct pass {
    size_t h, w, oh, ow, k, stride, pad, dilation;
    size_t ld_x, ld_y;
    size_t tile;  /* WIDE or NARROW, whichever fits ow better */
    size_t width; /* vectors in a row of the ring: what the last tile reads */
};

static struct pass pass_new(struct pass p)
{
    size_t wide = (p.ow + WIDE - 1) / WIDE * WIDE, narrow = (p.ow + NARROW - 1) / NARROW * NARROW;
    p.tile = narrow < wide ? NARROW : WIDE;
    p.width = ((narrow < wide ? narrow : wide) - 1) * p.stride + p.k;
    return p;
}

static struct pass forward_pass(const struct feri_dwconv *d)
{
    return pass_new((struct pass){.h = d->h,
                                  .w = d->w,
                                  .oh = d->oh,
                                  .ow = d->ow,
                                  .k = d->k,
                                  .stride = d->stride,
                                  .pad = d->pad,
                                  .dilation = 1,
                                  .ld_x = d->ld_x,
                                  .ld_y = d->ld_y});
}

static struct pass backward_pass(const struct feri_dwconv *d)
{
    return pass_new((struct pass){.h = d->oh,
                                  .w = d->ow,
                                  .oh = d->h,
                                  .ow = d->w,
                                  .k = d->k,
                                  .stride = 1,
                                  .pad = d->k - 1 - d->pad,
                                  .dilation = d->stride,
                                  .ld_x = d->ld_y,
                                  .ld_y = d->ld_x});
}

/* Floats: a ring, the taps, and for the weights' gradient one row of dy. */
static size_t scratch_of(const struct pass *p)
{
    return (p->k * p->width + p->k * p->k + p->ow + WIDE) * VL;
}

size_t NAME(feri_dwconv_scratch)(const struct feri_dwconv *d)
{
    struct pass there = forward_pass(d), back = backward_pass(d);
    size_t a = scratch_of(&there), b = scratch_of(&back);
    return a > b ? a : b;
}

struct ring {
    float *data;
    size_t next;                /* first padded row that has not been copied yet */
    const float *row[ROWS_MAX]; /* of the current output row, top first */
    size_t first, last;         /* outside rows [first, last) of these, all values are zero */
};

/* The padded row r as a row of x; false when it is all zero. */
static bool source_row(const struct pass *p, size_t r, size_t *source)
{
    if (r < p->pad || (r - p->pad) % p->dilation) return false;
    *source = (r - p->pad) / p->dilation;
    return *source < p->h;
}

INLINE void copy_row(const struct pass *p, const float *x, size_t n, size_t r, float *to)
{
    size_t source, column = 0;
    bool full = source_row(p, r, &source);
    if (!full || p->dilation > 1) memset(to, 0, p->width * VL * sizeof *to);
    if (!full) return;
    const float *from = x + source * p->w * p->ld_x;
    if (p->dilation == 1) memset(to, 0, (p->pad < p->width ? p->pad : p->width) * VL * sizeof *to);
    for (size_t at = p->pad; column < p->w && at < p->width; column++, at += p->dilation)
        store(to + at * VL, get(from + column * p->ld_x, n));
    size_t end = p->pad + p->w;
    if (p->dilation == 1 && end < p->width) memset(to + end * VL, 0, (p->width - end) * VL * sizeof *to);
}

/* Make the ring hold the k padded rows of output row oh. */
INLINE void advance(const struct pass *p, const float *x, size_t n, size_t oh, struct ring *ring)
{
    size_t top = oh * p->stride, source;
    if (ring->next < top) ring->next = top;
    for (; ring->next < top + p->k; ring->next++)
        copy_row(p, x, n, ring->next, ring->data + ring->next % p->k * p->width * VL);
    ring->first = p->k;
    ring->last = 0;
    for (size_t i = 0; i < p->k; i++) {
        ring->row[i] = ring->data + (top + i) % p->k * p->width * VL;
        if (!source_row(p, top + i, &source)) continue;
        if (i < ring->first) ring->first = i;
        ring->last = i + 1;
    }
}

struct output {
    float *y; /* at this vector's first channel */
    size_t n; /* number of valid channels */
    vec bias, slope;
    enum feri_act act;
    bool accumulate;
    bool plain; /* a whole vector with only a bias: the common case */
};

/* Rare cases go through memory, so that the sums of the common case stay in registers. */
static void put_slowly(const struct output *o, float *y, size_t ld_y, size_t n, const float *sums)
{
    for (size_t q = 0; q < n; q++)
        put_or_add(y + q * ld_y, vact(o->act, load(sums + q * VL) + o->bias, o->slope), o->n, o->accumulate);
}

INLINE void put_tile(const struct output *o, float *y, size_t ld_y, size_t tile, size_t n, const vec *sum)
{
    if (o->plain && n == tile) {
        UNROLL(8)
        for (size_t q = 0; q < tile; q++) store(y + q * ld_y, sum[q] + o->bias);
    } else {
        float sums[WIDE * VL];
        UNROLL(8)
        for (size_t q = 0; q < tile; q++) store(sums + q * VL, sum[q]);
        put_slowly(o, y, ld_y, n, sums);
    }
}

/* One row of output. k, stride, tile and dilated are constants after inlining. */
INLINE void convolve_row(const struct pass *p, const struct ring *ring, const float *taps, size_t k, size_t stride,
                         size_t tile, bool dilated, size_t oh, const struct output *o)
{
    for (size_t ow = 0; ow < p->ow; ow += tile) {
        vec sum[WIDE];
        UNROLL(8)
        for (size_t q = 0; q < tile; q++) sum[q] = splat(0.0f);
        for (size_t i = ring->first; i < ring->last; i += dilated ? p->dilation : 1) {
            const float *in = ring->row[i] + ow * stride * VL, *w = taps + i * k * VL;
            UNROLL(32)
            for (size_t c = 0; c < (tile - 1) * stride + k; c++) {
                vec v = load(in + c * VL);
                UNROLL(8)
                for (size_t q = 0; q < tile; q++)
                    if (c >= q * stride && c - q * stride < k) sum[q] += v * load(w + (c - q * stride) * VL);
            }
        }
        put_tile(o, o->y + (oh * p->ow + ow) * p->ld_y, p->ld_y, tile, p->ow - ow < tile ? p->ow - ow : tile, sum);
    }
}

INLINE void convolve_rows(const struct pass *p, const float *x, const float *taps, size_t k, size_t stride,
                          bool dilated, size_t oh0, size_t oh1, const struct output *o, float *ring_data)
{
    struct ring ring = {.data = ring_data};
    for (size_t oh = oh0; oh < oh1; oh++) {
        advance(p, x, o->n, oh, &ring);
        if (p->tile == WIDE) convolve_row(p, &ring, taps, k, stride, WIDE, dilated, oh, o);
        else convolve_row(p, &ring, taps, k, stride, NARROW, dilated, oh, o);
    }
}

static void convolve(const struct pass *p, const float *x, const float *taps, size_t oh0, size_t oh1,
                     const struct output *o, float *ring)
{
    switch (p->dilation > 1 ? 0 : p->k * 4 + p->stride) {
    case 3 * 4 + 1: convolve_rows(p, x, taps, 3, 1, false, oh0, oh1, o, ring); break;
    case 5 * 4 + 1: convolve_rows(p, x, taps, 5, 1, false, oh0, oh1, o, ring); break;
    case 7 * 4 + 1: convolve_rows(p, x, taps, 7, 1, false, oh0, oh1, o, ring); break;
    case 9 * 4 + 1: convolve_rows(p, x, taps, 9, 1, false, oh0, oh1, o, ring); break;
    case 3 * 4 + 2: convolve_rows(p, x, taps, 3, 2, false, oh0, oh1, o, ring); break;
    case 5 * 4 + 2: convolve_rows(p, x, taps, 5, 2, false, oh0, oh1, o, ring); break;
    case 7 * 4 + 2: convolve_rows(p, x, taps, 7, 2, false, oh0, oh1, o, ring); break;
    default:
        switch (p->dilation > 1 ? p->k : 0) {
        case 3: convolve_rows(p, x, taps, 3, 1, true, oh0, oh1, o, ring); break;
        case 5: convolve_rows(p, x, taps, 5, 1, true, oh0, oh1, o, ring); break;
        case 7: convolve_rows(p, x, taps, 7, 1, true, oh0, oh1, o, ring); break;
        default: convolve_rows(p, x, taps, p->k, p->stride, p->dilation > 1, oh0, oh1, o, ring); break;
        }
    }
}

/* taps[t] of channels [ch, ch + n), turned by 180 degrees for the backward pass. */
static void copy_taps(const struct feri_dwconv *d, size_t ch, size_t n, bool turned, float *taps)
{
    size_t count = d->k * d->k;
    for (size_t t = 0; t < count; t++)
        store(taps + (turned ? count - 1 - t : t) * VL, get(d->weight + t * d->c + ch, n));
}

void NAME(feri_dwconv)(const struct feri_dwconv *d, const float *x, float *y, size_t oh0, size_t oh1,
                       const struct feri_epilogue *epi, float *scratch)
{
    struct pass p = forward_pass(d);
    float *taps = scratch, *ring = scratch + d->k * d->k * VL;
    EACH(ch, n, d->c)
    {
        struct output o = {.y = y + ch, .n = n, .bias = splat(0.0f), .slope = splat(0.0f)};
        if (epi && epi->bias) o.bias = get(epi->bias + ch, n);
        if (epi && epi->act == FERI_ACT_PRELU) o.slope = get(epi->slope + ch, n);
        if (epi) o.act = epi->act;
        o.plain = n == VL && o.act == FERI_ACT_NONE;
        copy_taps(d, ch, n, false, taps);
        convolve(&p, x + ch, taps, oh0, oh1, &o, ring);
    }
}

void NAME(feri_dwconv_backward_data)(const struct feri_dwconv *d, const float *dy, float *dx, bool accumulate,
                                     float *scratch)
{
    struct pass p = backward_pass(d);
    float *taps = scratch, *ring = scratch + d->k * d->k * VL;
    EACH(ch, n, d->c)
    {
        struct output o = {.y = dx + ch,
                           .n = n,
                           .bias = splat(0.0f),
                           .slope = splat(0.0f),
                           .accumulate = accumulate,
                           .plain = n == VL && !accumulate};
        copy_taps(d, ch, n, true, taps);
        convolve(&p, dy + ch, taps, 0, p.oh, &o, ring);
    }
}

/* Kernel rows [i, i + rows) of one output row: rows * k sums, enough chains to hide a multiply-add's latency. dw:
 * [k][k] vectors. */
INLINE void weight_rows(const struct pass *p, const struct ring *ring, const float *dy, size_t k, size_t stride,
                        size_t i, size_t rows, float *dw)
{
    vec sum[ROWS_MAX];
    for (size_t t = 0; t < rows * k; t++) sum[t] = load(dw + (i * k + t) * VL);
    for (size_t ow = 0; ow < p->ow; ow++) {
        vec v = load(dy + ow * VL);
        for (size_t r = 0; r < rows; r++) {
            const float *in = ring->row[i + r] + ow * stride * VL;
            UNROLL(16)
            for (size_t j = 0; j < k; j++) sum[r * k + j] += v * load(in + j * VL);
        }
    }
    for (size_t t = 0; t < rows * k; t++) store(dw + (i * k + t) * VL, sum[t]);
}

INLINE void weight_image(const struct pass *p, const float *x, const float *dy, size_t n, size_t k, size_t stride,
                         size_t rows, float *dw, float *ring_data, float *dy_row)
{
    struct ring ring = {.data = ring_data};
    for (size_t oh = 0; oh < p->oh; oh++) {
        advance(p, x, n, oh, &ring);
        for (size_t ow = 0; ow < p->ow; ow++) store(dy_row + ow * VL, get(dy + (oh * p->ow + ow) * p->ld_y, n));
        size_t i = 0;
        for (; i + rows <= k; i += rows) weight_rows(p, &ring, dy_row, k, stride, i, rows, dw);
        for (; i < k; i++) weight_rows(p, &ring, dy_row, k, stride, i, 1, dw);
    }
}

void NAME(feri_dwconv_backward_weight)(const struct feri_dwconv *d, const float *x, const float *dy, float *dweight,
                                       float *scratch)
{
    struct pass p = forward_pass(d);
    float *dw = scratch, *ring = dw + d->k * d->k * VL, *row = ring + d->k * p.width * VL;
    EACH(ch, n, d->c)
    {
        memset(dw, 0, d->k * d->k * VL * sizeof *dw);
        switch (d->k * 4 + d->stride) {
        case 3 * 4 + 1: weight_image(&p, x + ch, dy + ch, n, 3, 1, 3, dw, ring, row); break;
        case 5 * 4 + 1: weight_image(&p, x + ch, dy + ch, n, 5, 1, 2, dw, ring, row); break;
        case 7 * 4 + 1: weight_image(&p, x + ch, dy + ch, n, 7, 1, 1, dw, ring, row); break;
        case 9 * 4 + 1: weight_image(&p, x + ch, dy + ch, n, 9, 1, 1, dw, ring, row); break;
        case 3 * 4 + 2: weight_image(&p, x + ch, dy + ch, n, 3, 2, 3, dw, ring, row); break;
        case 5 * 4 + 2: weight_image(&p, x + ch, dy + ch, n, 5, 2, 2, dw, ring, row); break;
        case 7 * 4 + 2: weight_image(&p, x + ch, dy + ch, n, 7, 2, 1, dw, ring, row); break;
        default: weight_image(&p, x + ch, dy + ch, n, d->k, d->stride, 1, dw, ring, row); break;
        }
        for (size_t t = 0; t < d->k * d->k; t++) {
            float *out = dweight + t * d->c + ch;
            put(out, get(out, n) + load(dw + t * VL), n);
        }
    }
}
