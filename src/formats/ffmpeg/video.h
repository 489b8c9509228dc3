/* A video being read: demuxer, decoder, and the state so far. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_H
#define FERI_FORMATS_FFMPEG_VIDEO_H

#include "fer/video.h"
#include "formats/ffmpeg/video_picture.h"
#include "formats/ffmpeg/video_source.h"

#include <stdatomic.h>
#include <sys/types.h>

struct feri_video_live;

struct feri_video_counts {
    uint64_t decoded, damaged;
    double damaged_at; /* NaN: no time */
    bool ended;        /* the last frame has been decoded */
};

/* A decoded frame and its data. */
struct feri_decoded {
    AVFrame *frame;
    double seconds;
    uint64_t index;
};

struct fer_video {
    struct feri_av av;
    fer_video_options opt; /* its strings are not kept */
    char *path, *format;
    const char *name;   /* for messages: the path, or "standard input" */
    const void *memory; /* used instead of a file */
    size_t memory_size;
    bool device;
    pid_t process; /* the process that opened it, in which the threads of FFmpeg and of `live` run */

    struct feri_video_source source;
    AVFormatContext *demuxer;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    struct feri_video_turn turn;
    double tick, zero; /* seconds = timestamp * tick - zero; no frame is before 0 */
    double rate;
    bool variable, has_audio;
    fer_video_info info; /* properties that do not change */

    struct feri_decoded next; /* of the thread that decodes */
    bool have_next;           /* decoded while searching for the start, not delivered yet */
    uint64_t base;            /* index of the first frame that the decoder gave */
    bool jumped;              /* base has yet to be taken from the first frame */
    int64_t jump_dts;         /* decoding time of the first packet after the jump */
    bool keyed;               /* a key frame came: later failures are damage */
    bool drained;
    int read_error;     /* the FFmpeg error that ended the reading */
    int64_t packet_end; /* where the last packet of the stream ended in the file; -1: unknown */
    double last_seconds, last_duration;
    struct feri_video_counts counts;

    /* Of the caller's thread. */
    AVFrame *shown; /* live: what the view may point into */
    struct feri_video_counts counts_shown;
    uint64_t dropped_shown;
    struct feri_frame_picture picture;
    size_t shown_w, shown_h;
    fer_status ended; /* FER_OK: still running, or a normal end */
    bool at_end;
    fer_error why;

    struct feri_video_live *live;
    atomic_bool quit; /* request to end the live thread */
};

/* The reader of video_open.c over bytes in memory. The bytes must outlive it. */
fer_status feri_video_open_memory(const void *data, size_t size, const fer_video_options *opt, fer_video **out,
                                  fer_error *err);

/* Whether it is an MP4 that came through a pipe: without its index in front nothing of it can be read. */
bool feri_video_is_piped_mp4(const fer_video *v);
fer_status feri_video_fail_piped(const fer_video *v, fer_error *err);

/* Connect demuxer and decoder at the beginning of the file; also after a failed seek. */
fer_status feri_video_connect(fer_video *v, fer_error *err);
void feri_video_disconnect(fer_video *v);
/* The stop function for everything below: true on the caller's request, or at the end of the live thread. */
bool feri_video_stopped(void *video);

/* Whether the decoder concealed errors in a part of the frame. */
static inline bool feri_frame_is_damaged(const AVFrame *f)
{
    return f->decode_error_flags || (f->flags & AV_FRAME_FLAG_CORRUPT);
}

/* Seek to where frames from opt.start on can be decoded. */
fer_status feri_video_seek(fer_video *v, fer_error *err);

/* Decode the next frame into v->next, whatever its time. *more is false at the end, which may be an error. */
fer_status feri_video_decode(fer_video *v, bool *more, fer_error *err);
/* The same for frames from opt.start to opt.end; v->have_next is then false. */
fer_status feri_video_advance(fer_video *v, bool *more, fer_error *err);

/* Whether the file ends earlier than its container says. Called after everything has been read. */
bool feri_video_is_cut_off(const fer_video *v);

/* A thread that decodes continuously and keeps the newest frame. */
fer_status feri_video_live_start(fer_video *v, fer_error *err);
void feri_video_live_stop(fer_video *v);
fer_status feri_video_live_take(fer_video *v, struct feri_decoded *out, bool *more, fer_error *err);

#endif
