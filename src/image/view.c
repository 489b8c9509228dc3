#include "image/view.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

/* What a row of a plane holds. */
struct layout {
    const char *name;
    size_t planes, bytes; /* bytes per pixel of the first plane */
    bool swapped;         /* blue first */
};

static bool layout_of(fer_pixel_format format, struct layout *out)
{
    switch (format) {
    case FER_GRAY8: *out = (struct layout){"FER_GRAY8", 1, 1, false}; return true;
    case FER_RGB8: *out = (struct layout){"FER_RGB8", 1, 3, false}; return true;
    case FER_BGR8: *out = (struct layout){"FER_BGR8", 1, 3, true}; return true;
    case FER_RGBA8: *out = (struct layout){"FER_RGBA8", 1, 4, false}; return true;
    case FER_BGRA8: *out = (struct layout){"FER_BGRA8", 1, 4, true}; return true;
    case FER_NV12: *out = (struct layout){"FER_NV12", 2, 1, false}; return true;
    case FER_I420: *out = (struct layout){"FER_I420", 3, 1, false}; return true;
    }
    return false;
}

static bool is_yuv(const fer_view *v)
{
    return v->format == FER_NV12 || v->format == FER_I420;
}

fer_status feri_view_check(const fer_view *v, fer_error *err)
{
    struct layout l;
    size_t area;
    if (!v) return feri_fail(err, FER_ERR_ARGUMENT, "the view of a picture must not be NULL");
    if (!layout_of(v->format, &l)) return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a pixel format", (int)v->format);
    if (v->width == 0 || v->height == 0 || !feri_size_mul(v->width, v->height, &area) || area > FERI_PIXELS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "an image of %zu x %zu pixels: it must have 1 to %zu", v->width,
                         v->height, FERI_PIXELS_MAX);
    for (size_t p = 0; p < l.planes; p++) {
        size_t row = p == 0 ? v->width * l.bytes : (v->width + 1) / 2 * (l.planes == 2 ? 2 : 1);
        if (!v->planes[p])
            return feri_fail(err, FER_ERR_ARGUMENT, "plane %zu of a %s view is NULL: the format has %zu", p, l.name,
                             l.planes);
        if (v->strides[p] < row)
            return feri_fail(err, FER_ERR_ARGUMENT,
                             "a stride of %zu bytes is shorter than a row of %zu (plane %zu of %s)", v->strides[p], row,
                             p, l.name);
    }
    return FER_OK;
}

size_t feri_view_channels(const fer_view *v)
{
    return v->format == FER_GRAY8 ? 1 : 3;
}

fer_view feri_view_of(const struct feri_pixels *px)
{
    return (fer_view){.format = px->c == 1 ? FER_GRAY8 : FER_RGB8,
                      .width = px->w,
                      .height = px->h,
                      .planes = {px->data, NULL, NULL},
                      .strides = {px->w * px->c, 0, 0}};
}

fer_view feri_view_part(const fer_view *v, struct feri_rect r)
{
    struct layout l = {NULL, 1, 1, false};
    fer_view part = *v;
    layout_of(v->format, &l);
    size_t dx = is_yuv(v) ? r.x % 2 : 0, dy = is_yuv(v) ? r.y % 2 : 0, x = r.x - dx, y = r.y - dy;
    part.width = r.w + dx;
    part.height = r.h + dy;
    part.planes[0] += y * v->strides[0] + x * l.bytes;
    for (size_t p = 1; p < l.planes; p++) part.planes[p] += y / 2 * v->strides[p] + x / 2 * (l.planes == 2 ? 2 : 1);
    return part;
}

static uint8_t to_sample(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* 255 / 219, and 2 (1 - Kr) 255 / 224 and so on with Kr 0.299, Kb 0.114, times 2^16. */
void feri_yuv_rgb(int y, int cb, int cr, uint8_t *rgb)
{
    int luma = 76309 * (y - 16) + 32768;
    cb -= 128;
    cr -= 128;
    rgb[0] = to_sample((luma + 104597 * cr) >> 16);
    rgb[1] = to_sample((luma - 25675 * cb - 53279 * cr) >> 16);
    rgb[2] = to_sample((luma + 132201 * cb) >> 16);
}

uint8_t feri_yuv_grey(int y)
{
    return to_sample((76309 * (y - 16) + 32768) >> 16);
}

static void yuv_row(const fer_view *v, size_t x, size_t y, size_t n, uint8_t *to)
{
    size_t step = v->format == FER_NV12 ? 2 : 1;
    const uint8_t *luma = v->planes[0] + y * v->strides[0], *cb = v->planes[1] + y / 2 * v->strides[1];
    const uint8_t *cr = step == 2 ? cb + 1 : v->planes[2] + y / 2 * v->strides[2];
    for (size_t i = x; i < x + n; i++, to += 3) feri_yuv_rgb(luma[i], cb[i / 2 * step], cr[i / 2 * step], to);
}

static void colour_row(const uint8_t *from, const struct layout *l, size_t n, uint8_t *to)
{
    size_t red = l->bytes == 1 ? 0
                 : l->swapped  ? 2
                               : 0,
           green = l->bytes == 1 ? 0 : 1, blue = l->bytes == 1 ? 0 : 2 - red;
    for (size_t i = 0; i < n; i++, from += l->bytes, to += 3) {
        to[0] = from[red];
        to[1] = from[green];
        to[2] = from[blue];
    }
}

static void grey_row(const uint8_t *from, const struct layout *l, size_t n, uint8_t *to)
{
    size_t red = l->swapped ? 2 : 0;
    for (size_t i = 0; i < n; i++, from += l->bytes)
        to[i] = (uint8_t)((299 * from[red] + 587 * from[1] + 114 * from[2 - red] + 500) / 1000);
}

const uint8_t *feri_view_row(const fer_view *v, size_t x, size_t y, size_t n, size_t c, uint8_t *scratch)
{
    struct layout l = {NULL, 1, 1, false};
    layout_of(v->format, &l);
    const uint8_t *from = v->planes[0] + y * v->strides[0] + x * l.bytes;
    if ((v->format == FER_GRAY8 && c == 1) || (v->format == FER_RGB8 && c == 3)) return from;
    if (is_yuv(v) && c == 1)
        for (size_t i = 0; i < n; i++) scratch[i] = feri_yuv_grey(from[i]);
    else if (is_yuv(v)) yuv_row(v, x, y, n, scratch);
    else if (c == 1) grey_row(from, &l, n, scratch);
    else colour_row(from, &l, n, scratch);
    return scratch;
}

fer_status feri_view_pixels(const fer_view *v, struct feri_rect r, size_t c, struct feri_pixels *out, fer_error *err)
{
    fer_status st = feri_pixels_new(r.w, r.h, c, out, err);
    if (st != FER_OK) return st;
    for (size_t y = 0; y < r.h; y++) {
        uint8_t *to = out->data + y * r.w * c;
        const uint8_t *row = feri_view_row(v, r.x, r.y + y, r.w, c, to);
        if (row != to) memcpy(to, row, r.w * c);
    }
    return FER_OK;
}
