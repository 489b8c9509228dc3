/* libarchive over a part of a file. */
#ifndef FERI_FORMATS_ARCHIVE_DECODER_H
#define FERI_FORMATS_ARCHIVE_DECODER_H

#include "formats/archive_entries.h"

#include <sys/types.h>

/** pread() all of it: the bytes that were there, or -1 and errno. */
ssize_t feri_read_at(int fd, void *out, size_t size, uint64_t at);

/* libarchive over a part of a file, which it reads through a small buffer. */
struct feri_decoder {
    const struct feri_libarchive *lib;
    struct archive *handle;
    int fd, error; /* errno of a failed read */
    uint64_t at, end;
    bool sparse;
    size_t window; /* bytes of the buffer that a read fills */
    uint8_t buffer[16384];
};

enum feri_decoder_format { FERI_DECODE_TAR, FERI_DECODE_ZIP };

/** Opens libarchive on [begin, end) of fd. What follows is libarchive's own API on the handle. Close after success
 * only. */
fer_status feri_decoder_open(struct feri_decoder *d, const struct feri_archive *a, enum feri_decoder_format format,
                             const struct feri_container *range, fer_error *err);
/** On the entry e, past its header. Close after success only. */
fer_status feri_decoder_open_entry(struct feri_decoder *d, const struct feri_archive *a, const struct feri_entry *e,
                                   fer_error *err);
/** Decode exactly `size` bytes. */
fer_status feri_decoder_read(struct feri_decoder *d, void *out, size_t size, fer_error *err);
/** Decode `size` bytes to nowhere. */
fer_status feri_decoder_skip(struct feri_decoder *d, uint64_t size, fer_error *err);
/** The entry ends here, and its checksum holds. */
fer_status feri_decoder_finish(struct feri_decoder *d, fer_error *err);
/** "<what>: <libarchive's reason>". */
fer_status feri_decoder_fail(const struct feri_decoder *d, fer_error *err, const char *what);
void feri_decoder_close(struct feri_decoder *d);

#endif
