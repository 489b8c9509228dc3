/* Attention with tokens in the lanes of a vector. Scores, softmax and weighted sums then loop over the other tokens
 * without any reduction across lanes. The largest array stored has t x VL numbers, which stay in the first-level cache.
 * The backward pass computes the weights again from two numbers per query, once with queries in the lanes (dq) and once
 * with keys (dk, dv). That is cheaper than keeping t x t of them. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define LANES                                                                                                          \
    2 /* vectors of tokens whose scores are made together: a number of the other tokens' rows is then fetched once for \
         both */
/* dot products per vector computed together: enough chains to hide a multiply-add's latency */
#define ROWS     8
#define CHANNELS 8 /* channels of a weighted sum computed together */

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
    return (2 * t + 2 * width) * VL + t + 2 * t * width;
}

/* Copy without gaps. A model's rows are some hundred bytes apart, so they share few cache sets. */
static struct rows gathered(const struct rows *x, float *to)
{
    for (size_t i = 0; i < x->t; i++) {
        const float *from = x->at + i * x->ld;
        float *row = to + i * x->width;
        size_t c = 0;
        for (; c + 8 <= x->width; c += 8) /* a function call per row costs more than the copy itself */
            memcpy(row + c, from + c, 8 * sizeof *to);
        for (; c < x->width; c++) row[c] = from[c];
    }
    return (struct rows){to, x->width, x->t, x->width};
}

/* lanes[c][lane] = scale * row first + lane, for `count` lanes. Lanes after row t are 0. */
static void to_lanes(const struct rows *x, size_t first, size_t count, float scale, float *lanes)
{
    size_t n = x->t - first < count ? x->t - first : count;
    for (size_t c = 0; c < x->width; c++) {
        for (size_t lane = 0; lane < n; lane++) lanes[c * count + lane] = scale * x->at[(first + lane) * x->ld + c];
        for (size_t lane = n; lane < count; lane++) lanes[c * count + lane] = 0;
    }
}

/* Multiply n rows by nv vectors of lanes. `top` keeps the largest product of each lane so far. */
INLINE void dots_of(const struct rows *x, size_t row, size_t n, size_t nv, const float *lanes, float *out, vec *top)
{
    vec sum[ROWS][LANES];
    const float *at = x->at + row * x->ld;
    for (size_t j = 0; j < n; j++)
        for (size_t v = 0; v < nv; v++) sum[j][v] = splat(0.0f);
    for (size_t c = 0; c < x->width; c++)
        for (size_t j = 0; j < n; j++)
            for (size_t v = 0; v < nv; v++) sum[j][v] += load(lanes + (c * nv + v) * VL) * splat(at[j * x->ld + c]);
    for (size_t j = 0; j < n; j++)
        for (size_t v = 0; v < nv; v++) {
            store(out + ((row + j) * nv + v) * VL, sum[j][v]);
            top[v] = vmax(sum[j][v], top[v]);
        }
}

/* out[row][lane] = row . lanes. top receives each lane's largest. */
INLINE void dots(const struct rows *x, size_t nv, const float *lanes, float *out, vec *top)
{
    size_t row = 0;
    for (size_t v = 0; v < nv; v++) top[v] = splat(-__builtin_inff());
    for (; row + ROWS <= x->t; row += ROWS) dots_of(x, row, ROWS, nv, lanes, out, top);
    for (; row + ROWS / 2 <= x->t; row += ROWS / 2) dots_of(x, row, ROWS / 2, nv, lanes, out, top);
    for (; row < x->t; row++) dots_of(x, row, 1, nv, lanes, out, top);
}

struct target {
    float *at; /* row of the first lane */
    size_t ld, n;
    bool accumulate;
};

INLINE void sum_of(const struct rows *x, size_t nv, const float *weights, const vec *scale, size_t c, size_t n,
                   const struct target *y)
{
    vec sum[CHANNELS][LANES];
    for (size_t i = 0; i < n; i++)
        for (size_t v = 0; v < nv; v++) sum[i][v] = splat(0.0f);
    for (size_t j = 0; j < x->t; j++) {
        const float *at = x->at + j * x->ld + c;
        for (size_t i = 0; i < n; i++)
            for (size_t v = 0; v < nv; v++) sum[i][v] += load(weights + (j * nv + v) * VL) * splat(at[i]);
    }
    float lanes[CHANNELS][LANES * VL];
    for (size_t i = 0; i < n; i++)
        for (size_t v = 0; v < nv; v++) store(lanes[i] + v * VL, sum[i][v] * scale[v]);
    for (size_t lane = 0; lane < y->n; lane++) {
        float *to = y->at + lane * y->ld + c;
        for (size_t i = 0; i < n; i++) to[i] = y->accumulate ? to[i] + lanes[i][lane] : lanes[i][lane];
    }
}

/* y[lane] (+)= scale[lane] * sum over rows of weights[row][lane] * row */
INLINE void weighted_sum(const struct rows *x, size_t nv, const float *weights, const vec *scale,
                         const struct target *y)
{
    size_t c = 0;
    for (; c + CHANNELS <= x->width; c += CHANNELS) sum_of(x, nv, weights, scale, c, CHANNELS, y);
    for (; c < x->width; c++) sum_of(x, nv, weights, scale, c, 1, y);
}

/* Dropout's mask along a column of t x t. The constants are passed by value; otherwise the compiler must assume that
 * every store to scratch may change them. */
struct mask {
    vec kept;
    uint64_t key;
    uvec element; /* of the first row */
    uint32_t step, threshold;
};

/* The lanes are the queries [first, first + VL) and the rows are the keys, or the other way round. */
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

