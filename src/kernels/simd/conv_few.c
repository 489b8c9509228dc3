/* Convolution with few output channels. A matrix product would fill only a few columns of a panel of GEMM_NV vectors,
 * so here the lanes are output pixels of a row. Scratch holds the input rows of a patch, split into planes: one for
 * each channel and each phase f of the stride, plane[ch][f][q] = padded row[q * stride + f][ch]. Tap j of the outputs
 * ow, ow + 1, ... is then the vector at plane[ch][j % stride] + ow + j / stride. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define TILE 2 /* vectors of output pixels whose sums stay in registers together */

/* The layout of scratch. */
struct planes {
    size_t columns; /* of an output row, up to full tiles */
    size_t length;  /* of a plane */
    size_t row;     /* floats of an input row's planes */
    float *rows;    /* k of them: padded row r is in slot r % k */
    float *out;     /* [co][columns]: a row of y or dy, split by channel */
    float *sums;    /* [k][k][ci][co] vectors, for the weights' gradient */
    size_t filled;  /* padded rows before this one have been split */
};

static struct planes planes_of(const struct feri_conv_few *d, float *scratch)
{
    struct planes p = {.columns = (d->ow + TILE * VL - 1) / (TILE * VL) * (TILE * VL), .rows = scratch};
    p.length = p.columns + (d->k - 1) / d->stride;
    p.row = d->ci * d->stride * p.length;
    if (!scratch) return p; /* without scratch only the sizes are computed */
    p.out = scratch + d->k * p.row;
    p.sums = p.out + d->co * p.columns;
    return p;
}

size_t NAME(feri_conv_few_scratch)(const struct feri_conv_few *d)
{
    struct planes p = planes_of(d, NULL);
    return d->k * p.row + d->co * p.columns + d->k * d->k * d->ci * d->co * VL;
}

/* Plane of phase f and channel ch of one row of the image. */
INLINE void fill_plane(const struct feri_conv_few *d, size_t ci, size_t stride, const float *row, size_t f,
                       float *plane, size_t length)
{
    size_t q0 = d->pad > f ? (d->pad - f + stride - 1) / stride : 0,
           q1 = d->w + d->pad > f ? (d->w + d->pad - f + stride - 1) / stride : 0;
    q1 = q1 < length ? q1 : length;
    q0 = q0 < q1 ? q0 : q1;
    for (size_t q = 0; q < q0; q++) plane[q] = 0;
    for (size_t q = q0; q < q1; q++) plane[q] = row[(q * stride + f - d->pad) * ci];
    for (size_t q = q1; q < length; q++) plane[q] = 0;
}

static void fill_row(const struct feri_conv_few *d, const struct planes *p, const float *x, size_t padded_row)
{
    float *to = p->rows + padded_row % d->k * p->row;
    if (padded_row < d->pad || padded_row - d->pad >= d->h) {
        memset(to, 0, p->row * sizeof *to);
        return;
    }
    const float *row = x + (padded_row - d->pad) * d->w * d->ci;
    for (size_t ch = 0; ch < d->ci; ch++)
        for (size_t f = 0; f < d->stride; f++, to += p->length) {
            if (d->ci == 3 && d->stride == 2) fill_plane(d, 3, 2, row + ch, f, to, p->length);
            else fill_plane(d, d->ci, d->stride, row + ch, f, to, p->length);
        }
}

/* Load the k rows for output row oh. Rows that the previous output row used are kept. */
static void fill_rows(const struct feri_conv_few *d, struct planes *p, const float *x, size_t oh)
{
    size_t first = oh * d->stride;
    for (size_t r = p->filled > first ? p->filled : first; r < first + d->k; r++) fill_row(d, p, x, r);
    p->filled = first + d->k;
}

/* Where tap (i, j) of channel ch of output row oh begins. */
INLINE const float *tap(const struct feri_conv_few *d, const struct planes *p, size_t oh, size_t i, size_t j, size_t ch)
{
    return p->rows + (oh * d->stride + i) % d->k * p->row + (ch * d->stride + j % d->stride) * p->length +
           j / d->stride;
}

/* Sums of TILE vectors of output pixels, all output channels. */
INLINE void tile(const struct feri_conv_few *d, const struct planes *p, size_t co, size_t oh, size_t ow,
                 const struct feri_epilogue *e)
{
    vec sum[FERI_FEW][TILE];
    for (size_t o = 0; o < co; o++)
        for (size_t v = 0; v < TILE; v++) sum[o][v] = splat(0.0f);
    const float *w = d->weight;
    for (size_t i = 0; i < d->k; i++)
        for (size_t j = 0; j < d->k; j++)
            for (size_t ch = 0; ch < d->ci; ch++, w++) {
                const float *in = tap(d, p, oh, i, j, ch) + ow;
                for (size_t v = 0; v < TILE; v++) {
                    vec x = load(in + v * VL);
                    for (size_t o = 0; o < co; o++) sum[o][v] += x * splat(w[o * d->k * d->k * d->ci]);
                }
            }
    for (size_t o = 0; o < co; o++)
        for (size_t v = 0; v < TILE; v++) {
            vec s = e && e->bias ? sum[o][v] + splat(e->bias[o]) : sum[o][v];
            if (e) s = vact(e->act, s, splat(e->act == FERI_ACT_PRELU ? e->slope[o] : 0.0f));
            store(p->out + o * p->columns + ow + v * VL, s);
        }
}

