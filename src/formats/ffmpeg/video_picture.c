#include "formats/ffmpeg/video_picture.h"

#include "base/error.h"
#include "base/mem.h"

/* ---- turns ---- */

static int sign_of(int32_t v)
{
    return v > 0x8000 ? 1 : v < -0x8000 ? -1 : 0; /* above one half, in 16.16 */
}

struct feri_video_turn feri_turn_of(const int32_t *m)
{
    const struct feri_video_turn none = {1, 0, 0, 1};
    if (!m) return none;
    struct feri_video_turn t = {sign_of(m[0]), sign_of(m[1]), sign_of(m[3]), sign_of(m[4])};
    bool straight = t.xx && t.yy && !t.xy && !t.yx, across = !t.xx && !t.yy && t.xy && t.yx;
    return straight || across ? t : none;
}

bool feri_turn_is_none(struct feri_video_turn t)
{
    return t.xx == 1 && t.yy == 1;
}

bool feri_turn_swaps_sides(struct feri_video_turn t)
{
    return t.xx == 0;
}

int feri_turn_degrees(struct feri_video_turn t)
{
    if (t.xx) return t.yy > 0 ? 0 : 180;
    return t.xy > 0 ? 90 : 270;
}

struct rgb {
    uint8_t *data;
    size_t w, h, stride;
};

/* In squares that stay in the first-level cache, in whichever direction the source is read. The inverse of a turn is
 * its transpose. */
static void turn_pixels(const struct rgb *from, struct feri_video_turn t, const struct rgb *to)
{
    enum { SQUARE = 32 };
    ptrdiff_t stride = (ptrdiff_t)from->stride, right = 3 * t.xx + stride * t.yx, down = 3 * t.xy + stride * t.yy;
    const uint8_t *corner = from->data;
    if (t.xx + t.xy < 0) corner += 3 * (from->w - 1);
    if (t.yx + t.yy < 0) corner += from->stride * (from->h - 1);
    for (size_t y0 = 0; y0 < to->h; y0 += SQUARE)
        for (size_t x0 = 0; x0 < to->w; x0 += SQUARE)
            for (size_t y = y0; y < to->h && y < y0 + SQUARE; y++) {
                const uint8_t *s = corner + (ptrdiff_t)y * down + (ptrdiff_t)x0 * right;
                uint8_t *d = to->data + y * to->stride + 3 * x0;
                for (size_t x = x0; x < to->w && x < x0 + SQUARE; x++, s += right, d += 3) {
                    d[0] = s[0];
                    d[1] = s[1];
                    d[2] = s[2];
                }
            }
}

/* ---- colours ---- */

bool feri_frame_is_709(const AVFrame *f)
{
    if (f->colorspace == AVCOL_SPC_BT709) return true;
    return f->colorspace == AVCOL_SPC_UNSPECIFIED && (f->width >= 1280 || f->height >= 720);
}

static int matrix_of(const AVFrame *f)
{
    switch (f->colorspace) {
    case AVCOL_SPC_FCC: return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020;
    default: return feri_frame_is_709(f) ? SWS_CS_ITU709 : SWS_CS_ITU601;
    }
}

/* swscale expects the plain format and a separate range instead of the formats with "full range" in their name. */
static enum AVPixelFormat plain_format(const AVFrame *f)
{
    switch (f->format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return (enum AVPixelFormat)f->format;
    }
}

bool feri_frame_is_full(const AVFrame *f)
{
    return f->color_range == AVCOL_RANGE_JPEG || (int)plain_format(f) != f->format;
}

