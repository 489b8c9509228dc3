/* Attention with tokens side by side in the lanes of a vector: scores, softmax and weighted sums then run over the other tokens without a single
 * reduction across lanes, and nothing larger than t x VL numbers, which stay in the first-level cache, is ever stored. The backward pass makes the
 * weights anew from two numbers a query, once with queries in the lanes (dq) and once with keys (dk, dv): cheaper than keeping t x t of them. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define ROWS 8     /* dot products made together: enough chains to hide a multiply-add's latency */
#define CHANNELS 8 /* channels of a weighted sum made together */

/* One array of a head: t rows of `width` floats. */
struct rows {
    const float *at;
    size_t ld, t, width;
};

static struct rows rows_of(const struct feri_attention *a, const float *at, size_t ld)
{
    return (struct rows){at, ld, a->t, a->width};
}

size_t NAME(feri_attention_scratch)(size_t t, size_t width)
{
    return (2 * t + 2 * width) * VL + t;
}

/* lanes[c][lane] = scale * row first + lane; lanes beyond t are 0. */
static void to_lanes(const struct rows *x, size_t first, float scale, float *lanes)
{
    size_t n = x->t - first < VL ? x->t - first : VL;
    for (size_t c = 0; c < x->width; c++)
        for (size_t lane = 0; lane < VL; lane++) lanes[c * VL + lane] = lane < n ? scale * x->at[(first + lane) * x->ld + c] : 0.0f;
}

INLINE void dots_of(const struct rows *x, size_t row, size_t n, const float *lanes, float *out)
{
    vec sum[ROWS];
    const float *at = x->at + row * x->ld;
    for (size_t j = 0; j < n; j++) sum[j] = splat(0.0f);
    for (size_t c = 0; c < x->width; c++) {
        vec v = load(lanes + c * VL);
        for (size_t j = 0; j < n; j++) sum[j] += v * splat(at[j * x->ld + c]);
    }
    for (size_t j = 0; j < n; j++) store(out + (row + j) * VL, sum[j]);
}

/* out[row][lane] = row . lanes */
static void dots(const struct rows *x, const float *lanes, float *out)
{
    size_t row = 0;
    for (; row + ROWS <= x->t; row += ROWS) dots_of(x, row, ROWS, lanes, out);
    for (; row < x->t; row++) dots_of(x, row, 1, lanes, out);
}

struct target {
    float *at; /* row of the first lane */
    size_t ld, n;
    bool accumulate;
};

INLINE void sum_of(const struct rows *x, const float *weights, vec scale, size_t c, size_t n, const struct target *y)
{
    vec sum[CHANNELS];
    for (size_t i = 0; i < n; i++) sum[i] = splat(0.0f);
    for (size_t j = 0; j < x->t; j++) {
        vec w = load(weights + j * VL);
        const float *at = x->at + j * x->ld + c;
        for (size_t i = 0; i < n; i++) sum[i] += w * splat(at[i]);
    }
    for (size_t i = 0; i < n; i++) {
        float lanes[VL];
        store(lanes, sum[i] * scale);
        for (size_t lane = 0; lane < y->n; lane++) {
            float *to = y->at + lane * y->ld + c + i;
            *to = y->accumulate ? *to + lanes[lane] : lanes[lane];
        }
    }
}

/* y[lane] (+)= scale[lane] * sum over rows of weights[row][lane] * row */
static void weighted_sum(const struct rows *x, const float *weights, vec scale, const struct target *y)
{
    size_t c = 0;
    for (; c + CHANNELS <= x->width; c += CHANNELS) sum_of(x, weights, scale, c, CHANNELS, y);
    for (; c < x->width; c++) sum_of(x, weights, scale, c, 1, y);
}

/* Dropout's mask along a column of t x t: what does not change, by value, lest every store to scratch might have changed it. */
struct mask {
    vec kept;
    uint64_t key;
    uvec element; /* of the first row */
    uint32_t step, threshold;
};

/* Lanes are the queries [first, first + VL) and rows the keys, or the other way round. */
INLINE struct mask mask_new(const struct feri_attention *a, size_t first, bool queries)
{
    uint32_t t = (uint32_t)a->t, lane_step = queries ? t : 1, at = (uint32_t)(a->first + first * (queries ? a->t : 1));
    return (struct mask){splat(1.0f / (1.0f - a->dropout)), a->key, lane_numbers() * lane_step + at, queries ? 1 : t,
                         (uint32_t)(a->dropout * 0x1p24f)};
}

INLINE vec masked(vec v, const struct mask *m, size_t row)
{
    return m->threshold ? keep_some(v * m->kept, m->key, m->element + (uint32_t)row * m->step, m->threshold) : v;
}

static vec largest(size_t t, const float *scores)
{
    vec top = splat(-__builtin_inff());
    for (size_t j = 0; j < t; j++) top = vmax(load(scores + j * VL), top);
    return top;
}

