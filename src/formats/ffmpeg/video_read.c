/* Delivers frames to the caller. */
#include "base/error.h"
#include "formats/ffmpeg/video.h"

#include <unistd.h>

/* The next frame; of a live video the newest. */
static fer_status take(fer_video *v, struct feri_decoded *out, bool *more, fer_error *err)
{
    if (v->live) return feri_video_live_take(v, out, more, err);
    fer_status st = feri_video_advance(v, more, err);
    v->counts_shown = v->counts;
    *out = v->next;
    return st;
}

static fer_status show(fer_video *v, const struct feri_decoded *d, fer_video_frame *out, fer_error *err)
{
    fer_view view;
    fer_status st = feri_frame_picture_view(&v->av, &v->picture, d->frame, v->turn, v->opt.pixels, &view, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", v->name);
    *out = (fer_video_frame){.view = view,
                             .index = d->index,
                             .seconds = d->seconds,
                             .resized = v->shown_w && (view.width != v->shown_w || view.height != v->shown_h),
                             .bt709 = feri_frame_is_709(d->frame),
                             .full_range = feri_frame_is_full(d->frame),
                             .damaged = feri_frame_is_damaged(d->frame)};
    v->shown_w = view.width;
    v->shown_h = view.height;
    return FER_OK;
}

fer_status fer_video_read(fer_video *v, fer_video_frame *frame, bool *more, fer_error *err)
{
    struct feri_decoded d;
    if (!v || !frame || !more)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_video_read: v, frame and more must not be NULL");
    *more = false;
    if (v->process != getpid())
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "%s: opened before fork(), so the child cannot read it: open it in the child", v->name);
    if (v->at_end) return v->ended == FER_OK ? FER_OK : feri_fail(err, v->ended, "%s", v->why.text);
    fer_status st = take(v, &d, more, &v->why);
    if (st == FER_OK && *more) st = show(v, &d, frame, &v->why);
    if (st == FER_OK && *more) return FER_OK;
    *more = false;
    v->at_end = true;
    v->ended = st;
    return st == FER_OK ? FER_OK : feri_fail(err, st, "%s", v->why.text);
}
