#include "kernels/ref/ref.h"

#include <math.h>

/* ---- batch norm ---- */

void feri_bn_stats__ref(size_t rows, size_t c, const float *x, float *mean, float *m2)
{
    for (size_t ch = 0; ch < c; ch++) {
        double sum = 0, square = 0;
        for (size_t r = 0; r < rows; r++) sum += (double)x[r * c + ch];
        double m = sum / (double)rows;
        for (size_t r = 0; r < rows; r++) square += ((double)x[r * c + ch] - m) * ((double)x[r * c + ch] - m);
        mean[ch] = (float)m;
        m2[ch] = (float)square;
    }
}

void feri_bn_apply__ref(size_t rows, size_t c, const float *x, const float *scale, const float *shift,
                        enum feri_act act, const float *slope, float *y)
{
    for (size_t i = 0; i < rows * c; i++)
        y[i] = feri_ref_act(act, x[i] * scale[i % c] + shift[i % c], slope ? slope[i % c] : 0);
}

void feri_bn_backward_reduce__ref(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                                  const float *shift, const float *mean, const float *invstd, enum feri_act act,
                                  const float *slope, float *dbeta, float *dgamma, float *dslope)
{
    for (size_t i = 0; i < rows * c; i++) {
        size_t ch = i % c;
        float z = x[i] * scale[ch] + shift[ch], dz = dy[i] * feri_ref_act_derivative(act, z, slope ? slope[ch] : 0);
        dbeta[ch] += dz;
        dgamma[ch] += dz * (x[i] - mean[ch]) * invstd[ch];
        if (act == FERI_ACT_PRELU && z <= 0) dslope[ch] += dy[i] * z;
    }
}

void feri_bn_backward_apply__ref(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                                 const float *shift, enum feri_act act, const float *slope, const float *mean,
                                 const float *q, const float *r, float *dx, bool accumulate)
{
    for (size_t i = 0; i < rows * c; i++) {
        size_t ch = i % c;
        float dz = dy[i] * feri_ref_act_derivative(act, x[i] * scale[ch] + shift[ch], slope ? slope[ch] : 0);
        feri_ref_put(dx + i, scale[ch] * dz + q[ch] * (x[i] - mean[ch]) + r[ch], accumulate);
    }
}

/* ---- rows ---- */

void feri_layer_norm__ref(size_t rows, size_t c, const float *x, const float *gamma, const float *beta, float eps,
                          float *y, float *mean, float *rstd)
{
    for (size_t r = 0; r < rows; r++, x += c, y += c) {
        double m = 0, var = 0;
        for (size_t i = 0; i < c; i++) m += (double)x[i] / (double)c;
        for (size_t i = 0; i < c; i++) var += ((double)x[i] - m) * ((double)x[i] - m) / (double)c;
        double s = 1 / sqrt(var + (double)eps);
        for (size_t i = 0; i < c; i++) y[i] = (float)(((double)x[i] - m) * s) * gamma[i] + beta[i];
        if (mean) mean[r] = (float)m;
        if (rstd) rstd[r] = (float)s;
    }
}

/* dx = rstd (g - mean(g) - xhat mean(g xhat)),  g = dy gamma,  xhat = (x - mean) rstd. */
void feri_layer_norm_backward__ref(size_t rows, size_t c, const float *x, const float *dy, const float *gamma,
                                   const float *mean, const float *rstd, float *dx, bool accumulate, float *dgamma,
                                   float *dbeta)
{
    for (size_t r = 0; r < rows; r++, x += c, dy += c, dx += c) {
        double a = 0, b = 0;
        for (size_t i = 0; i < c; i++) {
            float xhat = (x[i] - mean[r]) * rstd[r];
            dgamma[i] += dy[i] * xhat;
            dbeta[i] += dy[i];
            a += (double)(dy[i] * gamma[i]) / (double)c;
            b += (double)(dy[i] * gamma[i] * xhat) / (double)c;
        }
        for (size_t i = 0; i < c; i++) {
            float xhat = (x[i] - mean[r]) * rstd[r];
            feri_ref_put(dx + i, rstd[r] * (dy[i] * gamma[i] - (float)a - xhat * (float)b), accumulate);
        }
    }
}

void feri_softmax__ref(size_t rows, size_t c, size_t ld, const float *x, float scale, float *y)
{
    for (size_t r = 0; r < rows; r++, x += ld, y += ld) {
        float top = -INFINITY, sum = 0;
        for (size_t i = 0; i < c; i++) top = fmaxf(top, scale * x[i]);
        for (size_t i = 0; i < c; i++) sum += y[i] = expf(scale * x[i] - top);
        for (size_t i = 0; i < c; i++) y[i] /= sum;
    }
}

static float dot(size_t c, const float *a, const float *b)
{
    float s = 0;
    for (size_t i = 0; i < c; i++) s += a[i] * b[i];
    return s;
}

void feri_softmax_backward__ref(size_t rows, size_t c, size_t ld, const float *y, const float *dy, float scale,
                                float *dx)
{
    for (size_t r = 0; r < rows; r++, y += ld, dy += ld, dx += ld) {
        float s = dot(c, y, dy);
        for (size_t i = 0; i < c; i++) dx[i] = scale * y[i] * (dy[i] - s);
    }
}

void feri_l2_norm__ref(size_t rows, size_t c, const float *x, float *y, float *norm)
{
    for (size_t r = 0; r < rows; r++, x += c, y += c) {
        float size = sqrtf(dot(c, x, x));
        for (size_t i = 0; i < c; i++) y[i] = size == 0 ? 0 : x[i] / size;
        if (norm) norm[r] = size;
    }
}

void feri_l2_norm_backward__ref(size_t rows, size_t c, const float *y, const float *dy, const float *norm, float *dx,
                                bool accumulate)
{
    for (size_t r = 0; r < rows; r++, y += c, dy += c, dx += c) {
        float s = dot(c, y, dy);
        for (size_t i = 0; i < c; i++)
            feri_ref_put(dx + i, norm[r] == 0 ? 0 : (dy[i] - y[i] * s) / norm[r], accumulate);
    }
}
