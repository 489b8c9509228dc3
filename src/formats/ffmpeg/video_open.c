/* Opens and closes a video; the public calls other than reading. */
#include "base/error.h"
#include "base/mem.h"
#include "formats/ffmpeg/video.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIXELS_MAX ((size_t)1 << 26)

static fer_status check_options(const fer_video_options *o, fer_error *err)
{
    if (o->threads > 1024) return feri_fail(err, FER_ERR_ARGUMENT, "threads is %u, expected at most 1024", o->threads);
    if (!(o->start >= 0) || !(o->end >= 0) || isinf(o->start))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "start %g and end %g, expected seconds that are not negative: no frame is before 0", o->start,
                         o->end);
    if (o->end > 0 && o->end <= o->start)
        return feri_fail(err, FER_ERR_ARGUMENT, "end %g, expected more than start, %g", o->end, o->start);
    if (!(o->rate >= 0) || !(o->patience >= 0))
        return feri_fail(err, FER_ERR_ARGUMENT, "rate %g and patience %g, expected numbers that are not negative",
                         o->rate, o->patience);
    if (o->pixels != FER_VIDEO_RGB && o->pixels != FER_VIDEO_YUV)
        return feri_fail(err, FER_ERR_ARGUMENT, "pixels is %d, expected FER_VIDEO_RGB or FER_VIDEO_YUV",
                         (int)o->pixels);
    if (o->live && o->start > 0)
        return feri_fail(err, FER_ERR_ARGUMENT, "start %g, expected none of a live video", o->start);
    return FER_OK;
}

static fer_status open_all(fer_video *v, const char *path, fer_error *err)
{
    fer_status st = feri_av_find(&v->av, err);
    if (st != FER_OK) return st;
    v->path = feri_strdup(path);
    v->format = v->opt.format ? feri_strdup(v->opt.format) : NULL;
    v->packet = v->av.av_packet_alloc();
    v->next.frame = v->av.av_frame_alloc();
    v->shown = v->av.av_frame_alloc();
    if (!v->path || (v->opt.format && !v->format) || !v->packet || !v->next.frame || !v->shown)
        return feri_fail_memory(err, strlen(path));
    v->name = strcmp(path, "-") == 0 ? "standard input" : v->path;
    v->opt.format = NULL;
    feri_video_disconnect(v);
    st = feri_video_connect(v, err);
    if (st == FER_OK && v->opt.start > 0) st = feri_video_seek(v, err);
    if (st == FER_OK && v->opt.live) st = feri_video_live_start(v, err);
    return st;
}

static fer_status open_any(const char *path, fer_video *source, const fer_video_options *opt, fer_video **out,
                           fer_error *err)
{
    fer_video_options options = opt ? *opt : (fer_video_options){0};
    *out = NULL;
    fer_status st = check_options(&options, err);
    if (st != FER_OK) return st;
    fer_video *v = calloc(1, sizeof *v);
    if (!v) return feri_fail_memory(err, sizeof *v);
    if (source) *v = *source;
    v->opt = options;
    v->source.fd = -1;
    v->process = getpid();
    if (v->opt.pixels_max == 0) v->opt.pixels_max = PIXELS_MAX;
    if (v->opt.patience == 0) v->opt.patience = 10;
    atomic_init(&v->quit, false);
    st = open_all(v, path, err);
    if (st == FER_OK) *out = v;
    else fer_video_close(v);
    return st;
}

fer_status fer_video_open(const char *path, const fer_video_options *opt, fer_video **out, fer_error *err)
{
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_open: path and out must not be NULL");
    return open_any(path, NULL, opt, out, err);
}

fer_status feri_video_open_memory(const void *data, size_t size, const fer_video_options *opt, fer_video **out,
                                  fer_error *err)
{
    fer_video source = {.memory = data, .memory_size = size};
    return open_any("memory", &source, opt, out, err);
}

void fer_video_close(fer_video *v)
{
    if (!v) return;
    /* FFmpeg was found. It cannot end threads that do not exist in a child after fork(), so its memory is not freed
     * there. */
    if (v->packet && v->process == getpid()) {
        feri_video_live_stop(v);
        feri_video_disconnect(v);
        feri_frame_picture_free(&v->av, &v->picture);
        v->av.av_packet_free(&v->packet);
        v->av.av_frame_free(&v->next.frame);
        v->av.av_frame_free(&v->shown);
    }
    free(v->path);
    free(v->format);
    free(v);
}

fer_status fer_video_get_info(fer_video *v, fer_video_info *out, fer_error *err)
{
    if (!v || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_get_info: v and out must not be NULL");
    struct feri_video_counts counts = v->counts_shown;
    *out = v->info;
    out->dropped = v->dropped_shown;
    out->decoded = counts.decoded;
    out->damaged = counts.damaged;
    out->damaged_at = counts.damaged_at;
    if (!out->frames && counts.ended && !(v->opt.start > 0) && !(v->opt.end > 0)) out->frames = counts.decoded;
    return FER_OK;
}
