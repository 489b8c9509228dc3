#include "base/rng.h"
#include "kernels/ref/ref.h"

#include <math.h>

float feri_ref_act(enum feri_act act, float x, float slope)
{
    switch (act) {
    case FERI_ACT_RELU: return x <= 0 ? 0 : x;
    case FERI_ACT_RELU6: return x <= 0 ? 0 : x > 6 ? 6 : x;
    case FERI_ACT_PRELU: return x > 0 ? x : slope * x;
    case FERI_ACT_GELU: return 0.5f * x * erfcf(-x * 0.70710678f);
    case FERI_ACT_HSWISH: return x < -3 ? x * 0 : x > 3 ? x : x * (x + 3) / 6;
    case FERI_ACT_SIGMOID: return 1 / (1 + expf(-x));
    case FERI_ACT_TANH: return tanhf(x);
    case FERI_ACT_NONE: break;
    }
    return x;
}

float feri_ref_act_derivative(enum feri_act act, float x, float slope)
{
    switch (act) {
    case FERI_ACT_RELU: return x > 0 ? 1 : 0;
    case FERI_ACT_RELU6: return x > 0 && x < 6 ? 1 : 0;
    case FERI_ACT_PRELU: return x > 0 ? 1 : slope;
    case FERI_ACT_GELU: return 0.5f * erfcf(-x * 0.70710678f) + x * 0.39894228f * expf(-0.5f * x * x);
    case FERI_ACT_HSWISH: return x < -3 ? 0 : x > 3 ? 1 : (2 * x + 3) / 6;
    case FERI_ACT_SIGMOID: {
        float y = 1 / (1 + expf(-x));
        return y * (1 - y);
    }
    case FERI_ACT_TANH: {
        float y = tanhf(x);
        return (1 - y) * (1 + y);
    }
    case FERI_ACT_NONE: break;
    }
    return 1;
}

void feri_act__ref(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope, float *y)
{
    for (size_t i = 0; i < rows * c; i++) y[i] = feri_ref_act(act, x[i], slope ? slope[i % c] : 0);
}

void feri_act_backward__ref(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope,
                            const float *dy, float *dx, bool accumulate, float *dslope)
{
    for (size_t i = 0; i < rows * c; i++) {
        float g = dy[i]; /* dx may be dy */
        if (act == FERI_ACT_PRELU && dslope && x[i] <= 0) dslope[i % c] += g * x[i];
        if (dx) feri_ref_put(dx + i, g * feri_ref_act_derivative(act, x[i], slope ? slope[i % c] : 0), accumulate);
    }
}

void feri_add__ref(size_t n, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

void feri_mul__ref(size_t n, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

void feri_mul_backward__ref(size_t n, const float *dy, const float *b, float *dx, bool accumulate)
{
    for (size_t i = 0; i < n; i++) feri_ref_put(dx + i, dy[i] * b[i], accumulate);
}

void feri_add_bias__ref(size_t rows, size_t c, const float *bias, float *y)
{
    for (size_t i = 0; i < rows * c; i++) y[i] += bias[i % c];
}

void feri_column_sums__ref(size_t rows, size_t c, const float *x, size_t ldx, float *sum, bool accumulate)
{
    for (size_t ch = 0; ch < c; ch++) {
        float s = accumulate ? sum[ch] : 0;
        for (size_t r = 0; r < rows; r++) s += x[r * ldx + ch];
        sum[ch] = s;
    }
}

void feri_dropout__ref(size_t n, const float *x, uint64_t key, uint64_t first, float p, float *y)
{
    const uint32_t threshold = (uint32_t)(p * 0x1p24f);
    const float scale = 1.0f / (1.0f - p);
    for (size_t i = 0; i < n; i++) y[i] = feri_bits24(key, first + i) >= threshold ? x[i] * scale : 0.0f;
}

void feri_scale__ref(size_t n, float s, float *x)
{
    for (size_t i = 0; i < n; i++) x[i] *= s;
}

/* ---- optimisers ---- */

void feri_adamw__ref(const struct feri_adamw *o, size_t n, float *w, const float *g, float *m, float *v)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = o->beta1 * m[i] + (1 - o->beta1) * g[i];
        v[i] = o->beta2 * v[i] + (1 - o->beta2) * g[i] * g[i];
        w[i] = w[i] * (1 - o->lr * o->weight_decay) - o->lr / o->bias1 * m[i] / (sqrtf(v[i]) / o->bias2_sqrt + o->eps);
    }
}

void feri_sgd__ref(size_t n, float lr, float momentum, float weight_decay, bool nesterov, float *w, const float *g,
                   float *m)
{
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + weight_decay * w[i];
        m[i] = momentum * m[i] + d;
        w[i] -= lr * (nesterov ? d + momentum * m[i] : m[i]);
    }
}

void feri_ema__ref(size_t n, float decay, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] = decay * y[i] + (1 - decay) * x[i];
}

double feri_sum_squares__ref(size_t n, const float *x)
{
    double s = 0;
    for (size_t i = 0; i < n; i++) s += (double)x[i] * (double)x[i];
    return s;
}
