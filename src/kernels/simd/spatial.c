/* Kernels on one image h x w x c: means along its axes, coordinate attention's gate, max pooling. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

void NAME(feri_axis_means)(size_t h, size_t w, size_t c, const float *x, float *row_mean, float *column_mean)
{
    const vec per_row = splat(1.0f / (float)w), per_column = splat(1.0f / (float)h);
    if (column_mean) memset(column_mean, 0, w * c * sizeof *x);
    for (size_t i = 0; i < h; i++) EACH(ch, n, c)
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

void NAME(feri_axis_means_backward)(size_t h, size_t w, size_t c, const float *drow, const float *dcolumn, float *dx,
                                    bool accumulate)
{
    const vec per_row = splat(1.0f / (float)w), per_column = splat(1.0f / (float)h), zero = splat(0.0f);
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++, dx += c) EACH(ch, n, c)
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

void NAME(feri_gate_backward)(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column,
                              const float *dy, float *dx, bool accumulate, float *drow, float *dcolumn)
{
    memset(dcolumn, 0, w * c * sizeof *dcolumn);
    for (size_t i = 0; i < h; i++) EACH(ch, n, c)
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

/* Return NaN if either argument is NaN; vmax() alone would return its second argument. */
INLINE vec nan_max(vec a, vec b)
{
    return (vec)((ivec)vmax(a, b) | (ivec)vmax(b, a));
}

/* Taps [lo, hi) of a window that lie inside. The window begins `pad` before position at * stride of n positions. */
struct taps {
    size_t lo, hi, first; /* first: the position of tap 0, plus pad */
};

static struct taps taps_of(size_t at, size_t k, size_t stride, size_t pad, size_t n)
{
    size_t first = at * stride, end = n + pad > first ? n + pad - first : 0;
    return (struct taps){pad > first ? pad - first : 0, end < k ? end : k, first};
}

/* The maximum of some rows of one column. */
INLINE vec column_max(const float *x, size_t ld_row, size_t rows, size_t n)
{
    vec best = get(x, n);
    for (size_t i = 1; i < rows; i++) best = nan_max(best, get(x + i * ld_row, n));
    return best;
}

/* One row of maxima, without their taps. The most common windows (3 wide, overlapping by one column) share that
 * column's maximum. */
INLINE void largest_row(const struct feri_max_pool *d, const float *x, size_t rows, bool overlap, float *y)
{
    EACH(ch, n, d->c)
    {
        vec shared = splat(-__builtin_inff());
        if (d->pad == 0) shared = column_max(x + ch, d->w * d->c, rows, n);
        for (size_t b = 0; b < d->ow; b++) {
            struct taps t = taps_of(b, d->k, d->stride, d->pad, d->w);
            vec best = overlap ? shared : splat(-__builtin_inff()), last = best;
            for (size_t j = overlap ? 1 : t.lo; j < t.hi; j++) {
                last = column_max(x + (t.first + j - d->pad) * d->c + ch, d->w * d->c, rows, n);
                best = nan_max(best, last);
            }
            shared = last;
            put(y + b * d->c + ch, best, n);
        }
    }
}

/* One row of maxima, with the tap of each. */
static void tapped_row(const struct feri_max_pool *d, const float *x, size_t a, float *y, uint8_t *index)
{
    struct taps rows = taps_of(a, d->k, d->stride, d->top, d->h);
    for (size_t b = 0; b < d->ow; b++, y += d->c, index += d->c) {
        struct taps columns = taps_of(b, d->k, d->stride, d->pad, d->w);
        EACH(ch, n, d->c)
        {
            vec best = splat(0.0f);
            ivec tap = {0};
            bool any = false;
            for (size_t i = rows.lo; i < rows.hi; i++)
                for (size_t j = columns.lo; j < columns.hi; j++) {
                    vec v = get(x + ((rows.first + i - d->top) * d->w + columns.first + j - d->pad) * d->c + ch, n);
                    ivec wins = any ? (v > best) | ((v != v) & (best == best)) : (v == v) | (v != v);
                    best = choose(wins, v, best);
                    tap = (wins & (int32_t)(i * d->k + j)) | (tap & ~wins);
                    any = true;
                }
            put(y + ch, best, n);
            for (size_t l = 0; l < n; l++) index[ch + l] = (uint8_t)tap[l];
        }
    }
}

void NAME(feri_max_pool)(const struct feri_max_pool *d, const float *x, float *y, uint8_t *index)
{
    for (size_t a = 0; a < d->oh; a++) {
        struct taps t = taps_of(a, d->k, d->stride, d->top, d->h);
        const float *row = x + (t.first + t.lo - d->top) * d->w * d->c;
        size_t rows = t.hi - t.lo, at = a * d->ow * d->c;
        if (index) tapped_row(d, x, a, y + at, index + at);
        else if (d->k == 3 && d->stride == 2 && d->pad <= 1 && rows == 3) largest_row(d, row, 3, true, y + at);
        else largest_row(d, row, rows, d->k == 3 && d->stride == 2 && d->pad <= 1, y + at);
    }
}

void NAME(feri_max_pool_backward)(size_t h, size_t w, size_t c, size_t k, size_t stride, size_t pad, size_t oh,
                                  size_t ow, const uint8_t *index, const float *dy, float *dx)
{
    (void)h;
    for (size_t a = 0; a < oh; a++)
        for (size_t b = 0; b < ow; b++)
            for (size_t ch = 0; ch < c; ch++) {
                size_t at = (a * ow + b) * c + ch, i = index[at] / k, j = index[at] % k;
                dx[((a * stride + i - pad) * w + b * stride + j - pad) * c + ch] += dy[at];
            }
}
