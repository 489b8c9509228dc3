#include "base/rng.h"
#include "kernels/ref/ref.h"

#include <math.h>
#include <string.h>

size_t feri_attention_scratch__ref(size_t t, size_t width)
{
    (void)width;
    return 2 * t;
}

static float dot(size_t n, const float *a, const float *b)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static float mask(const struct feri_attention *a, size_t i, size_t j)
{
    float one = 1;
    feri_dropout__ref(1, &one, a->key, a->first + i * a->t + j, a->dropout, &one);
    return one;
}

void feri_attention__ref(const struct feri_attention *a, float *scratch)
{
    float *p = scratch;
    for (size_t i = 0; i < a->t; i++) {
        float top = -INFINITY, total = 0, *out = a->out + i * a->ld_out;
        for (size_t j = 0; j < a->t; j++) {
            p[j] = a->scale * dot(a->width, a->q + i * a->ld, a->k + j * a->ld);
            top = p[j] > top ? p[j] : top;
        }
        for (size_t j = 0; j < a->t; j++) total += p[j] = expf(p[j] - top);
        if (a->stats) {
            a->stats[i] = top;
            a->stats[a->t + i] = 1 / total;
        }
        memset(out, 0, a->width * sizeof *out);
        for (size_t j = 0; j < a->t; j++)
            for (size_t c = 0; c < a->width; c++) out[c] += mask(a, i, j) * (p[j] / total) * a->v[j * a->ld + c];
    }
}

static void add_scaled(size_t n, float s, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] += s * x[i];
}

/* With dp = mask (dout[i] . v[j]) and ds = p (dp - sum over j of dp p):
 *   dv[j] = sum over i of mask p dout[i];  dq[i] = scale * sum of ds k[j];  dk[j] = scale * sum of ds q[i] */
void feri_attention_backward__ref(const struct feri_attention *a, const struct feri_attention_grad *g, float *scratch)
{
    size_t w = a->width;
    float *p = scratch, *dp = scratch + a->t;
    for (size_t i = 0; i < a->t && !g->accumulate; i++) {
        memset(g->dq + i * a->ld, 0, w * sizeof *p);
        memset(g->dk + i * a->ld, 0, w * sizeof *p);
        memset(g->dv + i * a->ld, 0, w * sizeof *p);
    }
    for (size_t i = 0; i < a->t; i++) {
        const float *dout = g->dout + i * a->ld_out, *q = a->q + i * a->ld;
        for (size_t j = 0; j < a->t; j++) {
            p[j] = expf(a->scale * dot(w, q, a->k + j * a->ld) - a->stats[i]) * a->stats[a->t + i];
            dp[j] = mask(a, i, j) * dot(w, dout, a->v + j * a->ld);
        }
        float sum = dot(a->t, p, dp);
        for (size_t j = 0; j < a->t; j++) {
            float ds = a->scale * p[j] * (dp[j] - sum);
            add_scaled(w, mask(a, i, j) * p[j], dout, g->dv + j * a->ld);
            add_scaled(w, ds, a->k + j * a->ld, g->dq + i * a->ld);
            add_scaled(w, ds, q, g->dk + j * a->ld);
        }
    }
}
