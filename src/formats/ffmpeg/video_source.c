#define _POSIX_C_SOURCE 200809L /* ssize_t */
#include "formats/ffmpeg/video_source.h"

#include "base/error.h"
#include "base/input.h"
#include "formats/not_pictures.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER 65536
#define SLICE  50 /* milliseconds between two calls of the stop function */

static bool asked_to_stop(struct feri_video_source *s)
{
    if (s->stop && s->stop(s->user)) s->stopped = true;
    return s->stopped;
}

static void keep_head(struct feri_video_source *s, const uint8_t *data, size_t n)
{
    if (s->at != (int64_t)s->n_head) return;
    size_t room = sizeof s->head - s->n_head, take = n < room ? n : room;
    memcpy(s->head + s->n_head, data, take);
    s->n_head += take;
}

static ssize_t take_from_memory(struct feri_video_source *s, uint8_t *to, size_t n)
{
    size_t left = s->at < s->size ? (size_t)(s->size - s->at) : 0, take = n < left ? n : left;
    memcpy(to, s->data + s->at, take);
    return (ssize_t)take;
}

/* Returns -1 with errno like read(), or -2 if stopped. */
static ssize_t take(struct feri_video_source *s, uint8_t *to, size_t n)
{
    if (s->fd < 0) return take_from_memory(s, to, n);
    for (;;) {
        struct pollfd ready = {.fd = s->fd, .events = POLLIN};
        if (asked_to_stop(s)) return -2;
        int found = s->seekable ? 1 : poll(&ready, 1, SLICE);
        ssize_t got = found > 0 ? read(s->fd, to, n) : found;
        if (found != 0 && (got >= 0 || (errno != EINTR && errno != EAGAIN))) return got;
    }
}

static int read_bytes(void *user, uint8_t *to, int n)
{
    struct feri_video_source *s = user;
    ssize_t got = take(s, to, (size_t)n);
    if (got == -2) return AVERROR_EXIT;
    if (got < 0) {
        s->error = errno;
        return AVERROR(s->error);
    }
    keep_head(s, to, (size_t)got);
    s->at += got;
    if (got > 0) return (int)got;
    s->ended = true;
    if (s->size < 0) s->size = s->at;
    return AVERROR_EOF;
}

static int64_t seek_bytes(void *user, int64_t offset, int whence)
{
    struct feri_video_source *s = user;
    if (whence & AVSEEK_SIZE) return s->size >= 0 ? s->size : AVERROR(ENOSYS);
    whence &= ~AVSEEK_FORCE;
    int64_t to = whence == SEEK_SET ? offset : whence == SEEK_CUR ? s->at + offset : s->size + offset;
    if (to < 0) return AVERROR(EINVAL);
    if (s->fd >= 0 && lseek(s->fd, (off_t)to, SEEK_SET) < 0) return AVERROR(errno);
    return s->at = to;
}

static fer_status wrap(const struct feri_av *av, struct feri_video_source *s, fer_error *err)
{
    uint8_t *buffer = av->av_malloc(BUFFER);
    s->io =
        buffer ? av->avio_alloc_context(buffer, BUFFER, 0, s, read_bytes, NULL, s->seekable ? seek_bytes : NULL) : NULL;
    if (s->io) return FER_OK;
    av->av_free(buffer);
    feri_video_source_close(av, s);
    return feri_fail_memory(err, BUFFER);
}

static fer_status examine(const struct feri_video_source *s, const char *name, struct stat *file, fer_error *err)
{
    if (fstat(s->fd, file) != 0) return feri_fail_errno(err, "%s: cannot be examined", name);
    if (S_ISDIR(file->st_mode)) return feri_fail(err, FER_ERR_IO, "%s: is a directory, expected a video", name);
    if (S_ISREG(file->st_mode) && file->st_size == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: is empty, expected a video", name);
    return FER_OK;
}

fer_status feri_video_source_open(const struct feri_av *av, const char *path, struct feri_video_source *s,
                                  fer_error *err)
{
    struct stat file;
    bool standard = strcmp(path, "-") == 0;
    s->fd = STDIN_FILENO;
    fer_status st = standard ? FER_OK : feri_input_open(path, &s->fd, err);
    if (st != FER_OK) return feri_maybe_address(path, st, err);
    s->owned = !standard;
    st = examine(s, standard ? "standard input" : path, &file, err);
    if (st != FER_OK) {
        feri_video_source_close(av, s);
        return st;
    }
    off_t at = S_ISREG(file.st_mode) ? lseek(s->fd, 0, SEEK_CUR) : -1;
    /* a descriptor that was passed open and is not at its beginning is read like a pipe */
    s->seekable = at == 0;
    s->size = s->seekable ? (int64_t)file.st_size : -1;
    return wrap(av, s, err);
}

fer_status feri_video_source_memory(const struct feri_av *av, const void *data, size_t size,
                                    struct feri_video_source *s, fer_error *err)
{
    s->fd = -1;
    s->seekable = true;
    s->data = data;
    s->size = (int64_t)size;
    return wrap(av, s, err);
}

void feri_video_source_close(const struct feri_av *av, struct feri_video_source *s)
{
    if (s->io) {
        av->av_free(s->io->buffer);
        av->avio_context_free(&s->io);
    }
    if (s->owned) close(s->fd);
    s->owned = false;
    s->fd = -1;
}
