/* From packets to frames with times and numbers; counts what was lost. */
#define _POSIX_C_SOURCE 200809L /* nanosleep() */
#include "base/clock.h"
#include "base/error.h"
#include "formats/ffmpeg/video.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define MOMENT 1e-6 /* seconds in messages are rounded to this */

/* ---- packets ---- */

/* A file that begins in the middle of a stream cannot be decoded before its first key frame. This is not counted as
 * loss. */
static void count_damage(fer_video *v)
{
    if (!v->keyed) return;
    if (v->counts.damaged++ == 0) v->counts.damaged_at = v->last_seconds;
}

/* A device without a frame so far. */
static int wait_a_little(fer_video *v, double since)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    if (feri_video_stopped(v)) return AVERROR_EXIT;
    return feri_now() - since > v->opt.patience ? AVERROR(ETIMEDOUT) : 0;
}

static int read_packet(fer_video *v)
{
    double since = v->device ? feri_now() : 0;
    for (;;) {
        int code = v->av.av_read_frame(v->demuxer, v->packet);
        if (v->source.stopped) code = AVERROR_EXIT;
        if (code == AVERROR(EAGAIN)) {
            code = wait_a_little(v, since);
            if (code < 0) return code;
            continue;
        }
        if (code < 0 || (v->packet->stream_index == v->stream->index && v->packet->size > 0)) return code;
        v->av.av_packet_unref(v->packet);
    }
}

static void note_packet(fer_video *v)
{
    const AVPacket *p = v->packet;
    if (v->jumped && v->jump_dts == AV_NOPTS_VALUE) v->jump_dts = p->dts;
    if (p->flags & AV_PKT_FLAG_KEY) v->keyed = true;
    v->packet_end = p->pos < 0 ? -1 : p->pos + p->size;
}

/* Pass one packet, or the end, to the decoder. Returns 0, or FFmpeg's code if there is nothing more. */
static int feed(fer_video *v)
{
    if (v->drained) return AVERROR_EOF;
    int code = read_packet(v);
    if (code == AVERROR_EXIT || code == AVERROR(ENOMEM)) return code;
    if (code < 0) {
        v->drained = true;
        v->read_error = code == AVERROR_EOF ? 0 : code;
        v->av.avcodec_send_packet(v->decoder, NULL);
        return 0;
    }
    note_packet(v);
    code = v->av.avcodec_send_packet(v->decoder, v->packet);
    v->av.av_packet_unref(v->packet);
    if (code < 0 && code != AVERROR(ENOMEM)) count_damage(v);
    return code == AVERROR(ENOMEM) ? code : 0;
}

static int pull(fer_video *v)
{
    enum { PATIENCE = 1024 }; /* errors of a decoder that is being drained */
    for (int errors = 0; errors < PATIENCE;) {
        int code = v->av.avcodec_receive_frame(v->decoder, v->next.frame);
        if (code == AVERROR(EAGAIN)) {
            code = feed(v);
            if (code < 0) return code;
        } else if (code >= 0 || code == AVERROR_EOF || code == AVERROR(ENOMEM)) {
            return code;
        } else {
            count_damage(v);
            errors += v->drained;
        }
    }
    return AVERROR_EOF;
}

/* ---- times and numbers ---- */

static bool is_stamped(const AVFrame *f)
{
    return f->pts != AV_NOPTS_VALUE || f->best_effort_timestamp != AV_NOPTS_VALUE;
}

static double duration_of(const fer_video *v, const AVFrame *f)
{
#if LIBAVUTIL_VERSION_INT < AV_VERSION_INT(57, 30, 100)
    int64_t ticks = f->pkt_duration;
#else
    int64_t ticks = f->duration;
#endif
    if (ticks > 0) return (double)ticks * v->tick;
    return v->rate > 0 ? 1 / v->rate : 0.04;
}

static uint64_t index_behind_jump(const fer_video *v)
{
    double n = (v->next.seconds - v->info.first) * v->rate;
    int entries = v->av.avformat_index_get_entries_count(v->stream);
    if (v->variable && entries > 0 && (uint64_t)entries == v->info.frames && v->jump_dts != AV_NOPTS_VALUE) {
        int k = v->av.av_index_search_timestamp(v->stream, v->jump_dts, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_ANY);
        if (k >= 0) return (uint64_t)k;
    }
    return n > 0 && n < 1e15 ? (uint64_t)llround(n) : 0;
}

static void stamp(fer_video *v)
{
    const AVFrame *f = v->next.frame;
    int64_t ticks = f->pts != AV_NOPTS_VALUE ? f->pts : f->best_effort_timestamp;
    if (is_stamped(f)) v->next.seconds = (double)ticks * v->tick - v->zero;
    else v->next.seconds = v->counts.decoded ? v->last_seconds + v->last_duration : v->info.first;
    v->last_seconds = v->next.seconds;
    v->last_duration = duration_of(v, f);
    if (v->jumped) v->base = index_behind_jump(v) - v->counts.decoded;
    v->jumped = false;
    v->next.index = v->base + v->counts.decoded++;
    if (feri_frame_is_damaged(f)) count_damage(v);
}

/* ---- the end ---- */

