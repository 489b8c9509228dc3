#define _XOPEN_SOURCE 700
#include "formats/archive_decoder.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t feri_read_at(int fd, void *out, size_t size, uint64_t at)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, (uint8_t *)out + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* ---- the source of bytes for libarchive ---- */

static la_ssize_t source_read(struct archive *handle, void *user, const void **data)
{
    struct feri_decoder *d = user;
    (void)handle;
    uint64_t left = d->end - d->at;
    ssize_t n = feri_read_at(d->fd, d->buffer, left < d->window ? (size_t)left : d->window, d->at);
    if (n < 0) {
        d->error = errno;
        return -1;
    }
    d->at += (uint64_t)n;
    *data = d->buffer;
    return n;
}

static la_int64_t source_skip(struct archive *handle, void *user, la_int64_t request)
{
    struct feri_decoder *d = user;
    (void)handle;
    uint64_t left = d->end - d->at, step = request > 0 ? (uint64_t)request : 0;
    if (step > left) step = left; /* the next read detects missing bytes */
    d->at += step;
    return (la_int64_t)step;
}

fer_status feri_decoder_fail(const struct feri_decoder *d, fer_error *err, const char *what)
{
    if (d->error) {
        errno = d->error;
        return feri_fail_errno(err, "%s", what);
    }
    const char *text = d->lib->error_string(d->handle);
    if (errno == ENOMEM) return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", what);
    return feri_fail(err, FER_ERR_FORMAT, "%s: %s", what, text ? text : "the archive is truncated");
}

fer_status feri_decoder_open(struct feri_decoder *d, const struct feri_archive *a, enum feri_decoder_format format,
                             const struct feri_container *range, fer_error *err)
{
    d->lib = &a->lib;
    errno = 0; /* of malloc(): libarchive has other words for it */
    d->fd = range->fd;
    d->error = 0;
    d->at = range->begin;
    d->end = range->end;
    d->window = sizeof d->buffer;
    d->handle = a->lib.read_new();
    const bool tar = format == FERI_DECODE_TAR;
    if (!d->handle ||
        (tar ? a->lib.read_support_format_tar : a->lib.read_support_format_zip_streamable)(d->handle) != ARCHIVE_OK) {
        feri_decoder_close(d);
        return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    }
    if (a->lib.read_open2(d->handle, d, NULL, source_read, source_skip, NULL) == ARCHIVE_OK) return FER_OK;
    fer_status st =
        /* libarchive reads the first header here */
        feri_decoder_fail(d, err, tar ? "not a tar" : "damaged");
    feri_decoder_close(d);
    return st;
}

void feri_decoder_close(struct feri_decoder *d)
{
    if (d->handle) d->lib->read_free(d->handle);
}

fer_status feri_decoder_open_entry(struct feri_decoder *d, const struct feri_archive *a, const struct feri_entry *e,
                                   fer_error *err)
{
    struct archive_entry *header;
    struct feri_container range = a->containers[e->container];
    enum feri_decoder_format format = e->kind == FERI_ENTRY_TAR ? FERI_DECODE_TAR : FERI_DECODE_ZIP;
    range.begin = e->offset;
    d->sparse = format == FERI_DECODE_TAR;
    fer_status st = feri_decoder_open(d, a, format, &range, err);
    if (st != FER_OK) return st;
    int code = d->lib->read_next_header(d->handle, &header);
    if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return FER_OK;
    st = feri_decoder_fail(d, err, "cannot be read");
    feri_decoder_close(d);
    return st;
}

fer_status feri_decoder_read(struct feri_decoder *d, void *out, size_t size, fer_error *err)
{
    la_ssize_t n = d->lib->read_data(d->handle, out, size);
    if (n < 0) return feri_decoder_fail(d, err, "cannot be read");
    if (d->sparse) {
        /* libarchive fills all holes except one at the end */
        memset((uint8_t *)out + n, 0, size - (size_t)n);
        return FER_OK;
    }
    return (size_t)n == size
               ? FER_OK
               : feri_fail(err, FER_ERR_FORMAT, "cannot be read: it ends %zu bytes too early", size - (size_t)n);
}

fer_status feri_decoder_skip(struct feri_decoder *d, uint64_t size, fer_error *err)
{
    uint8_t nowhere[16384];
    fer_status st = FER_OK;
    while (st == FER_OK && size) {
        size_t step = size < sizeof nowhere ? (size_t)size : sizeof nowhere;
        st = feri_decoder_read(d, nowhere, step, err);
        size -= step;
    }
    return st;
}

fer_status feri_decoder_finish(struct feri_decoder *d, fer_error *err)
{
    uint8_t more;
    if (d->sparse) return FER_OK; /* tars have no checksums */
    la_ssize_t n = d->lib->read_data(d->handle, &more, 1);
    if (n < 0) return feri_decoder_fail(d, err, "cannot be read");
    return n == 0 ? FER_OK : feri_fail(err, FER_ERR_FORMAT, "cannot be read: it is longer than the archive says");
}
