/* Makes a crop in three steps. First, the pixels under the crop are copied into a patch; if the crop shrinks a lot,
 * squares of pixels are averaged, and beyond the picture its edge is repeated. Second, bilinear sampling turns the
 * patch upright without changing its scale. Third, the training's resize makes the crop. */
#include "base/error.h"
#include "base/mem.h"
#include "image/view.h"
#include "vision/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHRINK_KEPT 1.5 /* the smallest factor left to the resize after squares of pixels were averaged */
#define FAR         1e7 /* pixels: no picture is that large, and the numbers stay exact */
#define FRACTION    32  /* fractional bits of a position in the patch */
#define WEIGHT      11  /* bits of a bilinear weight; two weights and a sample fit in 31 */

/* Cells of `cell` x `cell` pixels, counted from the picture's corner. Cells of the patch may be outside the picture. */
struct patch {
    size_t cell, w, h, c;
    int64_t x, y;
};

void feri_aligner_free(struct feri_aligner *ws)
{
    feri_resizer_free(&ws->resizer);
    free(ws->patch);
    free(ws->row);
    free(ws->upright);
    free(ws->sums);
    *ws = (struct feri_aligner){0};
}

/* The cells that bilinear sampling between the crop's corners may read. */
static struct patch patch_of(const struct feri_similarity *m, const struct feri_pixels *out, double scale)
{
    double w = (double)out->w, h = (double)out->h;
    double left = fmin(0, m->a * w) + fmin(0, -m->b * h), right = fmax(0, m->a * w) + fmax(0, -m->b * h);
    double top = fmin(0, m->b * w) + fmin(0, m->a * h), bottom = fmax(0, m->b * w) + fmax(0, m->a * h);
    struct patch p = {.cell = scale < 2 * SHRINK_KEPT ? 1 : (size_t)(scale / SHRINK_KEPT), .c = out->c};
    double cell = (double)p.cell;
    p.x = (int64_t)floor((m->x0 + left) / cell) - 1;
    p.y = (int64_t)floor((m->y0 + top) / cell) - 1;
    p.w = (size_t)((int64_t)ceil((m->x0 + right) / cell) + 2 - p.x);
    p.h = (size_t)((int64_t)ceil((m->y0 + bottom) / cell) + 2 - p.y);
    return p;
}

static size_t within(int64_t v, size_t n)
{
    return v < 0 ? 0 : v >= (int64_t)n ? n - 1 : (size_t)v;
}

/* The means of r.w cells of row r.y. A cell at the picture's right or lower edge averages only pixels inside the
 * picture. */
static void cells(struct feri_aligner *ws, const fer_view *v, const struct patch *p, struct feri_rect r, uint8_t *to)
{
    size_t c = p->c, left = r.x * p->cell, top = r.y * p->cell;
    size_t right = (r.x + r.w) * p->cell, bottom = top + p->cell;
    if (right > v->width) right = v->width;
    if (bottom > v->height) bottom = v->height;
    size_t n = (right - left) * c;
    uint32_t *restrict sums = ws->sums;
    memset(sums, 0, n * sizeof *sums);
    for (size_t y = top; y < bottom; y++) {
        const uint8_t *row = feri_view_row(v, left, y, right - left, c, ws->row);
        for (size_t i = 0; i < n; i++) sums[i] += row[i];
    }
    for (size_t i = 0; i < r.w; i++, to += c) {
        size_t x = i * p->cell, across = right - left - x < p->cell ? right - left - x : p->cell,
               area = across * (bottom - top);
        for (size_t ch = 0; ch < c; ch++) {
            uint64_t total = area / 2;
            for (size_t k = x; k < x + across; k++) total += sums[k * c + ch];
            to[ch] = (uint8_t)(total / area);
        }
    }
}

/* Columns [first, last) of the patch are inside the picture. Fill those to their left and right. */
static void spread(uint8_t *row, const struct patch *p, size_t first, size_t last)
{
    size_t c = p->c;
    for (size_t i = first; i-- > 0;) memcpy(row + i * c, row + first * c, c);
    for (size_t i = last; i < p->w; i++) memcpy(row + i * c, row + (last - 1) * c, c);
}

static void fill_patch(struct feri_aligner *ws, const fer_view *v, const struct patch *p)
{
    size_t across = (v->width + p->cell - 1) / p->cell, down = (v->height + p->cell - 1) / p->cell, bytes = p->w * p->c;
    struct feri_rect r = {within(p->x, across), 0, 1, 1};
    r.w = within(p->x + (int64_t)p->w - 1, across) + 1 - r.x;
    size_t first = within((int64_t)r.x - p->x, p->w), done = down;
    for (size_t i = 0; i < p->h; i++) {
        uint8_t *row = ws->patch + i * bytes;
        r.y = within(p->y + (int64_t)i, down);
        if (r.y == done) {
            memcpy(row, row - bytes, bytes);
            continue;
        }
        uint8_t *to = row + first * p->c;
        if (p->cell > 1) {
            cells(ws, v, p, r, to);
        } else {
            const uint8_t *from = feri_view_row(v, r.x, r.y, r.w, p->c, to);
            if (from != to) memcpy(to, from, r.w * p->c);
        }
        spread(row, p, first, first + r.w);
        done = r.y;
    }
}

struct place {
    int64_t x, y; /* in fixed point with FRACTION fractional bits */
};