static fer_status fail_read(const fer_video *v, fer_error *err)
{
    char text[FERI_AV_TEXT];
    const char *why = feri_av_text(&v->av, v->read_error, text);
    if (v->read_error == AVERROR(ETIMEDOUT))
        return feri_fail(err, FER_ERR_IO, "%s: no frame for %g s after %.3f s", v->name, v->opt.patience,
                         v->last_seconds);
    if (v->device) return feri_fail(err, FER_ERR_IO, "%s: ended after %.3f s: %s", v->name, v->last_seconds, why);
    return feri_fail(err, FER_ERR_FORMAT, "%s: truncated or damaged after %.3f s, the rest cannot be read: %s", v->name,
                     v->last_seconds, why);
}

static fer_status fail_cut(const fer_video *v, fer_error *err)
{
    if (v->counts.decoded == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: the file is cut off before its first frame", v->name);
    if (isnan(v->info.duration))
        return feri_fail(err, FER_ERR_FORMAT, "%s: the file is cut off after %.3f s", v->name, v->last_seconds);
    return feri_fail(err, FER_ERR_FORMAT, "%s: the file is cut off after %.3f s of %.3f s", v->name, v->last_seconds,
                     v->info.duration);
}

static fer_status ending(const fer_video *v, bool all, fer_error *err)
{
    if (v->source.error)
        return feri_fail(err, FER_ERR_IO, "%s: cannot be read after %.3f s: %s", v->name, v->last_seconds,
                         strerror(v->source.error));
    if (v->counts.decoded == 0 && feri_video_is_piped_mp4(v)) return feri_video_fail_piped(v, err);
    if (v->read_error) return fail_read(v, err);
    if (all && feri_video_is_cut_off(v)) return fail_cut(v, err);
    if (v->counts.decoded == 0 && !(v->opt.start > 0))
        return feri_fail(err, FER_ERR_FORMAT, "%s: none of its frames can be decoded", v->name);
    if (v->counts.damaged == 0) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT,
                     "%s: damaged: %llu frames or packets could not be decoded whole, the first near %.3f s", v->name,
                     (unsigned long long)v->counts.damaged, v->counts.damaged_at);
}

fer_status feri_video_decode(fer_video *v, bool *more, fer_error *err)
{
    *more = false;
    int code = feri_video_stopped(v) ? AVERROR_EXIT : pull(v);
    if (code == AVERROR_EXIT)
        return feri_fail(err, FER_ERR_STOPPED, "%s: stopped after %.3f s", v->name, v->last_seconds);
    if (code == AVERROR(ENOMEM))
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory after %.3f s", v->name, v->last_seconds);
    if (code < 0) {
        v->counts.ended = true;
        return ending(v, true, err);
    }
    stamp(v);
    *more = true;
    return FER_OK;
}

/* ---- a part of the video ---- */

fer_status feri_video_advance(fer_video *v, bool *more, fer_error *err)
{
    for (;;) {
        fer_status st = v->have_next ? FER_OK : feri_video_decode(v, more, err);
        if (v->have_next) *more = true;
        v->have_next = false;
        if (st != FER_OK || !*more) return st;
        if (v->opt.end > 0 && v->next.seconds >= v->opt.end - MOMENT) {
            *more = false;
            return ending(v, false, err);
        }
        if (!(v->opt.start > 0) || v->next.seconds >= v->opt.start - MOMENT) return FER_OK;
        v->counts.damaged = 0; /* before the start, missing frames do not matter */
        v->counts.damaged_at = NAN;
    }
}

/* The first frame that the decoder gives from there. */
static fer_status try_from(fer_video *v, double seconds, bool *found, fer_error *err)
{
    bool more;
    *found = false;
    if (v->av.av_seek_frame(v->demuxer, v->stream->index, (int64_t)((seconds + v->zero) / v->tick),
                            AVSEEK_FLAG_BACKWARD) < 0)
        return FER_OK;
    v->av.avcodec_flush_buffers(v->decoder);
    v->drained = v->keyed = false;
    v->read_error = 0;
    v->jumped = true;
    v->jump_dts = AV_NOPTS_VALUE;
    v->counts = (struct feri_video_counts){.damaged_at = NAN};
    fer_status st = feri_video_decode(v, &more, err);
    if (st == FER_ERR_STOPPED || st == FER_ERR_MEMORY) return st;
    *found = st == FER_OK && more && is_stamped(v->next.frame) && v->next.seconds <= v->opt.start + MOMENT;
    return FER_OK;
}

/* Containers seek by decoding times, and some only estimate. Seek further back until a frame comes that is not after
 * the start. */
fer_status feri_video_seek(fer_video *v, fer_error *err)
{
    static const double back[] = {0.5, 5, 60};
    bool tried = false;
    if (v->device || !v->source.seekable || (v->demuxer->iformat->flags & AVFMT_NOTIMESTAMPS)) return FER_OK;
    for (size_t i = 0; i < sizeof back / sizeof *back && v->opt.start - back[i] > v->info.first; i++) {
        fer_error unimportant = {0};
        fer_status st = try_from(v, v->opt.start - back[i], &v->have_next, &unimportant);
        tried = true;
        if (st != FER_OK) return feri_fail(err, st, "%s", unimportant.text);
        if (v->have_next) return FER_OK;
    }
    if (!tried) return FER_OK;
    feri_video_disconnect(v);
    return feri_video_connect(v, err);
}
