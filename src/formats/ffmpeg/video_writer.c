/* Writes frames with their times into a file. */
#include "formats/ffmpeg/video_writer.h"

#include "base/error.h"
#include "base/mem.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- pixels ---- */

static enum AVPixelFormat format_of(fer_pixel_format format)
{
    switch (format) {
    case FER_GRAY8: return AV_PIX_FMT_GRAY8;
    case FER_RGB8: return AV_PIX_FMT_RGB24;
    case FER_BGR8: return AV_PIX_FMT_BGR24;
    case FER_RGBA8: return AV_PIX_FMT_RGB0;
    case FER_BGRA8: return AV_PIX_FMT_BGR0;
    case FER_NV12: return AV_PIX_FMT_NV12;
    case FER_I420: return AV_PIX_FMT_YUV420P;
    }
    return AV_PIX_FMT_NONE;
}

struct area {
    size_t x, y, w, h;
};

static size_t even(size_t n)
{
    return n & ~(size_t)1;
}

/* The place of a picture of w x h (even) in the frame: all of it, or its centre with the picture's aspect ratio. */
static struct area area_of(const AVFrame *f, size_t w, size_t h)
{
    size_t fw = (size_t)f->width, fh = (size_t)f->height;
    struct area a = {0, 0, fw, fh};
    if (w * fh > fw * h) a.h = even((h * fw + w / 2) / w);
    else if (w * fh < fw * h) a.w = even((w * fh + h / 2) / h);
    if (a.w == 0) a.w = 2;
    if (a.h == 0) a.h = 2;
    a.x = even((fw - a.w) / 2);
    a.y = even((fh - a.h) / 2);
    return a;
}

static void blacken(AVFrame *f)
{
    for (int y = 0; y < f->height; y++) memset(f->data[0] + y * f->linesize[0], 16, (size_t)f->width);
    for (int plane = 1; plane < 3; plane++)
        for (int y = 0; y < f->height / 2; y++)
            memset(f->data[plane] + y * f->linesize[plane], 128, (size_t)f->width / 2);
}

