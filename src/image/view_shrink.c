/* Reduces a picture straight from a view. First rows are summed in the view's own byte order, then columns; the few
 * resulting samples become grey or RGB. The samples of a pixel are processed together in vectors of four. */
#include "base/error.h"
#include "base/mem.h"
#include "image/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPARE 4 /* floats after a row, because vectors reach beyond its end */

typedef float four __attribute__((vector_size(16)));

/* Samples in the memory order of the view, `lanes` per position. */
struct plane {
    const uint8_t *data;
    size_t stride, lanes;
};

static void axis_free(struct feri_shrink_axis *a)
{
    free(a->first);
    free(a->count);
    free(a->weight);
}

void feri_shrink_free(struct feri_shrink *ws)
{
    for (size_t i = 0; i < 4; i++) axis_free(&ws->axis[i]);
    free(ws->row);
    *ws = (struct feri_shrink){0};
}

/* Weights of the inputs in [i * scale, (i + 1) * scale): the share that each has in the interval. */
static void area_weights(struct feri_shrink_axis *a, size_t i, double scale)
{
    double lo = (double)i * scale, hi = lo + scale;
    size_t first = (size_t)lo, last = (size_t)ceil(hi - 1e-9);
    if (first >= a->in) first = a->in - 1;
    if (last > a->in) last = a->in;
    if (last <= first) last = first + 1;
    a->first[i] = first;
    a->count[i] = last - first;
    double total = fmin(hi, (double)last) - fmax(lo, (double)first);
    for (size_t k = first; k < last; k++) {
        double share = fmin(hi, (double)(k + 1)) - fmax(lo, (double)k);
        a->weight[i * a->most + k - first] = (float)(last - first == 1 ? 1 : share / total);
    }
}

static void linear_weights(struct feri_shrink_axis *a, size_t i, double scale)
{
    double at = fmin(fmax(((double)i + 0.5) * scale - 0.5, 0), (double)(a->in - 1));
    size_t first = (size_t)at;
    a->first[i] = first;
    a->count[i] = first + 1 < a->in ? 2 : 1;
    a->weight[i * a->most] = (float)(a->count[i] == 2 ? 1 - (at - (double)first) : 1);
    if (a->count[i] == 2) a->weight[i * a->most + 1] = (float)(at - (double)first);
}

/* extent: how far the inputs reach, in their own pixels. It is half a pixel less than `in` where chroma ends in the
 * middle of its last pixel. */
static fer_status axis_set(struct feri_shrink_axis *a, double extent, size_t in, size_t out, fer_error *err)
{
    if (a->extent == extent && a->in == in && a->out == out) return FER_OK;
    double scale = extent / (double)out;
    size_t most = scale > 1 ? (size_t)ceil(scale) + 1 : 2;
    a->out = 0;
    if (!feri_grow(&a->first, &a->first_cap, out, sizeof *a->first) ||
        !feri_grow(&a->count, &a->count_cap, out, sizeof *a->count) ||
        !feri_grow(&a->weight, &a->weight_cap, out * most, sizeof *a->weight))
        return feri_fail_memory(err, out * most * sizeof *a->weight);
    a->extent = extent;
    a->in = in;
    a->out = out;
    a->most = most;
    for (size_t i = 0; i < out; i++)
        if (scale >= 1) area_weights(a, i, scale);
        else linear_weights(a, i, scale);
    return FER_OK;
}

/* sums [n] over the rows that output row i covers. */
static void rows_sum(const struct feri_shrink_axis *a, size_t i, const struct plane *p, size_t n, float *restrict sums)
{
    const float *weight = a->weight + i * a->most;
    const uint8_t *row = p->data + a->first[i] * p->stride;
    size_t k = 0, count = a->count[i];
    if (count == 2 && weight[0] == weight[1]) {
        const uint8_t *below = row + p->stride;
        for (size_t x = 0; x < n; x++) sums[x] = (float)(row[x] + below[x]) * weight[0];
        return;
    }
    for (; k + 2 <= count; k += 2, row += 2 * p->stride) {
        const uint8_t *below = row + p->stride;
        float u = weight[k], v = weight[k + 1];
        if (k == 0)
            for (size_t x = 0; x < n; x++) sums[x] = u * (float)row[x] + v * (float)below[x];
        else
            for (size_t x = 0; x < n; x++) sums[x] += u * (float)row[x] + v * (float)below[x];
    }
    if (k == count) return;
    float w = weight[k];
    if (k == 0)
        for (size_t x = 0; x < n; x++) sums[x] = w * (float)row[x];
    else
        for (size_t x = 0; x < n; x++) sums[x] += w * (float)row[x];
}

