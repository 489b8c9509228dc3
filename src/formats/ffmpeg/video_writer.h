/* A video that is written: encoder, container, the sound of another file. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_WRITER_H
#define FERI_FORMATS_FFMPEG_VIDEO_WRITER_H

#include "base/file.h"
#include "fer/video.h"
#include "formats/ffmpeg/video_source.h"

#include <sys/types.h>

/* Packets of one sound stream on their way from file to file. */
struct feri_sound {
    const struct feri_av *av;
    struct feri_video_source source;
    AVFormatContext *demuxer, *muxer;
    AVStream *from, *to;
    AVPacket *packet;
    bool waiting; /* packet is read and not yet written */
    bool ended;
    double origin, first; /* seconds of the source that become 0; seconds in the new file before which there is none */
};

/** Adds a stream to the muxer, whose header is not yet written. Anything but FER_OK: there will be no sound, err says
 * why. */
fer_status feri_sound_open(const struct feri_av *av, const char *path, AVFormatContext *muxer, struct feri_sound *s,
                           fer_error *err);
/** Write what sounds before `until`, seconds in the new file. */
fer_status feri_sound_copy(struct feri_sound *s, double until, fer_error *err);
void feri_sound_close(struct feri_sound *s);

struct fer_video_writer {
    struct feri_av av;
    fer_video_writer_options opt; /* its strings are not kept */
    pid_t process;                /* that opened it */
    char *audio_from;
    struct feri_atomic_file file;
    int write_error; /* errno of the first write that failed */

    AVIOContext *io;
    AVFormatContext *muxer;
    AVStream *stream;
    AVCodecContext *encoder;
    AVPacket *packet;
    struct feri_sound sound;
    bool has_sound;

    AVFrame *frame;
    struct SwsContext *sws;
    fer_pixel_format from_format; /* what sws is set to */
    size_t from_w, from_h;

    double first, last, last_step; /* seconds in the file */
    int64_t last_pts;
    uint64_t frames;
    fer_status failed;
    fer_error why;
};

/** Whether the name tells a container that is written. */
fer_status feri_writer_check_name(const struct feri_atomic_file *file, fer_error *err);
/** Open container and encoder for a video of w x h. */
fer_status feri_writer_start(fer_video_writer *w, size_t width, size_t height, fer_error *err);
/** Let go of the container and what belongs to it. */
void feri_writer_drop_muxer(fer_video_writer *w);
/** Pixels of the view into w->frame. */
fer_status feri_writer_picture(fer_video_writer *w, const fer_view *view, fer_error *err);
/** The sentence for FFmpeg's code, or for the disk's where that is behind it. */
fer_status feri_writer_fail(const fer_video_writer *w, int code, const char *what, fer_error *err);
void feri_writer_note(const fer_video_writer *w, const char *line);

#endif