static fer_status set_scaler(fer_video_writer *w, const fer_view *view, size_t width, size_t height, struct area a,
                             fer_error *err)
{
    if (w->sws && view->format == w->from_format && width == w->from_w && height == w->from_h) return FER_OK;
    const int *matrix =
        w->av.sws_getCoefficients(w->encoder->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    bool yuv = view->format == FER_NV12 || view->format == FER_I420;
    w->sws = w->av.sws_getCachedContext(w->sws, (int)width, (int)height, format_of(view->format), (int)a.w, (int)a.h,
                                        AV_PIX_FMT_YUV420P, SWS_BILINEAR | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!w->sws)
        return feri_fail(err, FER_ERR_MEMORY, "%s: a frame of %zu x %zu cannot be scaled", w->file.path, width, height);
    w->av.sws_setColorspaceDetails(w->sws, matrix, !yuv, matrix, 0, 0, 1 << 16, 1 << 16);
    w->from_format = view->format;
    w->from_w = width;
    w->from_h = height;
    return FER_OK;
}

fer_status feri_writer_picture(fer_video_writer *w, const fer_view *view, fer_error *err)
{
    size_t width = even(view->width), height = even(view->height);
    AVFrame *f = w->frame;
    struct area a = area_of(f, width, height);
    fer_status st = set_scaler(w, view, width, height, a, err);
    if (st != FER_OK) return st;
    if (w->av.av_frame_make_writable(f) < 0) return feri_fail_memory(err, a.w * a.h);
    if (a.w < (size_t)f->width || a.h < (size_t)f->height) blacken(f);
    const uint8_t *from[4] = {view->planes[0], view->planes[1], view->planes[2], NULL};
    int strides[4] = {(int)view->strides[0], (int)view->strides[1], (int)view->strides[2], 0};
    ptrdiff_t x = (ptrdiff_t)a.x, y = (ptrdiff_t)a.y;
    uint8_t *to[4] = {f->data[0] + y * f->linesize[0] + x, f->data[1] + y / 2 * f->linesize[1] + x / 2,
                      f->data[2] + y / 2 * f->linesize[2] + x / 2, NULL};
    w->av.sws_scale(w->sws, from, strides, 0, (int)height, to, f->linesize);
    return FER_OK;
}

/* ---- frames ---- */

/* Write what the encoder has finished to the file. */
static fer_status write_packets(fer_video_writer *w, fer_error *err)
{
    for (;;) {
        int code = w->av.avcodec_receive_packet(w->encoder, w->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return FER_OK;
        if (code < 0) return feri_writer_fail(w, code, "its video cannot be encoded", err);
        w->av.av_packet_rescale_ts(w->packet, w->encoder->time_base, w->stream->time_base);
        w->packet->stream_index = w->stream->index;
        code = w->av.av_interleaved_write_frame(w->muxer, w->packet);
        if (code < 0 || w->write_error) return feri_writer_fail(w, code, "its video cannot be written", err);
    }
}

static fer_status encode(fer_video_writer *w, AVFrame *frame, fer_error *err)
{
    int code = w->av.avcodec_send_frame(w->encoder, frame);
    return code < 0 ? feri_writer_fail(w, code, "its video cannot be encoded", err) : write_packets(w, err);
}

/* If sound fails, it ends, and the video continues without it. */
static fer_status copy_sound(fer_video_writer *w, double until, fer_error *err)
{
    fer_error why = {0};
    if (!w->has_sound || feri_sound_copy(&w->sound, until, &why) == FER_OK) return FER_OK;
    if (w->write_error) return feri_writer_fail(w, 0, "", err);
    w->sound.ended = true;
    feri_writer_note(w, why.text);
    return FER_OK;
}

static fer_status check_view(const fer_view *v, fer_error *err)
{
    size_t area, planes = v->format == FER_I420 ? 3 : v->format == FER_NV12 ? 2 : 1;
    if (format_of(v->format) == AV_PIX_FMT_NONE)
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a pixel format", (int)v->format);
    if (v->width < 2 || v->height < 2 || !feri_size_mul(v->width, v->height, &area) || area > (size_t)1 << 28)
        return feri_fail(err, FER_ERR_ARGUMENT, "a frame of %zu x %zu pixels, expected 2 x 2 to 2^28 in all", v->width,
                         v->height);
    for (size_t i = 0; i < planes; i++)
        if (!v->planes[i] || v->strides[i] > INT_MAX)
            return feri_fail(err, FER_ERR_ARGUMENT, "plane %zu of a frame is missing", i);
    return FER_OK;
}

static fer_status add(fer_video_writer *w, const fer_view *view, double at, fer_error *err)
{
    if (w->frames == 0) {
        w->first = at;
        fer_status st = feri_writer_start(w, even(w->opt.width ? w->opt.width : view->width),
                                          even(w->opt.height ? w->opt.height : view->height), err);
        if (st != FER_OK) return st;
    }
    double ticks = at / av_q2d(w->encoder->time_base);
    if (ticks > 1e15) return feri_fail(err, FER_ERR_ARGUMENT, "%s: a frame at %g s", w->file.path, at);
    int64_t pts = llround(ticks);
    if (w->frames && pts <= w->last_pts) pts = w->last_pts + 1;
    fer_status st = feri_writer_picture(w, view, err);
    if (st != FER_OK) return st;
    w->frame->pts = pts;
    w->last_step = w->frames ? at - w->last : 1 / w->opt.rate;
    w->last = at;
    w->last_pts = pts;
    w->frames++;
    st = encode(w, w->frame, err);
    return st == FER_OK ? copy_sound(w, at, err) : st;
}

/* A child after fork() has neither the encoder's threads nor its own file. */
static fer_status refuse_child(const fer_video_writer *w, fer_error *err)
{
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "%s: opened before fork(), so the child cannot write it: open another in the child", w->file.path);
}

fer_status fer_video_writer_add(fer_video_writer *w, const fer_view *view, double seconds, fer_error *err)
{
    if (!w || !view) return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_writer_add: w and view must not be NULL");
    if (w->process != getpid()) return refuse_child(w, err);
    if (w->failed != FER_OK) return feri_fail(err, w->failed, "%s", w->why.text);
    double at = seconds - w->opt.origin;
    fer_status st = check_view(view, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", w->file.path);
    if (!(at >= 0) || (w->frames && !(at > w->last)))
        return feri_fail(err, FER_ERR_ARGUMENT, "%s: a frame at %.6f s, expected one after %.6f s", w->file.path,
                         seconds, w->frames ? w->last + w->opt.origin : w->opt.origin);
    w->failed = add(w, view, at, &w->why);
    return w->failed == FER_OK ? FER_OK : feri_fail(err, w->failed, "%s", w->why.text);
}

static fer_status finish(fer_video_writer *w, fer_error *err)
{
    if (w->frames == 0) return feri_fail(err, FER_ERR_ARGUMENT, "%s: a video without a frame", w->file.path);
    fer_status st = encode(w, NULL, err);
    if (st == FER_OK) st = copy_sound(w, w->last + w->last_step, err);
    if (st != FER_OK) return st;
    int code = w->av.av_write_trailer(w->muxer);
    w->av.avio_flush(w->io);
    if (code >= 0) code = w->io->error;
    if (code < 0 || w->write_error) return feri_writer_fail(w, code, "its end cannot be written", err);
    return feri_atomic_commit(&w->file, err);
}

fer_status fer_video_writer_finish(fer_video_writer *w, fer_error *err)
{
    if (!w) return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_writer_finish: w must not be NULL");
    if (w->process != getpid()) return refuse_child(w, err);
    if (w->failed == FER_OK) {
        w->failed = finish(w, &w->why);
        if (w->failed == FER_OK) {
            w->failed = FER_ERR_ARGUMENT; /* for any later call */
            feri_fail(&w->why, FER_ERR_ARGUMENT, "the video is finished already");
            return FER_OK;
        }
    }
    return feri_fail(err, w->failed, "%s", w->why.text);
}

/* ---- begin and end ---- */

static fer_status check_options(fer_video_writer_options *o, fer_error *err)
{
    if (o->rate == 0) o->rate = 30;
    if (o->quality == 0) o->quality = 20;
    if (o->tick_num == 0 && o->tick_den == 0) o->tick_num = 1, o->tick_den = 90000;
    if (!(o->rate > 0 && o->rate <= 10000))
        return feri_fail(err, FER_ERR_ARGUMENT, "rate is %g, expected up to 10000 frames a second", o->rate);
    if (o->quality > 51) return feri_fail(err, FER_ERR_ARGUMENT, "quality is %u, expected 1 to 51", o->quality);
    if (o->tick_num == 0 || o->tick_den == 0 || o->tick_num > INT_MAX || o->tick_den > INT_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "a tick of %u / %u s", o->tick_num, o->tick_den);
    if (!isfinite(o->origin)) return feri_fail(err, FER_ERR_ARGUMENT, "origin is %g, expected seconds", o->origin);
    if (o->width == 1 || o->height == 1 || o->width > 65535 || o->height > 65535)
        return feri_fail(err, FER_ERR_ARGUMENT, "a video of %zu x %zu pixels, expected 2 to 65535", o->width,
                         o->height);
    if (o->threads > 1024) return feri_fail(err, FER_ERR_ARGUMENT, "threads is %u, expected at most 1024", o->threads);
    return FER_OK;
}

static fer_status prepare(fer_video_writer *w, const char *path, fer_error *err)
{
    fer_status st = feri_av_find(&w->av, err);
    if (st != FER_OK) return st;
    if (w->opt.audio_from) {
        w->audio_from = feri_strdup(w->opt.audio_from);
        if (!w->audio_from) return feri_fail_memory(err, strlen(w->opt.audio_from));
        w->opt.audio_from = NULL;
    }
    st = feri_atomic_open(path, &w->file, err);
    return st == FER_OK ? feri_writer_check_name(&w->file, err) : st;
}

fer_status fer_video_writer_new(const char *path, const fer_video_writer_options *opt, fer_video_writer **out,
                                fer_error *err)
{
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_writer_new: path and out must not be NULL");
    *out = NULL;
    fer_video_writer_options options = opt ? *opt : (fer_video_writer_options){0};
    fer_status st = check_options(&options, err);
    if (st != FER_OK) return st;
    fer_video_writer *w = calloc(1, sizeof *w);
    if (!w) return feri_fail_memory(err, sizeof *w);
    w->opt = options;
    w->process = getpid();
    st = prepare(w, path, err);
    if (st == FER_OK) *out = w;
    else fer_video_writer_free(w);
    return st;
}

void fer_video_writer_free(fer_video_writer *w)
{
    /* the parent owns the threads and the file, so they must not be closed */
    if (!w || w->process != getpid()) return;
    feri_writer_drop_muxer(w);
    if (w->encoder) w->av.avcodec_free_context(&w->encoder);
    if (w->frame) w->av.av_frame_free(&w->frame);
    if (w->packet) w->av.av_packet_free(&w->packet);
    if (w->sws) w->av.sws_freeContext(w->sws);
    feri_atomic_abort(&w->file);
    free(w->audio_from);
    free(w);
}
