/* The bytes of a video: a file, a pipe, memory. Reads wait in slices, so that a stop request ends them. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_SOURCE_H
#define FERI_FORMATS_FFMPEG_VIDEO_SOURCE_H

#include "formats/ffmpeg/video_av.h"

#include <stdbool.h>

#define FERI_VIDEO_HEAD 256

struct feri_video_source {
    int fd; /* -1: memory */
    bool owned, seekable, ended;
    const uint8_t *data;           /* memory */
    int64_t at, size;              /* size -1: unknown, for a pipe until its end has been read */
    uint8_t head[FERI_VIDEO_HEAD]; /* the first bytes */
    size_t n_head;
    int error; /* errno of a read that failed */
    bool stopped;
    bool (*stop)(void *user);
    void *user;
    AVIOContext *io;
};

/** "-" is standard input. The caller sets stop and user before the first read. */
fer_status feri_video_source_open(const struct feri_av *av, const char *path, struct feri_video_source *s,
                                  fer_error *err);
fer_status feri_video_source_memory(const struct feri_av *av, const void *data, size_t size,
                                    struct feri_video_source *s, fer_error *err);
void feri_video_source_close(const struct feri_av *av, struct feri_video_source *s);

#endif
