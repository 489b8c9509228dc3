#define _DEFAULT_SOURCE /* madvise */
#include "base/file.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The system maps this much around a page that is read, and drops it with it; a smaller range is not worth a call. */
#define AROUND ((uintptr_t)65536)

static const uint8_t nothing[1];

static fer_status map_open_file(const char *path, int fd, struct feri_bytes *out, fer_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return feri_fail_errno(err, "%s: cannot be examined", path);
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
    int fd = open(path, O_RDONLY | O_CLOEXEC);
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

fer_status feri_atomic_open(const char *path, struct feri_atomic_file *out, fer_error *err)
{
    *out = (struct feri_atomic_file){0};
    size_t n = strlen(path);
    struct stat there;
    /* A rename would put a file in the place of a device, a pipe or a directory. */
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return feri_fail(err, FER_ERR_IO,
                         "%s: exists and is not a regular file; results are written to a file of their own", path);
    struct feri_atomic_file file = {.path = feri_strdup(path), .tmp = malloc(n + sizeof ".tmp")};
    if (!file.path || !file.tmp) {
        feri_atomic_abort(&file);
        return feri_fail_memory(err, n);
    }
    memcpy(file.tmp, path, n);
    memcpy(file.tmp + n, ".tmp", sizeof ".tmp");
    file.f = fopen(file.tmp, "wb");
    if (!file.f) {
        fer_status st = feri_fail_errno(err, "%s: cannot be created", file.tmp);
        free(file.path);
        free(file.tmp);
        return st;
    }
    *out = file;
    return FER_OK;
}

fer_status feri_atomic_write(struct feri_atomic_file *file, const void *data, size_t size, fer_error *err)
{
    if (size && fwrite(data, 1, size, file->f) != size) return feri_fail_errno(err, "%s: cannot be written", file->tmp);
    return FER_OK;
}

fer_status feri_atomic_commit(struct feri_atomic_file *file, fer_error *err)
{
    fer_status st = FER_OK;
    if (ferror(file->f) || fflush(file->f) != 0 || fsync(fileno(file->f)) != 0)
        st = feri_fail_errno(err, "%s: cannot be written", file->tmp);
    if (fclose(file->f) != 0 && st == FER_OK) st = feri_fail_errno(err, "%s: cannot be written", file->tmp);
    file->f = NULL;
    if (st == FER_OK && rename(file->tmp, file->path) != 0)
        st = feri_fail_errno(err, "%s: cannot be renamed to %s", file->tmp, file->path);
    if (st != FER_OK) {
        feri_atomic_abort(file);
        return st;
    }
    free(file->path);
    free(file->tmp);
    *file = (struct feri_atomic_file){0};
    return FER_OK;
}

void feri_atomic_abort(struct feri_atomic_file *file)
{
    if (file->f) fclose(file->f);
    if (file->tmp) unlink(file->tmp);
    free(file->path);
    free(file->tmp);
    *file = (struct feri_atomic_file){0};
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
