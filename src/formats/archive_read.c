/* Reads entries: by pread() where the bytes are uncompressed and in one piece, otherwise by libarchive. Reads do not
 * change the archive and need no lock. */
#define _XOPEN_SOURCE 700
#include "base/error.h"
#include "formats/archive_decoder.h"
#include "formats/archive_kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SPARSE_MAX \
    (64u << 20) /* bytes; a few bytes of a tar can describe a file of any size, for which memory would be allocated */
#define COPY_SIZE 65536u

/* Of a zip whose tars are deflated: */
#define UNPACKED_TIMES 4ULL
#define UNPACKED_SPARE (1ULL << 30)

struct span {
    uint64_t offset;
    size_t size;
};

static fer_status read_plain(int fd, uint64_t at, uint8_t *out, size_t size, fer_error *err)
{
    ssize_t n = feri_read_at(fd, out, size, at);
    if (n < 0) return feri_fail_errno(err, "cannot be read");
    if ((size_t)n == size) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT,
                     "cannot be read: it has only %zu of %zu bytes; the file has changed since it was opened",
                     (size_t)n, size);
}

/* ---- entries of a directory ---- */

/* Messages name the file. */
static fer_status open_file(const struct feri_archive *a, const struct feri_entry *e, int *fd, uint64_t *size,
                            fer_error *err)
{
    char path[8192];
    struct stat s;
    snprintf(path, sizeof path, "%s/%s", a->path, feri_entry_name(a, e));
    *fd = open(path,
               /* do not wait if the file was replaced, for example by a pipe */
               O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return feri_fail_errno(err, "%s: cannot be opened", path);
    if (fstat(*fd, &s) == 0 && S_ISREG(s.st_mode)) {
        *size = (uint64_t)s.st_size;
        return FER_OK;
    }
    close(*fd);
    return feri_fail(err, FER_ERR_IO, "%s: not a regular file", path);
}

/* Read as many bytes as it has now. */
static fer_status read_file(const struct feri_archive *a, const struct feri_entry *e, uint8_t **data, size_t *size,
                            fer_error *err)
{
    int fd;
    uint64_t now;
    fer_status st = open_file(a, e, &fd, &now, err);
    if (st != FER_OK) return st;
    *size = (size_t)now;
    *data = malloc(*size + 1);
    if (!*data) st = feri_fail_memory(err, *size);
    else if ((st = read_plain(fd, 0, *data, *size, err)) != FER_OK) feri_entry_fail_in(a, e, err, st);
    close(fd);
    return st;
}

static fer_status read_file_part(const struct feri_archive *a, const struct feri_entry *e, struct span span,
                                 uint8_t *out, fer_error *err)
{
    int fd;
    uint64_t now;
    fer_status st = open_file(a, e, &fd, &now, err);
    if (st != FER_OK) return st;
    st = read_plain(fd, span.offset, out, span.size, err);
    close(fd);
    return st == FER_OK ? FER_OK : feri_entry_fail_in(a, e, err, st);
}

/* ---- entries of a tar or zip ---- */

static fer_status decode(const struct feri_archive *a, const struct feri_entry *e, struct span span, uint8_t *out,
                         fer_error *err)
{
    struct feri_decoder d;
    fer_status st = feri_decoder_open_entry(&d, a, e, err);
    if (st != FER_OK) return st;
    st = feri_decoder_skip(&d, span.offset, err);
    if (st == FER_OK) st = feri_decoder_read(&d, out, span.size, err);
    if (st == FER_OK && span.offset + span.size == e->size) st = feri_decoder_finish(&d, err);
    feri_decoder_close(&d);
    return st;
}

static fer_status read_stored(const struct feri_archive *a, const struct feri_entry *e, struct span span, uint8_t *out,
                              fer_error *err)
{
    uint64_t at;
    uint32_t crc;
    fer_status st = feri_zip_stored(a, e, &at, &crc, err);
    if (st == FER_OK) st = read_plain(a->containers[e->container].fd, at + span.offset, out, span.size, err);
    if (st == FER_OK && span.size == e->size && crc32_z(0, out, span.size) != crc)
        st = feri_fail(err, FER_ERR_FORMAT, "damaged: its checksum is wrong");
    return st;
}

static fer_status unreadable(const struct feri_entry *e, fer_error *err)
{
    switch (e->kind) {
    case FERI_ENTRY_LINK: return feri_fail(err, FER_ERR_FORMAT, "a hard link to a file that is not in the archive");
    case FERI_ENTRY_ENCRYPTED:
        return feri_fail(err, FER_ERR_UNSUPPORTED, "encrypted; expected a zip without a password");
    case FERI_ENTRY_METHOD:
        return feri_fail(err, FER_ERR_UNSUPPORTED, "compressed by another method; expected stored or deflated");
    default: return feri_fail(err, FER_ERR_FORMAT, "damaged: its sizes or position contradict the zip's directory");
    }
}

/* Messages do not name the entry. */
static fer_status read_span(const struct feri_archive *a, const struct feri_entry *e, struct span span, uint8_t *out,
                            fer_error *err)
{
    switch (e->kind) {
    case FERI_ENTRY_PLAIN:
        return read_plain(a->containers[e->container].fd, e->offset + span.offset, out, span.size, err);
    case FERI_ENTRY_STORED: return read_stored(a, e, span, out, err);
    case FERI_ENTRY_TAR:
    case FERI_ENTRY_DEFLATED: return decode(a, e, span, out, err);
    default: return unreadable(e, err);
    }
}

static fer_status check_size(const struct feri_archive *a, const struct feri_entry *e, fer_error *err)
{
    const struct feri_container *c = &a->containers[e->container];
    if (e->kind > FERI_ENTRY_DEFLATED || e->kind == FERI_ENTRY_LINK) return unreadable(e, err);
    if (e->kind == FERI_ENTRY_TAR && e->size > SPARSE_MAX && e->size > c->end - c->begin)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "a sparse file of %llu bytes; expected at most %u, or as many as the archive has",
                         (unsigned long long)e->size, SPARSE_MAX);
    return e->size < SIZE_MAX ? FER_OK : feri_fail_memory(err, SIZE_MAX);
}

