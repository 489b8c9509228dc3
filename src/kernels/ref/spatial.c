#include "kernels/ref/ref.h"

#include <math.h>
#include <string.h>

void feri_axis_means__ref(size_t h, size_t w, size_t c, const float *x, float *row_mean, float *column_mean)
{
    for (size_t i = 0; row_mean && i < h; i++)
        for (size_t ch = 0; ch < c; ch++) {
            float sum = 0;
            for (size_t j = 0; j < w; j++) sum += x[(i * w + j) * c + ch];
            row_mean[i * c + ch] = sum / (float)w;
        }
    for (size_t j = 0; column_mean && j < w; j++)
        for (size_t ch = 0; ch < c; ch++) {
            float sum = 0;
            for (size_t i = 0; i < h; i++) sum += x[(i * w + j) * c + ch];
            column_mean[j * c + ch] = sum / (float)h;
        }
}

void feri_axis_means_backward__ref(size_t h, size_t w, size_t c, const float *drow, const float *dcolumn, float *dx,
                                   bool accumulate)
{
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++)
            for (size_t ch = 0; ch < c; ch++) {
                float d = (drow ? drow[i * c + ch] / (float)w : 0) + (dcolumn ? dcolumn[j * c + ch] / (float)h : 0);
                feri_ref_put(dx + (i * w + j) * c + ch, d, accumulate);
            }
}

void feri_gate__ref(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column, float *y)
{
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++)
            for (size_t ch = 0; ch < c; ch++)
                y[(i * w + j) * c + ch] = x[(i * w + j) * c + ch] * row[i * c + ch] * column[j * c + ch];
}

void feri_gate_backward__ref(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column,
                             const float *dy, float *dx, bool accumulate, float *drow, float *dcolumn)
{
    memset(drow, 0, h * c * sizeof *drow);
    memset(dcolumn, 0, w * c * sizeof *dcolumn);
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++)
            for (size_t ch = 0; ch < c; ch++) {
                size_t at = (i * w + j) * c + ch;
                float r = row[i * c + ch], q = column[j * c + ch];
                drow[i * c + ch] += dy[at] * x[at] * q;
                dcolumn[j * c + ch] += dy[at] * x[at] * r;
                feri_ref_put(dx + at, dy[at] * r * q, accumulate);
            }
}

void feri_max_pool__ref(const struct feri_max_pool *d, const float *x, float *y, uint8_t *index)
{
    size_t c = d->c, k = d->k;
    for (size_t at = 0; at < d->oh * d->ow * c; at++) {
        size_t top = at / c / d->ow * d->stride, left = at / c % d->ow * d->stride, ch = at % c;
        float best = -INFINITY;
        int tap = -1;
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++) {
                if (top + i < d->top || top + i - d->top >= d->h || left + j < d->pad || left + j - d->pad >= d->w)
                    continue;
                float v = x[((top + i - d->top) * d->w + left + j - d->pad) * c + ch];
                if (tap < 0 || v > best || (isnan(v) && !isnan(best))) {
                    best = v;
                    tap = (int)(i * k + j);
                }
            }
        y[at] = best;
        if (index) index[at] = (uint8_t)tap;
    }
}

void feri_max_pool_backward__ref(size_t h, size_t w, size_t c, size_t k, size_t stride, size_t pad, size_t oh,
                                 size_t ow, const uint8_t *index, const float *dy, float *dx)
{
    (void)h;
    for (size_t at = 0; at < oh * ow * c; at++) {
        size_t y = at / c / ow * stride + index[at] / k - pad, x = at / c % ow * stride + index[at] % k - pad;
        dx[(y * w + x) * c + at % c] += dy[at];
    }
}
