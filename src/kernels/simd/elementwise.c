/* Elementwise loops, some with one constant per channel. */
#include "base/rng.h"
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

INLINE void act_rows(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope, float *y)
{
    if (act != FERI_ACT_PRELU) {
        c *= rows;
        rows = 1;
    }
    for (size_t r = 0; r < rows; r++, x += c, y += c) EACH(ch, n, c)
    put(y + ch, vact(act, get(x + ch, n), act == FERI_ACT_PRELU ? get(slope + ch, n) : splat(0.0f)), n);
}

void NAME(feri_act)(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope, float *y)
{
    switch (act) {
    case FERI_ACT_NONE: act_rows(FERI_ACT_NONE, rows, c, x, slope, y); break;
    case FERI_ACT_RELU: act_rows(FERI_ACT_RELU, rows, c, x, slope, y); break;
    case FERI_ACT_RELU6: act_rows(FERI_ACT_RELU6, rows, c, x, slope, y); break;
    case FERI_ACT_PRELU: act_rows(FERI_ACT_PRELU, rows, c, x, slope, y); break;
    case FERI_ACT_GELU: act_rows(FERI_ACT_GELU, rows, c, x, slope, y); break;
    case FERI_ACT_HSWISH: act_rows(FERI_ACT_HSWISH, rows, c, x, slope, y); break;
    case FERI_ACT_SIGMOID: act_rows(FERI_ACT_SIGMOID, rows, c, x, slope, y); break;
    case FERI_ACT_TANH: act_rows(FERI_ACT_TANH, rows, c, x, slope, y); break;
    }
}

INLINE void act_backward_rows(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope,
                              const float *dy, float *dx, bool accumulate, float *dslope)
{
    if (act != FERI_ACT_PRELU) {
        c *= rows;
        rows = 1;
    }
    for (size_t r = 0; r < rows; r++, x += c, dy += c) EACH(ch, n, c)
        {
            vec v = get(x + ch, n), g = get(dy + ch, n), s = act == FERI_ACT_PRELU ? get(slope + ch, n) : splat(0.0f);
            if (act == FERI_ACT_PRELU && dslope)
                put(dslope + ch, get(dslope + ch, n) + choose(v > splat(0.0f), splat(0.0f), g * v), n);
            if (dx) put_or_add(dx + r * c + ch, g * vact_derivative(act, v, s), n, accumulate);
        }
}

void NAME(feri_act_backward)(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope,
                             const float *dy, float *dx, bool accumulate, float *dslope)
{
    switch (act) {
    case FERI_ACT_NONE: act_backward_rows(FERI_ACT_NONE, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_RELU: act_backward_rows(FERI_ACT_RELU, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_RELU6: act_backward_rows(FERI_ACT_RELU6, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_PRELU: act_backward_rows(FERI_ACT_PRELU, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_GELU: act_backward_rows(FERI_ACT_GELU, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_HSWISH: act_backward_rows(FERI_ACT_HSWISH, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_SIGMOID: act_backward_rows(FERI_ACT_SIGMOID, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    case FERI_ACT_TANH: act_backward_rows(FERI_ACT_TANH, rows, c, x, slope, dy, dx, accumulate, dslope); break;
    }
}

void NAME(feri_add)(size_t count, const float *a, const float *b, float *y)
{
    EACH(i, n, count) put(y + i, get(a + i, n) + get(b + i, n), n);
}

void NAME(feri_mul)(size_t count, const float *a, const float *b, float *y)
{
    EACH(i, n, count) put(y + i, get(a + i, n) * get(b + i, n), n);
}

void NAME(feri_mul_backward)(size_t count, const float *dy, const float *b, float *dx, bool accumulate)
{
    EACH(i, n, count) put_or_add(dx + i, get(dy + i, n) * get(b + i, n), n, accumulate);
}

void NAME(feri_add_bias)(size_t rows, size_t c, const float *bias, float *y)
{
    for (size_t r = 0; r < rows; r++, y += c) EACH(ch, n, c) put(y + ch, get(y + ch, n) + get(bias + ch, n), n);
}

void NAME(feri_column_sums)(size_t rows, size_t c, const float *x, size_t ldx, float *sum, bool accumulate)
{
    EACH(ch, n, c)
    {
        vec s = accumulate ? get(sum + ch, n) : splat(0.0f);
        for (size_t r = 0; r < rows; r++) s += get(x + r * ldx + ch, n);
        put(sum + ch, s, n);
    }
}

void NAME(feri_dropout)(size_t count, const float *x, uint64_t key, uint64_t first, float p, float *y)
{
    const uint32_t threshold = (uint32_t)(p * 0x1p24f);
    const vec scale = splat(1.0f / (1.0f - p));
    EACH(i, n, count)
    put(y + i, keep_some(get(x + i, n) * scale, key, lane_numbers() + (uint32_t)(first + i), threshold), n);
}

void NAME(feri_scale)(size_t count, float s, float *x)
{
    EACH(i, n, count) put(x + i, get(x + i, n) * splat(s), n);
}

/* ---- optimisers ---- */

INLINE vec vsqrt(vec v)
{
    float t[VL];
    store(t, v);
    for (int i = 0; i < VL; i++) t[i] = __builtin_sqrtf(t[i]);
    return load(t);
}

void NAME(feri_adamw)(const struct feri_adamw *o, size_t count, float *w, const float *g, float *m, float *v)
{
    const vec decay = splat(1.0f - o->lr * o->weight_decay), step = splat(o->lr / o->bias1);
    const vec b1 = splat(o->beta1), c1 = splat(1.0f - o->beta1), b2 = splat(o->beta2), c2 = splat(1.0f - o->beta2);
    EACH(i, n, count)
    {
        vec gi = get(g + i, n), mi = b1 * get(m + i, n) + c1 * gi, vi = b2 * get(v + i, n) + c2 * gi * gi;
        put(m + i, mi, n);
        put(v + i, vi, n);
        put(w + i, get(w + i, n) * decay - step * mi / (vsqrt(vi) / splat(o->bias2_sqrt) + splat(o->eps)), n);
    }
}

void NAME(feri_sgd)(size_t count, float lr, float momentum, float weight_decay, bool nesterov, float *w, const float *g,
                    float *m)
{
    EACH(i, n, count)
    {
        vec wi = get(w + i, n), gi = get(g + i, n) + splat(weight_decay) * wi,
            mi = splat(momentum) * get(m + i, n) + gi;
        put(m + i, mi, n);
        put(w + i, wi - splat(lr) * (nesterov ? gi + splat(momentum) * mi : mi), n);
    }
}

void NAME(feri_ema)(size_t count, float decay, const float *x, float *y)
{
    EACH(i, n, count) put(y + i, splat(decay) * get(y + i, n) + splat(1.0f - decay) * get(x + i, n), n);
}

double NAME(feri_sum_squares)(size_t count, const float *x)
{
    double s[8] = {0}; /* eight chains: a fixed order that the processor can pipeline */
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t j = 0; j < 8; j++) s[j] += (double)x[i + j] * (double)x[i + j];
    for (; i < count; i++) s[0] += (double)x[i] * (double)x[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}