fer_status feri_archive_read(const struct feri_archive *a, size_t i, uint8_t **data_out, size_t *size_out,
                             fer_error *err)
{
    const struct feri_entry *e = &a->entries[i];
    *data_out = NULL;
    *size_out = 0;
    if (e->kind == FERI_ENTRY_FILE) {
        fer_status st = read_file(a, e, data_out, size_out, err);
        if (st == FER_OK) return FER_OK;
        free(*data_out);
        *data_out = NULL;
        *size_out = 0;
        return st;
    }
    fer_status st = check_size(a, e, err);
    uint8_t *data = st == FER_OK ? malloc((size_t)e->size + 1) : NULL;
    if (st == FER_OK && !data) st = feri_fail_memory(err, (size_t)e->size);
    if (st == FER_OK) st = read_span(a, e, (struct span){0, (size_t)e->size}, data, err);
    if (st != FER_OK) {
        free(data);
        return feri_entry_fail_in(a, e, err, st);
    }
    *data_out = data;
    *size_out = (size_t)e->size;
    return FER_OK;
}

fer_status feri_archive_read_part(const struct feri_archive *a, size_t i, size_t offset, size_t size, uint8_t *out,
                                  fer_error *err)
{
    const struct feri_entry *e = &a->entries[i];
    struct span span = {offset, size};
    if (offset > e->size || size > e->size - offset) {
        fer_status st =
            feri_fail(err, FER_ERR_ARGUMENT, "%zu bytes at %zu were requested; expected a part of its %llu bytes", size,
                      offset, (unsigned long long)e->size);
        return feri_entry_fail_in(a, e, err, st);
    }
    if (e->kind == FERI_ENTRY_FILE) return read_file_part(a, e, span, out, err);
    fer_status st = read_span(a, e, span, out, err);
    return st == FER_OK ? FER_OK : feri_entry_fail_in(a, e, err, st);
}

