/* libarchive over a part of a file. */
#ifndef FERI_FORMATS_ARCHIVE_DECODER_H
#define FERI_FORMATS_ARCHIVE_DECODER_H

#include "formats/archive_entries.h"

#include <sys/types.h>

/** pread() until `size` bytes are read or the file ends. Returns the number of bytes, or -1 with errno. */
ssize_t feri_read_at(int fd, void *out, size_t size, uint64_t at);

/* libarchive on a part of a file, read through a small buffer. */
struct feri_decoder {
    const struct feri_libarchive *lib;
    struct archive *handle;
    int fd, error; /* errno of a failed read */
    uint64_t at, end;
    bool sparse;
    size_t window; /* size of the buffer for one read */
    uint8_t buffer[16384];
};

enum feri_decoder_format { FERI_DECODE_TAR, FERI_DECODE_ZIP };

/** Open libarchive on [begin, end) of fd. After this, use libarchive's own API on the handle. Close it only after
 * success. */
fer_status feri_decoder_open(struct feri_decoder *d, const struct feri_archive *a, enum feri_decoder_format format,
                             const struct feri_container *range, fer_error *err);
/** Open on entry e, after its header. Close it only after success. */
fer_status feri_decoder_open_entry(struct feri_decoder *d, const struct feri_archive *a, const struct feri_entry *e,
                                   fer_error *err);
/** Decode exactly `size` bytes. */
fer_status feri_decoder_read(struct feri_decoder *d, void *out, size_t size, fer_error *err);
/** Skip `size` decoded bytes. */
fer_status feri_decoder_skip(struct feri_decoder *d, uint64_t size, fer_error *err);
/** Check that the entry ends here and that its checksum is right. */
fer_status feri_decoder_finish(struct feri_decoder *d, fer_error *err);
/** "<what>: <libarchive's reason>". */
fer_status feri_decoder_fail(const struct feri_decoder *d, fer_error *err, const char *what);
void feri_decoder_close(struct feri_decoder *d);

#endif
