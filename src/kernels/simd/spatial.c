/* One image h x w x c: means along its axes, coordinate attention's gate, max pooling. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

void NAME(feri_axis_means)(size_t h, size_t w, size_t c, const float *x, float *row_mean, float *column_mean)
{
    const vec per_row = splat(1.0f / (float)w), per_column = splat(1.0f / (float)h);
    if (column_mean) memset(column_mean, 0, w * c * sizeof *x);
    for (size_t i = 0; i < h; i++)
        EACH(ch, n, c)
        {
            vec sum = splat(0.0f);
            for (size_t j = 0; j < w; j++) {
                vec v = get(x + (i * w + j) * c + ch, n);
                sum += v;
                if (column_mean) put(column_mean + j * c + ch, get(column_mean + j * c + ch, n) + v, n);
            }
            if (row_mean) put(row_mean + i * c + ch, sum * per_row, n);
        }
    if (column_mean) EACH(i, n, w * c) put(column_mean + i, get(column_mean + i, n) * per_column, n);
}

void NAME(feri_axis_means_backward)(size_t h, size_t w, size_t c, const float *drow, const float *dcolumn, float *dx, bool accumulate)
{
    const vec per_row = splat(1.0f / (float)w), per_column = splat(1.0f / (float)h), zero = splat(0.0f);
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++, dx += c)
            EACH(ch, n, c)
            {
                vec d = drow ? get(drow + i * c + ch, n) * per_row : zero;
                if (dcolumn) d += get(dcolumn + j * c + ch, n) * per_column;
                put_or_add(dx + ch, d, n, accumulate);
            }
}

void NAME(feri_gate)(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column, float *y)
{
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++, x += c, y += c)
            EACH(ch, n, c) put(y + ch, get(x + ch, n) * get(row + i * c + ch, n) * get(column + j * c + ch, n), n);
}

void NAME(feri_gate_backward)(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column, const float *dy, float *dx,
                              bool accumulate, float *drow, float *dcolumn)
{
    memset(dcolumn, 0, w * c * sizeof *dcolumn);
    for (size_t i = 0; i < h; i++)
        EACH(ch, n, c)
        {
            vec r = get(row + i * c + ch, n), sum = splat(0.0f);
            for (size_t j = 0; j < w; j++) {
                size_t at = (i * w + j) * c + ch;
                vec q = get(column + j * c + ch, n), g = get(dy + at, n), gx = g * get(x + at, n);
                sum += gx * q;
                put(dcolumn + j * c + ch, get(dcolumn + j * c + ch, n) + gx * r, n);
                put_or_add(dx + at, g * r * q, n, accumulate);
            }
            put(drow + i * c + ch, sum, n);
        }
}

void NAME(feri_max_pool)(size_t h, size_t w, size_t c, size_t k, size_t stride, size_t pad, size_t oh, size_t ow, const float *x, float *y,
                         uint8_t *index)
{
    for (size_t a = 0; a < oh; a++)
        for (size_t b = 0; b < ow; b++)
            EACH(ch, n, c)
            {
                vec best = splat(0.0f);
                ivec tap = {0};
                bool any = false;
                for (size_t i = 0; i < k; i++)
                    for (size_t j = 0; j < k; j++) {
                        size_t ih = a * stride + i, iw = b * stride + j;
                        if (ih < pad || ih - pad >= h || iw < pad || iw - pad >= w) continue;
                        vec v = get(x + ((ih - pad) * w + iw - pad) * c + ch, n);
                        ivec wins = any ? (v > best) | ((v != v) & (best == best)) : (v == v) | (v != v);
                        best = choose(wins, v, best);
                        tap = (wins & (int32_t)(i * k + j)) | (tap & ~wins);
                        any = true;
                    }
                size_t at = (a * ow + b) * c + ch;
                put(y + at, best, n);
                for (size_t l = 0; index && l < n; l++) index[at + l] = (uint8_t)tap[l];
            }
}

void NAME(feri_max_pool_backward)(size_t h, size_t w, size_t c, size_t k, size_t stride, size_t pad, size_t oh, size_t ow, const uint8_t *index,
                                  const float *dy, float *dx)
{
    (void)h;
    for (size_t a = 0; a < oh; a++)
        for (size_t b = 0; b < ow; b++)
            for (size_t ch = 0; ch < c; ch++) {
                size_t at = (a * ow + b) * c + ch, i = index[at] / k, j = index[at] % k;
                dx[((a * stride + i - pad) * w + b * stride + j - pad) * c + ch] += dy[at];
            }
}