/* Scores become exp(score - top). scale receives 1 / their sum. */
INLINE void exponentials(size_t t, size_t nv, const vec *top, float *scores, vec *scale)
{
    vec total[LANES];
    for (size_t v = 0; v < nv; v++) total[v] = splat(0.0f);
    for (size_t j = 0; j < t; j++)
        for (size_t v = 0; v < nv; v++) {
            float *s = scores + (j * nv + v) * VL;
            vec e = vexp(load(s) - top[v]);
            store(s, e);
            total[v] += e;
        }
    for (size_t v = 0; v < nv; v++) scale[v] = splat(1.0f) / total[v];
}

static void put_stats(const struct feri_attention *a, size_t first, size_t n, vec top, vec inverse)
{
    put(a->stats + first, top, n);
    put(a->stats + a->t + first, inverse, n);
}

struct head {
    struct rows q, k, v;
};

/* The results of up to nv vectors of queries from `first`. */
INLINE void attend(const struct feri_attention *a, const struct head *h, size_t first, size_t nv, float *queries,
                   float *scores)
{
    size_t n = a->t - first < nv * VL ? a->t - first : nv * VL;
    vec top[LANES], inverse[LANES];
    to_lanes(&h->q, first, nv * VL, a->scale, queries);
    dots(&h->k, nv, queries, scores, top);
    exponentials(a->t, nv, top, scores, inverse);
    for (size_t v = 0; v < nv; v++) {
        size_t at = first + v * VL;
        if (a->stats) put_stats(a, at, a->t - at < VL ? a->t - at : VL, top[v], inverse[v]);
        struct mask m = mask_new(a, at, true);
        for (size_t j = 0; j < a->t && m.threshold; j++) {
            float *s = scores + (j * nv + v) * VL;
            store(s, masked(load(s), &m, j));
        }
    }
    weighted_sum(&h->v, nv, scores, inverse, &(struct target){a->out + first * a->ld_out, a->ld_out, n, false});
}

void NAME(feri_attention)(const struct feri_attention *a, float *scratch)
{
    float *scores = scratch, *queries = scores + LANES * a->t * VL, *rows = queries + LANES * a->width * VL;
    struct head h = {rows_of(a, a->q, a->ld), rows_of(a, a->k, a->ld), rows_of(a, a->v, a->ld)};
    h.k = gathered(&h.k, rows);
    h.v = gathered(&h.v, rows + a->t * a->width);
    for (size_t first = 0; first < a->t; first += LANES * VL) {
        if (a->t - first > VL) attend(a, &h, first, LANES, queries, scores);
        else attend(a, &h, first, 1, queries, scores);
    }
}

/* Turn a row's scores s and the dot products dp of dout and v into mask * p and ds = p (mask * dp - sum). Given are the
 * query's largest score, 1 / sum of exponentials, and the softmax's sum of dp p (which equals dout . out). */
INLINE void differentiate(const struct mask *m, size_t row, vec top, vec inverse, vec sum, float *s, float *dp)
{
    vec p = vexp(load(s) - top) * inverse;
    store(s, masked(p, m, row));
    store(dp, p * (masked(load(dp), m, row) - sum));
}

/* dq of the queries [first, first + VL). */
static void query_gradients(const struct feri_attention *a, const struct feri_attention_grad *g, size_t first,
                            const float *sums, float *scratch)
{
    float *s = scratch, *dp = s + a->t * VL, *queries = dp + a->t * VL, *douts = queries + a->width * VL;
    struct rows q = rows_of(a, a->q, a->ld), k = rows_of(a, a->k, a->ld), v = rows_of(a, a->v, a->ld),
                dout = rows_of(a, g->dout, a->ld_out);
    size_t n = a->t - first < VL ? a->t - first : VL;
    vec top = get(a->stats + first, n), inverse = get(a->stats + a->t + first, n), sum = get(sums + first, n),
        scale = splat(a->scale), unused;
    to_lanes(&q, first, VL, a->scale, queries);
    to_lanes(&dout, first, VL, 1, douts);
    dots(&k, 1, queries, s, &unused);
    dots(&v, 1, douts, dp, &unused);
    struct mask m = mask_new(a, first, true);
    for (size_t j = 0; j < k.t; j++) differentiate(&m, j, top, inverse, sum, s + j * VL, dp + j * VL);
    weighted_sum(&k, 1, dp, &scale, &(struct target){g->dq + first * a->ld, a->ld, n, g->accumulate});
}

/* dk and dv of the keys [first, first + VL). */
static void key_gradients(const struct feri_attention *a, const struct feri_attention_grad *g, size_t first,
                          const float *sums, float *scratch)
{
    float *s = scratch, *dp = s + a->t * VL, *keys = dp + a->t * VL, *values = keys + a->width * VL;
    struct rows q = rows_of(a, a->q, a->ld), k = rows_of(a, a->k, a->ld), v = rows_of(a, a->v, a->ld),
                dout = rows_of(a, g->dout, a->ld_out);
    size_t n = a->t - first < VL ? a->t - first : VL;
    vec scale = splat(a->scale), one = splat(1.0f), unused;
    to_lanes(&k, first, VL, a->scale, keys);
    to_lanes(&v, first, VL, 1, values);
    dots(&q, 1, keys, s, &unused);
    dots(&dout, 1, values, dp, &unused);
    struct mask m = mask_new(a, first, false);
    const float *top = a->stats, *inverse = a->stats + a->t;
    for (size_t i = 0; i < q.t; i++)
        differentiate(&m, i, splat(top[i]), splat(inverse[i]), splat(sums[i]), s + i * VL, dp + i * VL);
    weighted_sum(&dout, 1, s, &one, &(struct target){g->dv + first * a->ld, a->ld, n, g->accumulate});
    weighted_sum(&q, 1, dp, &scale, &(struct target){g->dk + first * a->ld, a->ld, n, g->accumulate});
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