static fer_status prepare(const struct feri_av *av, struct feri_frame_picture *p, const AVFrame *f, fer_error *err)
{
    int w = f->width, h = f->height, format = plain_format(f), matrix = matrix_of(f), full = feri_frame_is_full(f);
    if (p->sws && w == p->w && h == p->h && format == p->format && matrix == p->matrix && full == p->full)
        return FER_OK;
    p->sws = av->sws_getCachedContext(p->sws, w, h, (enum AVPixelFormat)format, w, h, AV_PIX_FMT_RGB24, SWS_BILINEAR,
                                      NULL, NULL, NULL);
    if (!p->sws) {
        const char *name = av->av_get_pix_fmt_name((enum AVPixelFormat)f->format);
        return feri_fail(err, FER_ERR_UNSUPPORTED, "pixels of the format '%s' cannot be converted to RGB",
                         name ? name : "unknown");
    }
    av->sws_setColorspaceDetails(p->sws, av->sws_getCoefficients(matrix), full, av->sws_getCoefficients(matrix), 1, 0,
                                 1 << 16, 1 << 16);
    p->w = w, p->h = h, p->format = format, p->matrix = matrix, p->full = full;
    return FER_OK;
}

/* ---- frames ---- */

/* swscale's vector code writes slightly beyond the end of a row. */
static fer_status room(uint8_t **block, size_t *have, size_t w, size_t h, struct rgb *out, fer_error *err)
{
    size_t stride = (3 * w + 2 * FERI_ALIGN - 1) / FERI_ALIGN * FERI_ALIGN, size;
    if (!feri_size_mul(stride, h, &size)) return feri_fail_memory(err, SIZE_MAX);
    if (size > *have) {
        feri_free(*block);
        *have = 0;
        *block = feri_alloc_whole(size);
        if (!*block) return feri_fail_memory(err, size);
        *have = size;
    }
    *out = (struct rgb){*block, w, h, stride};
    return FER_OK;
}

static fer_view rgb_view(const struct rgb *px)
{
    return (fer_view){
        .format = FER_RGB8, .width = px->w, .height = px->h, .planes = {px->data}, .strides = {px->stride}};
}

static bool yuv_view(const AVFrame *f, fer_view *view)
{
    enum AVPixelFormat format = plain_format(f);
    size_t n = format == AV_PIX_FMT_YUV420P ? 3 : format == AV_PIX_FMT_NV12 ? 2 : 0;
    *view = (fer_view){.format = n == 3 ? FER_I420 : FER_NV12, .width = (size_t)f->width, .height = (size_t)f->height};
    for (size_t i = 0; i < n; i++) {
        if (f->linesize[i] <= 0) return false; /* bottom row first */
        view->planes[i] = f->data[i];
        view->strides[i] = (size_t)f->linesize[i];
    }
    return n > 0;
}

fer_status feri_frame_picture_view(const struct feri_av *av, struct feri_frame_picture *p, const AVFrame *frame,
                                   struct feri_video_turn turn, fer_video_pixels pixels, fer_view *view, fer_error *err)
{
    struct rgb px = {0}, upright = {0};
    size_t w = (size_t)frame->width, h = (size_t)frame->height;
    bool swap = feri_turn_swaps_sides(turn);
    if (pixels == FER_VIDEO_YUV && feri_turn_is_none(turn) && yuv_view(frame, view)) return FER_OK;
    fer_status st = prepare(av, p, frame, err);
    if (st == FER_OK) st = room(&p->rgb, &p->rgb_size, w, h, &px, err);
    if (st != FER_OK) return st;
    av->sws_scale(p->sws, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height,
                  (uint8_t *[]){px.data, NULL, NULL, NULL}, (int[]){(int)px.stride, 0, 0, 0});
    *view = rgb_view(&px);
    if (feri_turn_is_none(turn)) return FER_OK;
    st = room(&p->turned, &p->turned_size, swap ? h : w, swap ? w : h, &upright, err);
    if (st != FER_OK) return st;
    turn_pixels(&px, turn, &upright);
    *view = rgb_view(&upright);
    return FER_OK;
}

void feri_frame_picture_free(const struct feri_av *av, struct feri_frame_picture *p)
{
    if (p->sws) av->sws_freeContext(p->sws);
    feri_free(p->rgb);
    feri_free(p->turned);
    *p = (struct feri_frame_picture){0};
}