/* A row of y from its planes. */
INLINE void put_row(const struct feri_conv_few *d, const struct planes *p, size_t co, size_t oh,
                    const struct feri_epilogue *e, float *y)
{
    y += oh * d->ow * co;
    for (size_t ow = 0; ow < d->ow; ow++)
        for (size_t o = 0; o < co; o++) y[ow * co + o] = p->out[o * p->columns + ow];
    if (!e || !e->residual) return;
    for (size_t ow = 0; ow < d->ow; ow++)
        for (size_t o = 0; o < co; o++) y[ow * co + o] += e->residual[(oh * d->ow + ow) * e->ld_residual + o];
}

INLINE void rows(const struct feri_conv_few *d, size_t co, const float *x, float *y, size_t oh0, size_t oh1,
                 const struct feri_epilogue *e, float *scratch)
{
    struct planes p = planes_of(d, scratch);
    for (size_t oh = oh0; oh < oh1; oh++) {
        fill_rows(d, &p, x, oh);
        for (size_t ow = 0; ow < d->ow; ow += TILE * VL) tile(d, &p, co, oh, ow, e);
        put_row(d, &p, co, oh, e, y);
    }
}

void NAME(feri_conv_few)(const struct feri_conv_few *d, const float *x, float *y, size_t oh0, size_t oh1,
                         const struct feri_epilogue *epi, float *scratch)
{
    switch (d->co) {
    case 1: rows(d, 1, x, y, oh0, oh1, epi, scratch); break;
    case 2: rows(d, 2, x, y, oh0, oh1, epi, scratch); break;
    case 3: rows(d, 3, x, y, oh0, oh1, epi, scratch); break;
    default: rows(d, 4, x, y, oh0, oh1, epi, scratch); break;
    }
}

/* Add one row's part of the gradient of tap (i, j) of channel ch for all outputs, lane by lane. */
INLINE void weight_tap(const struct feri_conv_few *d, const struct planes *p, size_t co, const float *in, float *sums)
{
    vec sum[FERI_FEW];
    for (size_t o = 0; o < co; o++) sum[o] = load(sums + o * VL);
    for (size_t ow = 0; ow < d->ow; ow += VL) {
        vec v = load(in + ow);
        for (size_t o = 0; o < co; o++) sum[o] += v * load(p->out + o * p->columns + ow);
    }
    for (size_t o = 0; o < co; o++) store(sums + o * VL, sum[o]);
}

INLINE void weight_rows(const struct feri_conv_few *d, size_t co, const float *x, const float *dy, float *dweight,
                        float *scratch)
{
    struct planes p = planes_of(d, scratch);
    size_t taps = d->k * d->k * d->ci;
    memset(p.out, 0, (co * p.columns + taps * co * VL) * sizeof *p.out); /* the columns after ow stay 0 */
    for (size_t oh = 0; oh < d->oh; oh++, dy += d->ow * co) {
        fill_rows(d, &p, x, oh);
        for (size_t ow = 0; ow < d->ow; ow++)
            for (size_t o = 0; o < co; o++) p.out[o * p.columns + ow] = dy[ow * co + o];
        float *sums = p.sums;
        for (size_t i = 0; i < d->k; i++)
            for (size_t j = 0; j < d->k; j++)
                for (size_t ch = 0; ch < d->ci; ch++, sums += co * VL)
                    weight_tap(d, &p, co, tap(d, &p, oh, i, j, ch), sums);
    }
    for (size_t t = 0; t < taps; t++)
        for (size_t o = 0; o < co; o++) dweight[o * taps + t] += lane_sum(load(p.sums + (t * co + o) * VL));
}

void NAME(feri_conv_few_backward_weight)(const struct feri_conv_few *d, const float *x, const float *dy, float *dweight,
                                         float *scratch)
{
    switch (d->co) {
    case 1: weight_rows(d, 1, x, dy, dweight, scratch); break;
    case 2: weight_rows(d, 2, x, dy, dweight, scratch); break;
    case 3: weight_rows(d, 3, x, dy, dweight, scratch); break;
    default: weight_rows(d, 4, x, dy, dweight, scratch); break;
    }
}
