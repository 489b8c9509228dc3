#define _GNU_SOURCE /* madvise, memfd_create */
#include "base/file.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The system maps this much around a page that is read, and drops it with it; a smaller range is not worth a call. */
#define AROUND ((uintptr_t)65536)

#define PIPE_MS  10000        /* for the first byte of a pipe */
#define PIPE_MAX (1ULL << 31) /* bytes */

static const uint8_t nothing[1];

/* A pipe is copied into memory that behaves like a file: feri_file_release() may drop pages of it. Who opens a pipe
 * that nobody writes into would wait for ever. */
static fer_status copy_pipe(const char *path, int fd, int copy, fer_error *err)
{
    static const int patience[] = {PIPE_MS, -1};
    uint64_t size = 0;
    for (;;) {
        char data[65536];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, patience[size > 0]) == 0)
            return feri_fail(err, FER_ERR_IO, "%s: a pipe into which nothing was written for %d s", path,
                             PIPE_MS / 1000);
        ssize_t n = read(fd, data, sizeof data);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) return feri_fail_errno(err, "%s: cannot be read", path);
        if (n == 0) return FER_OK;
        if ((size += (uint64_t)n) > PIPE_MAX)
            return feri_fail(err, FER_ERR_IO, "%s: more than %llu bytes from a pipe; use a file", path, PIPE_MAX);
        if (write(copy, data, (size_t)n) != n) return feri_fail_errno(err, "%s: cannot be kept in memory", path);
    }
}

static fer_status map_open_file(const char *path, int fd, struct feri_bytes *out, fer_error *err);

static fer_status map_pipe(const char *path, int fd, struct feri_bytes *out, fer_error *err)
{
    int copy = memfd_create("fer-pipe", MFD_CLOEXEC);
    if (copy < 0) return feri_fail_errno(err, "%s: cannot be kept in memory", path);
    fer_status st = copy_pipe(path, fd, copy, err);
    if (st == FER_OK) st = map_open_file(path, copy, out, err);
    close(copy);
    return st;
}

static fer_status map_open_file(const char *path, int fd, struct feri_bytes *out, fer_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return feri_fail_errno(err, "%s: cannot be examined", path);
    if (S_ISFIFO(st.st_mode)) return map_pipe(path, fd, out, err);
    if (!S_ISREG(st.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: not a regular file", path);
    *out = (struct feri_bytes){nothing, 0};
    if (st.st_size == 0) return FER_OK;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) return feri_fail_errno(err, "%s: cannot be mapped", path);
    *out = (struct feri_bytes){p, (size_t)st.st_size};
    return FER_OK;
}

fer_status feri_file_map(const char *path, struct feri_bytes *out, fer_error *err)
{
    *out = (struct feri_bytes){NULL, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is opened at once, files are as ever */
    if (fd < 0) return feri_fail_errno(err, "%s: cannot be opened", path);
    fer_status st = map_open_file(path, fd, out, err);
    close(fd);
    return st;
}

void feri_file_unmap(struct feri_bytes *bytes)
{
    if (bytes->data && bytes->data != nothing) munmap((void *)(uintptr_t)bytes->data, bytes->size);
    *bytes = (struct feri_bytes){NULL, 0};
}

void feri_file_release(const struct feri_bytes *map, const uint8_t *at, size_t n)
{
    if (n < AROUND) return;
    uintptr_t first = (uintptr_t)at & ~(AROUND - 1), last = ((uintptr_t)at + n + AROUND - 1) & ~(AROUND - 1);
    uintptr_t begin = (uintptr_t)map->data, end = begin + map->size;
    if (first < begin) first = begin;
    if (last > end) last = end;
    madvise((void *)first, last - first, MADV_DONTNEED);
}

fer_status feri_stream_read(FILE *f, size_t limit, uint8_t **data_out, size_t *size_out, fer_error *err)
{
    uint8_t *data = NULL;
    size_t cap = 0, size = 0;
    *data_out = NULL;
    *size_out = 0;
    for (;;) {
        if (!feri_grow(&data, &cap, size + 65536, 1)) {
            free(data);
            return feri_fail_memory(err, size + 65536);
        }
        size_t got = fread(data + size, 1, cap - size, f);
        size += got;
        if (size > limit) {
            free(data);
            return feri_fail(err, FER_ERR_FORMAT, "stream: more than %zu bytes", limit);
        }
        if (got == 0) break;
    }
    if (ferror(f)) {
        free(data);
        return feri_fail_errno(err, "stream: cannot be read");
    }
    *data_out = data;
    *size_out = size;
    return FER_OK;
}

static bool make_dir(const char *path)
{
    return mkdir(path, 0777) == 0 || (errno == EEXIST && feri_is_dir(path));
}

fer_status feri_make_dirs(const char *path, fer_error *err)
{
    char *copy = feri_strdup(path);
    if (!copy) return feri_fail_memory(err, strlen(path));
    fer_status st = FER_OK;
    for (char *p = copy + 1; st == FER_OK && *copy; p++) {
        if (*p != '/' && *p != '\0') continue;
        char c = *p;
        *p = '\0';
        if (!make_dir(copy)) st = feri_fail_errno(err, "%s: directory cannot be made", copy);
        *p = c;
        if (!c) break;
    }
    free(copy);
    return st;
}

bool feri_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