/* ---- tars inside ---- */

/* Create a file that disappears when it is closed. *dir receives its directory, for messages. */
static int open_unlinked(const char **dir)
{
    char path[4096];
    const char *tmp = getenv("TMPDIR");
    *dir = tmp && *tmp ? tmp : "/tmp";
    int n = snprintf(path, sizeof path, "%s/fer-XXXXXX", *dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkstemp(path);
    if (fd < 0) return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    unlink(path);
    return fd;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static fer_status unpack_to(struct feri_decoder *d, uint64_t size, int fd, const char *dir, fer_error *err)
{
    uint8_t *buffer = malloc(COPY_SIZE);
    fer_status st = buffer ? FER_OK : feri_fail_memory(err, COPY_SIZE);
    for (uint64_t left = size; st == FER_OK && left;) {
        size_t step = left < COPY_SIZE ? (size_t)left : COPY_SIZE;
        st = feri_decoder_read(d, buffer, step, err);
        if (st == FER_OK && !write_all(fd, buffer, step))
            st = feri_fail_errno(
                err, "cannot be unpacked into %s, which needs %llu free bytes (set TMPDIR to use another directory)",
                dir, (unsigned long long)size);
        left -= step;
    }
    free(buffer);
    return st == FER_OK ? feri_decoder_finish(d, err) : st;
}

/* A tar that is stored plain needs no space; deflated ones must not ask for a thousand times their zip. */
static fer_status check_unpacked(struct feri_archive *a, const struct feri_entry *e, fer_error *err)
{
    const struct feri_container *c = &a->containers[e->container];
    const uint64_t most = UNPACKED_TIMES * (c->end - c->begin) + UNPACKED_SPARE;
    if (e->size > most || a->unpacked > most - e->size)
        return feri_fail(
            err, FER_ERR_UNSUPPORTED,
            "the tars in this zip unpack to more than %llu bytes, %llu times the zip and 1 GiB; unpack it first",
            (unsigned long long)most, UNPACKED_TIMES);
    a->unpacked += e->size;
    return FER_OK;
}

static fer_status unpack(struct feri_archive *a, const struct feri_entry *e, struct feri_container *c, fer_error *err)
{
    struct feri_decoder d;
    const char *dir;
    fer_status st = check_unpacked(a, e, err);
    if (st == FER_OK) st = feri_decoder_open_entry(&d, a, e, err);
    if (st != FER_OK) return st;
    c->fd = open_unlinked(&dir);
    c->end = e->size;
    st = c->fd < 0 ? feri_fail_errno(err, "cannot be unpacked: cannot create a file in %s", dir)
                   : unpack_to(&d, e->size, c->fd, dir, err);
    if (st != FER_OK && c->fd >= 0) close(c->fd);
    feri_decoder_close(&d);
    return st;
}

fer_status feri_archive_open_inner(struct feri_archive *a, const struct feri_entry *e, struct feri_container *c,
                                   fer_error *err)
{
    uint32_t crc;
    fer_status st;
    *c = (struct feri_container){.fd = -1, .inner = true, .name = e->name};
    if (e->kind == FERI_ENTRY_FILE) return open_file(a, e, &c->fd, &c->end, err);
    if (e->kind == FERI_ENTRY_DEFLATED) st = unpack(a, e, c, err);
    else if (e->kind == FERI_ENTRY_STORED) {
        st = feri_zip_stored(a, e, &c->begin, &crc, err);
        c->fd = a->containers[e->container].fd;
        c->borrowed = true;
        c->end = c->begin + e->size;
    } else st = unreadable(e, err);
    return st == FER_OK ? FER_OK : feri_entry_fail_in(a, e, err, st);
}
