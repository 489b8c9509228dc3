#define _GNU_SOURCE /* memfd_create */
#include "base/open_file.h"

#include "base/error.h"
#include "base/input.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_MAX (1ULL << 31) /* bytes */

/* A pipe is copied into memory that behaves like a file. */
static fer_status copy_pipe(const char *path, int fd, int copy, fer_error *err)
{
    uint64_t size = 0;
    for (;;) {
        char data[65536];
        ssize_t n = read(fd, data, sizeof data);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) return feri_fail_errno(err, "%s: cannot be read", path);
        if (n == 0) return FER_OK;
        if ((size += (uint64_t)n) > PIPE_MAX)
            return feri_fail(err, FER_ERR_IO, "%s: more than %llu bytes from a pipe; use a file", path, PIPE_MAX);
        if (write(copy, data, (size_t)n) != n) return feri_fail_errno(err, "%s: cannot be kept in memory", path);
    }
}

/* Replace the pipe by the copy. */
static fer_status take_pipe(struct feri_open_file *f, const char *path, struct stat *s, fer_error *err)
{
    int copy = memfd_create("fer-pipe", MFD_CLOEXEC);
    if (copy < 0) return feri_fail_errno(err, "%s: cannot be kept in memory", path);
    fer_status st = copy_pipe(path, f->fd, copy, err);
    close(f->fd);
    f->fd = copy;
    return st != FER_OK || fstat(copy, s) == 0 ? st : feri_fail_errno(err, "%s: cannot be examined", path);
}

static fer_status examine(struct feri_open_file *f, const char *path, fer_error *err)
{
    struct stat s;
    fer_status st = FER_OK;
    if (fstat(f->fd, &s) != 0) return feri_fail_errno(err, "%s: cannot be examined", path);
    if (S_ISFIFO(s.st_mode) && (st = take_pipe(f, path, &s, err)) != FER_OK) return st;
    if (S_ISDIR(s.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: is a directory, expected a file", path);
    if (!S_ISREG(s.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: not a regular file", path);
    f->size = (uint64_t)s.st_size;
    f->seconds = (int64_t)s.st_mtim.tv_sec;
    f->nanoseconds = (int64_t)s.st_mtim.tv_nsec;
    f->path = feri_strdup(path);
    return f->path ? FER_OK : feri_fail_memory(err, strlen(path));
}

fer_status feri_open_file(const char *path, struct feri_open_file *out, fer_error *err)
{
    struct feri_open_file f = {.fd = -1};
    fer_status st = feri_input_open(path, &f.fd, err);
    if (st == FER_OK && (st = examine(&f, path, err)) != FER_OK) close(f.fd);
    *out = st == FER_OK ? f : (struct feri_open_file){0};
    return st;
}

static bool has_changed(const struct feri_open_file *f)
{
    struct stat s;
    return fstat(f->fd, &s) != 0 || (uint64_t)s.st_size != f->size || (int64_t)s.st_mtim.tv_sec != f->seconds ||
           (int64_t)s.st_mtim.tv_nsec != f->nanoseconds;
}

fer_status feri_open_file_read(const struct feri_open_file *f, uint64_t at, size_t size, void *out, fer_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(f->fd, (char *)out + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return feri_fail_errno(err, "cannot be read");
        if (n == 0) break;
        done += (size_t)n;
        if (done == size && !has_changed(f)) return FER_OK;
    }
    if (size == 0) return FER_OK;
    return feri_fail(err, FER_ERR_IO,
                     "the file was changed while it was read; write to a new file and rename that instead");
}

void feri_open_file_close(struct feri_open_file *f)
{
    if (f->path) close(f->fd);
    free(f->path);
    *f = (struct feri_open_file){0};
}
