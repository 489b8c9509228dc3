/* A file that stays open and is read in parts. Nothing is mapped: a file that another program cuts short meanwhile is
 * an error, where a mapping would end the process by a signal. */
#ifndef FERI_BASE_OPEN_FILE_H
#define FERI_BASE_OPEN_FILE_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_open_file {
    int fd; /* of a file that is open: path is not NULL */
    char *path;
    uint64_t size;
    int64_t seconds, nanoseconds; /* when it was changed last */
};

/** Open a regular file, or take what comes out of a pipe up to its end; errors name it. Fails with a sentence for
 * directories and for pipes into which nobody writes. */
fer_status feri_open_file(const char *path, struct feri_open_file *out, fer_error *err);
/** Read bytes [at, at + size). FER_ERR_IO if the file has changed since it was opened. Errors do not name the file.
 * Thread-safe. */
fer_status feri_open_file_read(const struct feri_open_file *f, uint64_t at, size_t size, void *out, fer_error *err);
void feri_open_file_close(struct feri_open_file *f);

#endif
