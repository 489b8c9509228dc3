/* FFmpeg's own converter (libswscale) rounds differently for each instruction set. This short code over its sample
 * reader always gives the same bits. */
#include "formats/ffmpeg/frame.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>

struct reading {
    const struct feri_ffmpeg *av;
    const AVFrame *frame;
    const AVPixFmtDescriptor *kind;
    size_t w, h;
    uint16_t *line[2]; /* w samples each */
};

static bool has(const struct reading *r, uint64_t flag)
{
    return (r->kind->flags & flag) != 0;
}

/* Read n samples of a row of component c, in the stored depth. */
static void read_line(const struct reading *r, size_t y, int c, size_t n, uint16_t *line)
{
    const AVFrame *f = r->frame;
    r->av->av_read_image_line2(line, (const uint8_t **)(uintptr_t)f->data, f->linesize, r->kind, 0, (int)y, c, (int)n,
                               0, sizeof *line);
}

/* Round v from the component's depth to 8 bits. */
static uint8_t eight_bits(const struct reading *r, int c, uint32_t v)
{
    uint32_t most = ((uint32_t)1 << r->kind->comp[c].depth) - 1;
    uint32_t eight = (v * 255 + most / 2) / most;
    return (uint8_t)(r->frame->format == AV_PIX_FMT_MONOWHITE ? 255 - eight : eight);
}

/* ---- components ---- */

static void read_plain(const struct reading *r, int c, struct feri_pixels *out)
{
    for (size_t y = 0; y < r->h; y++) {
        read_line(r, y, c, r->w, r->line[0]);
        for (size_t x = 0; x < r->w; x++)
            out->data[(y * r->w + x) * out->c + (size_t)c] = eight_bits(r, c, r->line[0][x]);
    }
}

/* Position of sample i of the full grid among n samples that are 2^shift times as coarse: (a (unit - part) + b part) /
 * unit. */
struct between {
    size_t a, b;
    uint32_t part, unit;
};

static struct between locate(size_t i, int shift, size_t n)
{
    size_t unit = (size_t)2 << shift, twice = 2 * i + 1, half = unit / 2;
    struct between at = {.unit = (uint32_t)unit};
    if (twice < half) return at;
    at.a = (twice - half) / unit;
    at.b = at.a + 1 < n ? at.a + 1 : n - 1;
    at.part = (uint32_t)((twice - half) % unit);
    return at;
}

static void read_chroma(const struct reading *r, int c, struct feri_pixels *out)
{
    int sx = r->kind->log2_chroma_w, sy = r->kind->log2_chroma_h;
    size_t w = (r->w + ((size_t)1 << sx) - 1) >> sx, h = (r->h + ((size_t)1 << sy) - 1) >> sy;
    for (size_t y = 0; y < r->h; y++) {
        struct between v = locate(y, sy, h);
        read_line(r, v.a, c, w, r->line[0]);
        read_line(r, v.b, c, w, r->line[1]);
        for (size_t x = 0; x < r->w; x++) {
            struct between u = locate(x, sx, w);
            uint32_t above = r->line[0][u.a] * (u.unit - u.part) + r->line[0][u.b] * u.part;
            uint32_t below = r->line[1][u.a] * (u.unit - u.part) + r->line[1][u.b] * u.part;
            uint32_t whole = u.unit * v.unit, sum = above * (v.unit - v.part) + below * v.part;
            out->data[(y * r->w + x) * 3 + (size_t)c] = eight_bits(r, c, (sum + whole / 2) / whole);
        }
    }
}

/* ---- colours ---- */

static uint8_t clip(int32_t v) /* 16 fractional bits */
{
    v = v < 0 ? 0 : (v + (1 << 15)) >> 16;
    return (uint8_t)(v > 255 ? 255 : v);
}

/* BT.601, of the full range (R = Y + 1.402 V) or that of video (R = (Y - 16) 255 / 219 + 1.402 V 255 / 224), times
 * 2^16. */