static inline void sample(const uint8_t *patch, size_t stride, size_t c, struct place at, uint8_t *to)
{
    const uint8_t *top = patch + (size_t)(at.y >> FRACTION) * stride + (size_t)(at.x >> FRACTION) * c,
                  *bottom = top + stride;
    int u = (int)(at.x >> (FRACTION - WEIGHT)) & ((1 << WEIGHT) - 1),
        v = (int)(at.y >> (FRACTION - WEIGHT)) & ((1 << WEIGHT) - 1);
    int one = 1 << WEIGHT;
    for (size_t ch = 0; ch < c; ch++) {
        int above = top[ch] * (one - u) + top[c + ch] * u, below = bottom[ch] * (one - u) + bottom[c + ch] * u;
        to[ch] = (uint8_t)((above * (one - v) + below * v + (1 << (2 * WEIGHT - 1))) >> (2 * WEIGHT));
    }
}

static int64_t fixed(double v)
{
    return (int64_t)floor(v * (double)((int64_t)1 << FRACTION) + 0.5);
}

/* From `out` to the patch, in patch pixels: one step to the right, one step down, the centre of the first pixel. */
struct steps {
    double right[2], down[2], first[2];
};

static void turn(const uint8_t *patch, const struct patch *p, const struct steps *s, const struct feri_pixels *out)
{
    size_t c = p->c, stride = p->w * c;
    int64_t dx = fixed(s->right[0]), dy = fixed(s->right[1]);
    uint8_t *to = out->data;
    for (size_t y = 0; y < out->h; y++) {
        struct place at = {fixed(s->first[0] + (double)y * s->down[0]), fixed(s->first[1] + (double)y * s->down[1])};
        if (c == 1)
            for (size_t x = 0; x < out->w; x++, to += 1, at.x += dx, at.y += dy) sample(patch, stride, 1, at, to);
        else
            for (size_t x = 0; x < out->w; x++, to += 3, at.x += dx, at.y += dy) sample(patch, stride, 3, at, to);
    }
}

static struct steps steps_of(const struct feri_similarity *m, const struct patch *p, double u, double v)
{
    double cell = (double)p->cell;
    struct steps s = {{m->a * u / cell, m->b * u / cell}, {-m->b * v / cell, m->a * v / cell}, {0, 0}};
    s.first[0] = m->x0 / cell - (double)p->x - 0.5 + (s.right[0] + s.down[0]) / 2;
    s.first[1] = m->y0 / cell - (double)p->y - 0.5 + (s.right[1] + s.down[1]) / 2;
    return s;
}

static fer_status room_for(struct feri_aligner *ws, const fer_view *v, const struct patch *p, size_t upright,
                           fer_error *err)
{
    size_t patch = p->w * p->h * p->c, row = p->cell == 1                ? 0
                                             : p->w * p->cell < v->width ? p->w * p->cell * p->c
                                                                         : v->width * p->c;
    if (!feri_grow(&ws->patch, &ws->patch_cap, patch, 1) || !feri_grow(&ws->row, &ws->row_cap, row, 1) ||
        !feri_grow(&ws->sums, &ws->sums_cap, row, sizeof *ws->sums) ||
        !feri_grow(&ws->upright, &ws->upright_cap, upright, 1))
        return feri_fail_memory(err, patch + row + row * sizeof *ws->sums + upright);
    return FER_OK;
}

static fer_status check(const fer_view *v, const struct feri_similarity *m, const struct feri_pixels *out,
                        fer_error *err)
{
    double scale = hypot(m->a, m->b);
    fer_status st = feri_view_check(v, err);
    if (st != FER_OK) return st;
    if (out->w == 0 || out->h == 0 || out->w > 4096 || out->h > 4096 || (out->c != 1 && out->c != 3) || !out->data)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "a crop of %zu x %zu pixels of %zu channels: expected sides of 1 to 4096 and 1 or 3 channels",
                         out->w, out->h, out->c);
    if (!(scale * (double)(out->w + out->h) < FAR && scale > 1 / FAR && fabs(m->x0) < FAR && fabs(m->y0) < FAR))
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "a face whose crop begins at %g, %g, with %g picture pixels per crop pixel, is not a valid face", m->x0,
            m->y0, scale);
    return FER_OK;
}

fer_status feri_align_warp(struct feri_aligner *ws, const fer_view *v, const struct feri_similarity *map,
                           const struct feri_pixels *out, fer_error *err)
{
    fer_status st = check(v, map, out, err);
    if (st != FER_OK) return st;
    double scale = hypot(map->a, map->b);
    struct patch p = patch_of(map, out, scale);
    double left = fmax(1, scale / (double)p.cell); /* the factor by which the resize shrinks */
    struct feri_pixels upright = {(size_t)((double)out->w * left + 0.5), (size_t)((double)out->h * left + 0.5), out->c,
                                  NULL};
    bool same = upright.w == out->w && upright.h == out->h;
    if ((st = room_for(ws, v, &p, upright.w * upright.h * upright.c, err)) != FER_OK) return st;
    fill_patch(ws, v, &p);
    upright.data = same ? out->data : ws->upright;
    struct steps steps = steps_of(map, &p, (double)out->w / (double)upright.w, (double)out->h / (double)upright.h);
    turn(ws->patch, &p, &steps, &upright);
    return same ? FER_OK : feri_resizer_run(&ws->resizer, &upright, out, err);
}
