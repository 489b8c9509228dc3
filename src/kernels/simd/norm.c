/* Batch norm over rows x c, and norms and softmaxes of single rows. Sums per channel stay in registers while two
 * vectors of channels pass over all rows. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

void NAME(feri_bn_stats)(size_t rows, size_t c, const float *x, float *mean, float *m2)
{
    const vec inverse = splat(1.0f / (float)rows);
    EACH(ch, n, c)
    {
        vec s0 = splat(0.0f), s1 = s0, q0 = s0, q1 = s0, m;
        size_t r = 0;
        for (; r + 2 <= rows; r += 2) {
            s0 += get(x + r * c + ch, n);
            s1 += get(x + (r + 1) * c + ch, n);
        }
        if (r < rows) s0 += get(x + r * c + ch, n);
        m = (s0 + s1) * inverse;
        for (r = 0; r + 2 <= rows; r += 2) {
            vec a = get(x + r * c + ch, n) - m, b = get(x + (r + 1) * c + ch, n) - m;
            q0 += a * a;
            q1 += b * b;
        }
        if (r < rows) {
            vec a = get(x + r * c + ch, n) - m;
            q0 += a * a;
        }
        put(mean + ch, m, n);
        put(m2 + ch, q0 + q1, n);
    }
}

INLINE void bn_apply(size_t rows, size_t c, const float *x, const float *scale, const float *shift, enum feri_act act,
                     const float *slope, float *y)
{
    for (size_t r = 0; r < rows; r++, x += c, y += c) EACH(ch, n, c)
        {
            vec z = get(x + ch, n) * get(scale + ch, n) + get(shift + ch, n);
            put(y + ch, vact(act, z, act == FERI_ACT_PRELU ? get(slope + ch, n) : splat(0.0f)), n);
        }
}

void NAME(feri_bn_apply)(size_t rows, size_t c, const float *x, const float *scale, const float *shift,
                         enum feri_act act, const float *slope, float *y)
{
    switch (act) {
    case FERI_ACT_RELU: bn_apply(rows, c, x, scale, shift, FERI_ACT_RELU, slope, y); break;
    case FERI_ACT_PRELU: bn_apply(rows, c, x, scale, shift, FERI_ACT_PRELU, slope, y); break;
    default: bn_apply(rows, c, x, scale, shift, FERI_ACT_NONE, slope, y); break;
    }
}

struct bn_sums {
    float *dbeta, *dgamma, *dslope;
};

INLINE void bn_reduce(size_t rows, size_t c, const float *x, const float *dy, const float *scale, const float *shift,
                      const float *mean, const float *invstd, enum feri_act act, const float *slope,
                      const struct bn_sums *out)
{
    const vec zero = splat(0.0f);
    EACH(ch, n, c)
    {
        vec a = get(scale + ch, n), b = get(shift + ch, n), m = get(mean + ch, n), is = get(invstd + ch, n);
        vec s = act == FERI_ACT_PRELU ? get(slope + ch, n) : zero, sum = zero, sum_x = zero, sum_s = zero;
        for (size_t r = 0; r < rows; r++) {
            vec v = get(x + r * c + ch, n), g = get(dy + r * c + ch, n), z = v * a + b,
                dz = g * vact_derivative(act, z, s);
            sum += dz;
            sum_x += dz * (v - m);
            if (act == FERI_ACT_PRELU) sum_s += choose(z > zero, zero, g * z);
        }
        put(out->dbeta + ch, get(out->dbeta + ch, n) + sum, n);
        put(out->dgamma + ch, get(out->dgamma + ch, n) + sum_x * is, n);
        if (act == FERI_ACT_PRELU) put(out->dslope + ch, get(out->dslope + ch, n) + sum_s, n);
    }
}

void NAME(feri_bn_backward_reduce)(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                                   const float *shift, const float *mean, const float *invstd, enum feri_act act,
                                   const float *slope, float *dbeta, float *dgamma, float *dslope)
{
    struct bn_sums out = {dbeta, dgamma, dslope};
    switch (act) {
    case FERI_ACT_RELU: bn_reduce(rows, c, x, dy, scale, shift, mean, invstd, FERI_ACT_RELU, slope, &out); break;
    case FERI_ACT_PRELU: bn_reduce(rows, c, x, dy, scale, shift, mean, invstd, FERI_ACT_PRELU, slope, &out); break;
    default: bn_reduce(rows, c, x, dy, scale, shift, mean, invstd, FERI_ACT_NONE, slope, &out); break;
    }
}

INLINE void bn_back(size_t rows, size_t c, const float *x, const float *dy, const float *scale, const float *shift,
                    enum feri_act act, const float *slope, const float *mean, const float *q, const float *r, float *dx,
                    bool accumulate)
{
    for (size_t row = 0; row < rows; row++, x += c, dy += c, dx += c) EACH(ch, n, c)
        {
            vec v = get(x + ch, n), dz = get(dy + ch, n), a = get(scale + ch, n);
            if (act != FERI_ACT_NONE)
                dz *= vact_derivative(act, v * a + get(shift + ch, n), act == FERI_ACT_PRELU ? get(slope + ch, n) : dz);
            put_or_add(dx + ch, a * dz + get(q + ch, n) * (v - get(mean + ch, n)) + get(r + ch, n), n, accumulate);
        }
}

void NAME(feri_bn_backward_apply)(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                                  const float *shift, enum feri_act act, const float *slope, const float *mean,
                                  const float *q, const float *r, float *dx, bool accumulate)
{
    switch (act) {
    case FERI_ACT_RELU: bn_back(rows, c, x, dy, scale, shift, FERI_ACT_RELU, slope, mean, q, r, dx, accumulate); break;
    case FERI_ACT_PRELU:
        bn_back(rows, c, x, dy, scale, shift, FERI_ACT_PRELU, slope, mean, q, r, dx, accumulate);
        break;
    default: bn_back(rows, c, x, dy, scale, shift, FERI_ACT_NONE, slope, mean, q, r, dx, accumulate); break;
    }
}

/* ---- rows ---- */

