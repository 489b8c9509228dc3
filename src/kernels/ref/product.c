#include "kernels/ref/ref.h"

#include <string.h>

#define NR 4

void feri_gemm_pack__ref(size_t k_total, size_t n_total, const float *b, size_t b_ks, size_t b_ns, float *out,
                         size_t n0, size_t n1)
{
    for (size_t n = n0; n < (n1 + NR - 1) / NR * NR; n++)
        for (size_t k = 0; k < k_total; k++)
            out[n / NR * k_total * NR + k * NR + n % NR] = n < n_total ? b[k * b_ks + n * b_ns] : 0.0f;
}

float feri_ref_finish(const struct feri_epilogue *e, float sum, size_t m, size_t n)
{
    if (!e) return sum;
    if (e->bias) sum += e->bias[n];
    sum = feri_ref_act(e->act, sum, e->slope ? e->slope[n] : 0.0f);
    return e->residual ? sum + e->residual[m * e->ld_residual + n] : sum;
}

void feri_gemm__ref(const struct feri_gemm *g, size_t m0, size_t m1, size_t n0, size_t n1)
{
    for (size_t m = m0; m < m1; m++)
        for (size_t n = n0; n < n1; n++) {
            const float *panel = g->b_packed + n / NR * NR * g->k + n % NR;
            float *c = g->c + m * g->ldc + n, sum = g->accumulate ? *c : 0.0f;
            for (size_t k = 0; k < g->k; k++) sum += g->a[m * g->a_rs + k * g->a_ks] * panel[k * NR];
            *c = feri_ref_finish(g->epi, sum, m, n);
        }
}

size_t feri_gemm_tn_scratch__ref(size_t m, size_t n)
{
    (void)m;
    (void)n;
    return 0;
}

void feri_gemm_tn__ref(size_t rows, size_t m, size_t n, const float *a, size_t lda, const float *b, size_t ldb,
                       float *c, size_t ldc, bool accumulate, float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            float sum = accumulate ? c[i * ldc + j] : 0.0f;
            for (size_t r = 0; r < rows; r++) sum += a[r * lda + i] * b[r * ldb + j];
            c[i * ldc + j] = sum;
        }
}

/* ---- depthwise convolution: all three passes use one loop over the taps ---- */

/* Offset in x of the input at tap (i, j) of output (oh, ow). False in the padding. */
static bool input_at(const struct feri_dwconv *d, size_t oh, size_t ow, size_t i, size_t j, size_t *offset)
{
    size_t ih = oh * d->stride + i, iw = ow * d->stride + j; /* in padded coordinates */
    if (ih < d->pad || ih - d->pad >= d->h || iw < d->pad || iw - d->pad >= d->w) return false;
    *offset = ((ih - d->pad) * d->w + iw - d->pad) * d->ld_x;
    return true;
}

size_t feri_dwconv_scratch__ref(const struct feri_dwconv *d)
{
    (void)d;
    return 0;
}

void feri_dwconv__ref(const struct feri_dwconv *d, const float *x, float *y, size_t oh0, size_t oh1,
                      const struct feri_epilogue *epi, float *scratch)
{
    (void)scratch;
    for (size_t oh = oh0; oh < oh1; oh++)
        for (size_t ow = 0; ow < d->ow; ow++)
            for (size_t ch = 0; ch < d->c; ch++) {
                float sum = 0;
                size_t at;
                for (size_t i = 0; i < d->k; i++)
                    for (size_t j = 0; j < d->k; j++)
                        if (input_at(d, oh, ow, i, j, &at)) sum += x[at + ch] * d->weight[(i * d->k + j) * d->c + ch];
                y[(oh * d->ow + ow) * d->ld_y + ch] = feri_ref_finish(epi, sum, 0, ch);
            }
}

void feri_dwconv_backward_data__ref(const struct feri_dwconv *d, const float *dy, float *dx, bool accumulate,
                                    float *scratch)
{
    (void)scratch;
    size_t at;
    for (size_t p = 0; !accumulate && p < d->h * d->w; p++) memset(dx + p * d->ld_x, 0, d->c * sizeof *dx);
    for (size_t oh = 0; oh < d->oh; oh++)
        for (size_t ow = 0; ow < d->ow; ow++)
            for (size_t i = 0; i < d->k; i++)
                for (size_t j = 0; j < d->k; j++)
                    for (size_t ch = 0; ch < d->c && input_at(d, oh, ow, i, j, &at); ch++)
                        dx[at + ch] += dy[(oh * d->ow + ow) * d->ld_y + ch] * d->weight[(i * d->k + j) * d->c + ch];
}

void feri_dwconv_backward_weight__ref(const struct feri_dwconv *d, const float *x, const float *dy, float *dweight,
                                      float *scratch)
{
    (void)scratch;
    size_t at;
    for (size_t oh = 0; oh < d->oh; oh++)
        for (size_t ow = 0; ow < d->ow; ow++)
            for (size_t i = 0; i < d->k; i++)
                for (size_t j = 0; j < d->k; j++)
                    for (size_t ch = 0; ch < d->c && input_at(d, oh, ow, i, j, &at); ch++)
                        dweight[(i * d->k + j) * d->c + ch] += dy[(oh * d->ow + ow) * d->ld_y + ch] * x[at + ch];
}