/* Scores become exp(score - top); returns 1 / their sum. */
static vec exponentials(size_t t, vec top, float *scores)
{
    vec total = splat(0.0f);
    for (size_t j = 0; j < t; j++) {
        vec e = vexp(load(scores + j * VL) - top);
        store(scores + j * VL, e);
        total += e;
    }
    return splat(1.0f) / total;
}

void NAME(feri_attention)(const struct feri_attention *a, float *scratch)
{
    float *scores = scratch, *queries = scratch + a->t * VL;
    struct rows q = rows_of(a, a->q, a->ld), k = rows_of(a, a->k, a->ld), v = rows_of(a, a->v, a->ld);
    for (size_t first = 0; first < a->t; first += VL) {
        size_t n = a->t - first < VL ? a->t - first : VL;
        to_lanes(&q, first, a->scale, queries);
        dots(&k, queries, scores);
        vec top = largest(a->t, scores), inverse = exponentials(a->t, top, scores);
        if (a->stats) {
            put(a->stats + first, top, n);
            put(a->stats + a->t + first, inverse, n);
        }
        struct mask m = mask_new(a, first, true);
        for (size_t j = 0; j < q.t && m.threshold; j++) store(scores + j * VL, masked(load(scores + j * VL), &m, j));
        weighted_sum(&v, scores, inverse, &(struct target){a->out + first * a->ld_out, a->ld_out, n, false});
    }
}

/* A row's scores s and dot products dp of dout and v become mask * p and ds = p (mask * dp - sum). The query's largest score, 1 / sum of exponentials
 * and the softmax's sum of dp p (which is dout . out) are given. */
INLINE void differentiate(const struct mask *m, size_t row, vec top, vec inverse, vec sum, float *s, float *dp)
{
    vec p = vexp(load(s) - top) * inverse;
    store(s, masked(p, m, row));
    store(dp, p * (masked(load(dp), m, row) - sum));
}

/* dq of the queries [first, first + VL). */
static void query_gradients(const struct feri_attention *a, const struct feri_attention_grad *g, size_t first, const float *sums, float *scratch)
{
    float *s = scratch, *dp = s + a->t * VL, *queries = dp + a->t * VL, *douts = queries + a->width * VL;
    struct rows q = rows_of(a, a->q, a->ld), k = rows_of(a, a->k, a->ld), v = rows_of(a, a->v, a->ld), dout = rows_of(a, g->dout, a->ld_out);
    size_t n = a->t - first < VL ? a->t - first : VL;
    vec top = get(a->stats + first, n), inverse = get(a->stats + a->t + first, n), sum = get(sums + first, n);
    to_lanes(&q, first, a->scale, queries);
    to_lanes(&dout, first, 1, douts);
    dots(&k, queries, s);
    dots(&v, douts, dp);
    struct mask m = mask_new(a, first, true);
    for (size_t j = 0; j < k.t; j++) differentiate(&m, j, top, inverse, sum, s + j * VL, dp + j * VL);
    weighted_sum(&k, dp, splat(a->scale), &(struct target){g->dq + first * a->ld, a->ld, n, g->accumulate});
}

/* dk and dv of the keys [first, first + VL). */
static void key_gradients(const struct feri_attention *a, const struct feri_attention_grad *g, size_t first, const float *sums, float *scratch)
{
    float *s = scratch, *dp = s + a->t * VL, *keys = dp + a->t * VL, *values = keys + a->width * VL;
    struct rows q = rows_of(a, a->q, a->ld), k = rows_of(a, a->k, a->ld), v = rows_of(a, a->v, a->ld), dout = rows_of(a, g->dout, a->ld_out);
    size_t n = a->t - first < VL ? a->t - first : VL;
    to_lanes(&k, first, a->scale, keys);
    to_lanes(&v, first, 1, values);
    dots(&q, keys, s);
    dots(&dout, values, dp);
    struct mask m = mask_new(a, first, false);
    const float *top = a->stats, *inverse = a->stats + a->t;
    for (size_t i = 0; i < q.t; i++) differentiate(&m, i, splat(top[i]), splat(inverse[i]), splat(sums[i]), s + i * VL, dp + i * VL);
    weighted_sum(&dout, s, splat(1.0f), &(struct target){g->dv + first * a->ld, a->ld, n, g->accumulate});
    weighted_sum(&q, dp, splat(a->scale), &(struct target){g->dk + first * a->ld, a->ld, n, g->accumulate});
}

void NAME(feri_attention_backward)(const struct feri_attention *a, const struct feri_attention_grad *g, float *scratch)
{
    float *sums = scratch + (2 * a->t + 2 * a->width) * VL;
    for (size_t i = 0; i < a->t; i++) {
        sums[i] = 0;
        for (size_t c = 0; c < a->width; c++) sums[i] += g->dout[i * a->ld_out + c] * a->out[i * a->ld_out + c];
    }
    for (size_t first = 0; first < a->t; first += VL) {
        query_gradients(a, g, first, sums, scratch);
        key_gradients(a, g, first, sums, scratch);
    }
}