INLINE float row_sum(const float *x, size_t c)
{
    vec s = splat(0.0f);
    EACH(ch, n, c) s += get(x + ch, n);
    return lane_sum(s);
}

INLINE float row_dot(const float *a, const float *b, size_t c)
{
    vec s = splat(0.0f);
    EACH(ch, n, c) s += get(a + ch, n) * get(b + ch, n);
    return lane_sum(s);
}

/* Set the invalid lanes to 0. */
INLINE vec keep(vec v, size_t n)
{
    float t[VL];
    if (n == VL) return v;
    store(t, v);
    return load_part(t, n);
}

void NAME(feri_layer_norm)(size_t rows, size_t c, const float *x, const float *gamma, const float *beta, float eps,
                           float *y, float *mean, float *rstd)
{
    for (size_t r = 0; r < rows; r++, x += c, y += c) {
        float m = row_sum(x, c) / (float)c;
        vec q = splat(0.0f);
        EACH(ch, n, c)
        {
            vec d = keep(get(x + ch, n) - splat(m), n);
            q += d * d;
        }
        float s = 1.0f / __builtin_sqrtf(lane_sum(q) / (float)c + eps);
        EACH(ch, n, c) put(y + ch, (get(x + ch, n) - splat(m)) * splat(s) * get(gamma + ch, n) + get(beta + ch, n), n);
        if (mean) mean[r] = m;
        if (rstd) rstd[r] = s;
    }
}

void NAME(feri_layer_norm_backward)(size_t rows, size_t c, const float *x, const float *dy, const float *gamma,
                                    const float *mean, const float *rstd, float *dx, bool accumulate, float *dgamma,
                                    float *dbeta)
{
    for (size_t r = 0; r < rows; r++, x += c, dy += c) {
        const vec m = splat(mean[r]), s = splat(rstd[r]);
        vec sum = splat(0.0f), sum_x = sum;
        EACH(ch, n, c)
        {
            vec h = (get(x + ch, n) - m) * s, d = get(dy + ch, n), g = d * get(gamma + ch, n);
            put(dgamma + ch, get(dgamma + ch, n) + d * h, n);
            put(dbeta + ch, get(dbeta + ch, n) + d, n);
            sum += g;
            sum_x += g * h;
        }
        const vec a = splat(lane_sum(sum) / (float)c), b = splat(lane_sum(sum_x) / (float)c);
        EACH(ch, n, c)
        {
            vec h = (get(x + ch, n) - m) * s, g = get(dy + ch, n) * get(gamma + ch, n);
            put_or_add(dx + r * c + ch, s * (g - a - h * b), n, accumulate);
        }
    }
}

void NAME(feri_softmax)(size_t rows, size_t c, size_t ld, const float *x, float scale, float *y)
{
    for (size_t r = 0; r < rows; r++, x += ld, y += ld) {
        vec top = splat(x[0]), sum = splat(0.0f);
        size_t ch = 0;
        for (; ch + VL <= c; ch += VL) top = vmax(load(x + ch), top);
        float m = lane_max(top);
        for (; ch < c; ch++) m = x[ch] > m ? x[ch] : m;
        if (scale < 0) /* find the largest scale * x, not the largest x */
            for (ch = 0; ch < c; ch++) m = x[ch] < m ? x[ch] : m;
        EACH(i, n, c)
        {
            vec e = keep(vexp((get(x + i, n) - splat(m)) * splat(scale)), n);
            sum += e;
            put(y + i, e, n);
        }
        const vec inverse = splat(1.0f / lane_sum(sum));
        EACH(i, n, c) put(y + i, get(y + i, n) * inverse, n);
    }
}

void NAME(feri_softmax_backward)(size_t rows, size_t c, size_t ld, const float *y, const float *dy, float scale,
                                 float *dx)
{
    for (size_t r = 0; r < rows; r++, y += ld, dy += ld, dx += ld) {
        const vec dot = splat(row_dot(y, dy, c));
        EACH(ch, n, c) put(dx + ch, splat(scale) * get(y + ch, n) * (get(dy + ch, n) - dot), n);
    }
}

void NAME(feri_l2_norm)(size_t rows, size_t c, const float *x, float *y, float *norm)
{
    for (size_t r = 0; r < rows; r++, x += c, y += c) {
        float size = __builtin_sqrtf(row_dot(x, x, c));
        const vec inverse = splat(size > 0 ? 1.0f / size : size); /* 0 for a zero row; a NaN stays a NaN */
        EACH(ch, n, c) put(y + ch, get(x + ch, n) * inverse, n);
        if (norm) norm[r] = size;
    }
}

void NAME(feri_l2_norm_backward)(size_t rows, size_t c, const float *y, const float *dy, const float *norm, float *dx,
                                 bool accumulate)
{
    for (size_t r = 0; r < rows; r++, y += c, dy += c, dx += c) {
        const vec dot = splat(row_dot(y, dy, c)), inverse = splat(norm[r] > 0 ? 1.0f / norm[r] : norm[r]);
        EACH(ch, n, c) put_or_add(dx + ch, (get(dy + ch, n) - get(y + ch, n) * dot) * inverse, n, accumulate);
    }
}