static inline four load(const float *p)
{
    four v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* columns_sum() for half as many columns. */
static void columns_halve(size_t n, size_t lanes, const float *sums, float *out)
{
    for (size_t i = 0; i < n; i++, out += lanes, sums += 2 * lanes) {
        four s = (load(sums) + load(sums + lanes)) * 0.5f;
        memcpy(out, &s, sizeof s);
    }
}

/* Compute out [a->out][lanes] from sums [in][lanes]. Both have SPARE floats after their end. */
static void columns_sum(const struct feri_shrink_axis *a, size_t lanes, const float *sums, float *out)
{
    if (a->in == 2 * a->out && a->extent == (double)a->in) {
        if (lanes == 3) columns_halve(a->out, 3, sums, out);
        else columns_halve(a->out, lanes, sums, out);
        return;
    }
    for (size_t i = 0; i < a->out; i++, out += lanes) {
        const float *weight = a->weight + i * a->most, *from = sums + a->first[i] * lanes;
        four s = load(from) * weight[0];
        for (size_t k = 1; k < a->count[i]; k++) s += load(from + k * lanes) * weight[k];
        memcpy(out, &s, sizeof s);
    }
}

static uint8_t to_sample(float v)
{
    return (uint8_t)(v + 0.5f);
}

static float within(float v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

static void finish_floats(const struct feri_raster *out, float *row)
{
    if (out->preprocess) feri_preprocess_scale(out->preprocess, out->w, out->c, row);
}

/* Write rgb [w][3] (or [w][1]) to row y of the raster. */
static void put_row(const struct feri_raster *out, size_t y, const float *row)
{
    size_t n = out->w * out->c;
    if (out->bytes) {
        uint8_t *to = out->bytes + y * out->stride;
        for (size_t i = 0; i < n; i++) to[i] = to_sample(row[i]);
    }
    if (out->floats) {
        float *to = out->floats + y * out->stride;
        memcpy(to, row, n * sizeof *row);
        finish_floats(out, to);
    }
}

/* Convert row [w][lanes] from the view's own order to [w][c], in place. c is never more than the space of a pixel,
 * except from grey to RGB. */
static void reorder(const fer_view *v, size_t w, size_t lanes, size_t c, float *row)
{
    size_t red = v->format == FER_BGR8 || v->format == FER_BGRA8 ? 2 : 0;
    if (lanes == c && red == 0) return;
    if (lanes == 1) {
        for (size_t i = w; i-- > 0;) row[3 * i] = row[3 * i + 1] = row[3 * i + 2] = row[i];
        return;
    }
    for (size_t i = 0; i < w; i++) {
        float r = row[i * lanes + red], g = row[i * lanes + 1], b = row[i * lanes + 2 - red];
        if (c == 1) row[i] = 0.299f * r + 0.587f * g + 0.114f * b;
        else row[3 * i] = r, row[3 * i + 1] = g, row[3 * i + 2] = b;
    }
}

/* The formula of feri_yuv_rgb() for luma [w] and two chroma rows with steps of `step`. `out` is [w][c]. */
static void from_yuv(size_t w, size_t c, const float *luma, const float *cb, const float *cr, size_t step, float *out)
{
    for (size_t i = 0; i < w; i++) {
        float y = (luma[i] - 16) * (255 / 219.0f);
        if (c == 1) {
            out[i] = within(y);
            continue;
        }
        float u = cb[i * step] - 128, v = cr[i * step] - 128;
        out[3 * i] = within(y + 1.596027f * v);
        out[3 * i + 1] = within(y - 0.391762f * u - 0.812968f * v);
        out[3 * i + 2] = within(y + 2.017232f * u);
    }
}

static void shrink_interleaved(const fer_view *v, size_t lanes, const struct feri_raster *out, struct feri_shrink *ws)
{
    struct plane p = {v->planes[0], v->strides[0], lanes};
    float *sums = ws->row, *row = sums + v->width * lanes + SPARE;
    for (size_t y = 0; y < out->h; y++) {
        rows_sum(&ws->axis[1], y, &p, v->width * lanes, sums);
        columns_sum(&ws->axis[0], lanes, sums, row);
        reorder(v, out->w, lanes, out->c, row);
        put_row(out, y, row);
    }
}

static void shrink_yuv(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws)
{
    size_t half = (v->width + 1) / 2, step = v->format == FER_NV12 ? 2 : 1, planes = out->c == 1 ? 0 : 3 - step,
           gap = out->w * 2 + SPARE;
    float *sums = ws->row, *luma = sums + v->width + 1 + SPARE, *chroma = luma + gap, *rgb = chroma + 2 * gap;
    struct plane y_plane = {v->planes[0], v->strides[0], 1};
    for (size_t y = 0; y < out->h; y++) {
        rows_sum(&ws->axis[1], y, &y_plane, v->width, sums);
        columns_sum(&ws->axis[0], 1, sums, luma);
        for (size_t i = 0; i < planes; i++) {
            struct plane p = {v->planes[1 + i], v->strides[1 + i], step};
            rows_sum(&ws->axis[3], y, &p, half * step, sums);
            columns_sum(&ws->axis[2], step, sums, chroma + i * gap);
        }
        from_yuv(out->w, out->c, luma, chroma, step == 2 ? chroma + 1 : chroma + gap, step, rgb);
        put_row(out, y, rgb);
    }
}

static size_t lanes_of(fer_pixel_format format)
{
    return format == FER_RGB8 || format == FER_BGR8 ? 3 : format == FER_RGBA8 || format == FER_BGRA8 ? 4 : 1;
}

static fer_status prepare(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws, fer_error *err)
{
    size_t area;
    fer_status st = feri_view_check(v, err);
    if (st != FER_OK) return st;
    if (out->w == 0 || out->h == 0 || !feri_size_mul(out->w, out->h, &area) || area > FERI_PIXELS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "a reduced picture of %zu x %zu pixels: it must have 1 to %zu", out->w,
                         out->h, FERI_PIXELS_MAX);
    if ((out->c != 1 && out->c != 3) || out->stride < out->w * out->c || (!out->bytes && !out->floats))
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "a reduced picture of %zu channels, rows %zu samples apart: expected 1 or 3 channels and rows that "
            "hold %zu pixels",
            out->c, out->stride, out->w);
    size_t need = (v->width + 3 * out->w + 4 * SPARE) * 4;
    double w = (double)v->width, h = (double)v->height;
    if (!feri_grow(&ws->row, &ws->row_cap, need, sizeof *ws->row)) return feri_fail_memory(err, need * sizeof *ws->row);
    if ((st = axis_set(&ws->axis[0], w, v->width, out->w, err)) != FER_OK ||
        (st = axis_set(&ws->axis[1], h, v->height, out->h, err)) != FER_OK || v->format < FER_NV12)
        return st;
    st = axis_set(&ws->axis[2], w / 2, (v->width + 1) / 2, out->w, err);
    return st == FER_OK ? axis_set(&ws->axis[3], h / 2, (v->height + 1) / 2, out->h, err) : st;
}

/* Write a row of n samples to its destination. */
static void copy_row(const struct feri_raster *out, size_t y, size_t n, const uint8_t *row)
{
    if (out->bytes) memcpy(out->bytes + y * out->stride, row, n);
    if (out->floats) {
        float *to = out->floats + y * out->stride;
        for (size_t i = 0; i < n; i++) to[i] = (float)row[i];
        finish_floats(out, to);
    }
}

/* Nothing shrinks: copy the pixels unchanged. */
static void copy_view(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws)
{
    for (size_t y = 0; y < out->h; y++)
        copy_row(out, y, out->w * out->c, feri_view_row(v, 0, y, out->w, out->c, (uint8_t *)ws->row));
}

fer_status feri_view_shrink(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws, fer_error *err)
{
    fer_status st = prepare(v, out, ws, err);
    if (st != FER_OK) return st;
    if (v->width == out->w && v->height == out->h) copy_view(v, out, ws);
    else if (v->format == FER_NV12 || v->format == FER_I420) shrink_yuv(v, out, ws);
    else shrink_interleaved(v, lanes_of(v->format), out, ws);
    return FER_OK;
}
