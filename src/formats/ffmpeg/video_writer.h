/* A video being written: encoder, container, and sound from another file. */
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
    bool waiting; /* packet has been read but not written */
    bool ended;
    /* time in the source that becomes 0; time in the new file before which there is no sound */
    double zero; /* seconds that the reader takes for 0 */
    double origin, first;
};

/** Add a stream to the muxer, whose header is not written yet. Any result but FER_OK means no sound; err has the
 * reason. */
fer_status feri_sound_open(const struct feri_av *av, const char *path, AVFormatContext *muxer, struct feri_sound *s,
                           fer_error *err);
/** Write the sound before `until`, in seconds of the new file. */
fer_status feri_sound_copy(struct feri_sound *s, double until, fer_error *err);
void feri_sound_close(struct feri_sound *s);

struct fer_video_writer {
    struct feri_av av;
    fer_video_writer_options opt; /* its strings are not kept */
    pid_t process;                /* the process that opened it */
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
    fer_pixel_format from_format; /* the current settings of sws */
    size_t from_w, from_h;

    double first, last, last_step; /* seconds in the file */
    int64_t last_pts;
    uint64_t frames;
    fer_status failed;
    fer_error why;
};

/** Whether the name has the ending of a supported container. */
fer_status feri_writer_check_name(const struct feri_atomic_file *file, fer_error *err);
/** Open container and encoder for a video of w x h. */
fer_status feri_writer_start(fer_video_writer *w, size_t width, size_t height, fer_error *err);
/** Free the container and everything that belongs to it. */
void feri_writer_drop_muxer(fer_video_writer *w);
/** Convert the view's pixels into w->frame. */
fer_status feri_writer_picture(fer_video_writer *w, const fer_view *view, fer_error *err);
/** Report FFmpeg's error code, or the disk error that caused it. */
fer_status feri_writer_fail(const fer_video_writer *w, int code, const char *what, fer_error *err);
void feri_writer_note(const fer_video_writer *w, const char *line);

#endif
