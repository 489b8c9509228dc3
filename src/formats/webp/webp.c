/* WebP by libwebp; of an animation the first frame, on a canvas that nothing was drawn on. */
#include "base/error.h"
#include "formats/library.h"
#include "formats/picture_codec.h"
#include "formats/riff.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

#define LIBWEBP(f) f(WebPGetFeaturesInternal) f(WebPDecodeRGBInto) f(WebPDecodeRGBAInto)

struct libwebp {
#define FIELD(name) __typeof__(name) *name;
    LIBWEBP(FIELD)
#undef FIELD
};

static fer_status find(struct libwebp *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBWEBP(NAME)};
#undef NAME
    static const struct feri_library library = {FER_LIBWEBP, FER_LIBWEBP_PACKAGE, "reads WebP pictures"};
    return feri_library_find(&library, names, sizeof names / sizeof *names, out, err);
}

fer_status feri_webp_ready(fer_error *err)
{
    struct libwebp unused;
    return find(&unused, err);
}

/* A coded picture and where on the canvas it belongs. */
struct frame {
    const uint8_t *data;
    size_t size, x, y, w, h;
    bool alpha;
};

static fer_status look(const struct libwebp *l, struct frame *f, fer_error *err)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = l->WebPGetFeaturesInternal(f->data, f->size, &features, WEBP_DECODER_ABI_VERSION);
    if (code != VP8_STATUS_OK)
        return feri_fail(err, FER_ERR_FORMAT, "the file is %s",
                         code == VP8_STATUS_NOT_ENOUGH_DATA ? "cut off" : "corrupt");
    f->w = (size_t)features.width;
    f->h = (size_t)features.height;
    f->alpha = features.has_alpha;
    return FER_OK;
}

static fer_status decode_frame(const struct libwebp *l, const struct frame *f, struct feri_pixels *px, fer_error *err)
{
    fer_status st = feri_pixels_new(f->w, f->h, f->alpha ? 4 : 3, px, err);
    if (st != FER_OK) return st;
    size_t stride = f->w * px->c, size = stride * f->h;
    if (stride > INT32_MAX) return feri_fail(err, FER_ERR_FORMAT, "its rows are too long");
    uint8_t *done = f->alpha ? l->WebPDecodeRGBAInto(f->data, f->size, px->data, size, (int)stride)
                             : l->WebPDecodeRGBInto(f->data, f->size, px->data, size, (int)stride);
    return done ? FER_OK : feri_fail(err, FER_ERR_FORMAT, "the file is cut off or corrupt");
}

/* ---- animations ---- */

static fer_status find_first_frame(const struct feri_picture_file *p, struct frame *f, fer_error *err)
{
    enum { HEADER = 16 };
    size_t length, at = feri_riff_chunk(p, "ANMF", &length);
    if (at == 0 || length <= HEADER)
        return feri_fail(err, FER_ERR_FORMAT, "the file is cut off before its first frame");
    f->x = 2 * feri_riff_get(p, at, 3);
    f->y = 2 * feri_riff_get(p, at + 3, 3);
    f->data = p->data + at + HEADER;
    f->size = length - HEADER;
    return FER_OK;
}

/* Black where nothing is drawn, with alpha or without. */
static fer_status lay_on_canvas(const struct frame *f, size_t w, size_t h, struct feri_pixels *px, fer_error *err)
{
    struct feri_pixels canvas;
    if (f->w == w && f->h == h) return FER_OK;
    fer_status st = feri_pixels_new(w, h, px->c, &canvas, err);
    if (st != FER_OK) return st;
    memset(canvas.data, 0, w * h * px->c);
    for (size_t y = 0; y < f->h; y++)
        memcpy(canvas.data + ((f->y + y) * w + f->x) * px->c, px->data + y * f->w * px->c, f->w * px->c);
    feri_pixels_free(px);
    *px = canvas;
    return FER_OK;
}

static fer_status decode_animation(const struct libwebp *l, const struct feri_picture_file *p, size_t header,
                                   struct feri_picture *out, fer_error *err)
{
    size_t w = feri_riff_get(p, header + 4, 3) + 1, h = feri_riff_get(p, header + 7, 3) + 1;
    struct frame f = {0};
    fer_status st = feri_picture_check_size(p, w, h, err);
    if (st == FER_OK) st = find_first_frame(p, &f, err);
    if (st == FER_OK) st = look(l, &f, err);
    if (st != FER_OK) return st;
    if (f.x + f.w > w || f.y + f.h > h)
        return feri_fail(err, FER_ERR_FORMAT, "its first frame reaches beyond the picture");
    st = decode_frame(l, &f, &out->px, err);
    if (st == FER_OK) st = lay_on_canvas(&f, w, h, &out->px, err);
    if (st == FER_OK) feri_picture_note(out, FERI_ANIMATED);
    return st;
}

/* ---- the whole ---- */

static fer_status decode(const struct libwebp *l, const struct feri_picture_file *p, struct feri_picture *out,
                         fer_error *err)
{
    const size_t animated = 2;
    struct frame f = {.data = p->data, .size = p->size};
    size_t length, header = feri_riff_chunk(p, "VP8X", &length);
    if (feri_riff_get(p, 4, 4) > p->size - 8) return feri_fail(err, FER_ERR_FORMAT, "the file is cut off");
    if (header && length >= 10 && feri_riff_get(p, header, 1) & animated)
        return decode_animation(l, p, header, out, err);
    fer_status st = look(l, &f, err);
    if (st == FER_OK) st = feri_picture_check_size(p, f.w, f.h, err);
    return st == FER_OK ? decode_frame(l, &f, &out->px, err) : st;
}

fer_status feri_webp_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    struct libwebp l;
    fer_status st = find(&l, err);
    if (st == FER_OK) st = decode(&l, p, out, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", p->kind_name);
    size_t size, at = feri_riff_chunk(p, "ICCP", &size);
    if (at) feri_picture_set_icc(out, p->data + at, size);
    out->orientation = feri_riff_orientation(p);
    return FER_OK;
}