static void rgb_from_yuv(const struct reading *r, struct feri_pixels *px)
{
    enum { Y, RV, GU, GV, BU };
    static const int32_t full[] = {65536, 91881, 22554, 46802, 116130}, video[] = {76309, 104597, 25675, 53279, 132201};
    /* yuvj420p and similar formats */
    bool is_full = r->frame->color_range == AVCOL_RANGE_JPEG || r->kind->name[3] == 'j';
    const int32_t *k = is_full ? full : video;
    for (uint8_t *p = px->data, *end = p + px->w * px->h * 3; p < end; p += 3) {
        int32_t y = (p[0] - (is_full ? 0 : 16)) * k[Y], u = p[1] - 128, v = p[2] - 128;
        p[0] = clip(y + k[RV] * v);
        p[1] = clip(y - k[GU] * u - k[GV] * v);
        p[2] = clip(y + k[BU] * u);
    }
}

static uint8_t over_black(uint32_t v, uint32_t alpha)
{
    return (uint8_t)((v * alpha + 127) / 255);
}

static void compose(const struct reading *r, struct feri_pixels *px)
{
    int c = r->kind->nb_components - 1;
    for (size_t y = 0; y < r->h; y++) {
        read_line(r, y, c, r->w, r->line[0]);
        for (size_t x = 0; x < r->w; x++) {
            uint8_t alpha = eight_bits(r, c, r->line[0][x]), *p = px->data + (y * r->w + x) * px->c;
            for (size_t ch = 0; ch < px->c; ch++) p[ch] = over_black(p[ch], alpha);
        }
    }
}

/* The palette holds 0xAARRGGBB in the machine's byte order. */
static void read_palette(const struct reading *r, struct feri_pixels *px)
{
    const uint32_t *palette = (const uint32_t *)(const void *)r->frame->data[1];
    for (size_t y = 0; y < r->h; y++) {
        read_line(r, y, 0, r->w, r->line[0]);
        for (size_t x = 0; x < r->w; x++) {
            uint32_t argb = palette[r->line[0][x]];
            uint8_t *p = px->data + (y * r->w + x) * 3;
            for (uint32_t ch = 0; ch < 3; ch++) p[ch] = over_black(argb >> (16 - 8 * ch) & 0xFF, argb >> 24);
        }
    }
}

/* ---- the whole ---- */

static void read_all(const struct reading *r, struct feri_pixels *px)
{
    bool rgb = has(r, AV_PIX_FMT_FLAG_RGB);
    if (has(r, AV_PIX_FMT_FLAG_PAL)) {
        read_palette(r, px);
        return;
    }
    for (int c = 0; c < (int)px->c; c++) rgb || c == 0 ? read_plain(r, c, px) : read_chroma(r, c, px);
    if (px->c == 3 && !rgb) rgb_from_yuv(r, px);
    if (has(r, AV_PIX_FMT_FLAG_ALPHA)) compose(r, px);
}

fer_status feri_frame_pixels(const struct feri_ffmpeg *av, const AVFrame *frame, struct feri_pixels *out,
                             fer_error *err)
{
    struct reading r = {.av = av, .frame = frame, .kind = av->av_pix_fmt_desc_get(frame->format)};
    *out = (struct feri_pixels){0};
    if (!r.kind || frame->width <= 0 || frame->height <= 0) return feri_fail(err, FER_ERR_FORMAT, "no pixels");
    r.w = (size_t)frame->width;
    r.h = (size_t)frame->height;
    if (has(&r, AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_HWACCEL) || r.kind->comp[0].depth > 16)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "its pixels are '%s', expected integers of up to 16 bits",
                         r.kind->name);
    bool grey = r.kind->nb_components <= 2 && !has(&r, AV_PIX_FMT_FLAG_PAL);
    fer_status st = feri_pixels_new(r.w, r.h, grey ? 1 : 3, out, err);
    if (st != FER_OK) return st;
    r.line[0] = malloc(2 * r.w * sizeof *r.line[0]);
    r.line[1] = r.line[0] ? r.line[0] + r.w : NULL;
    if (r.line[0]) read_all(&r, out);
    else st = feri_fail_memory(err, 2 * r.w * sizeof *r.line[0]);
    free(r.line[0]);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
