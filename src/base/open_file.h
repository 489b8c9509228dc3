/* A file that stays open and is read in parts. It is not mapped: if another program truncates it, the result is an
 * error, while a mapping would end the process with SIGBUS. */
#ifndef FERI_BASE_OPEN_FILE_H
#define FERI_BASE_OPEN_FILE_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_open_file {
    int fd; /* of the open file: path is not NULL */
    char *path;
    uint64_t size;
    int64_t seconds, nanoseconds; /* when it was changed last */
};

/** Open a regular file, or read a pipe to its end; messages name it. Directories and pipes without a writer are
 * errors. */
fer_status feri_open_file(const char *path, struct feri_open_file *out, fer_error *err);
/** Read bytes [at, at + size). FER_ERR_IO if the file has changed since it was opened. Errors do not name the file.
 * Thread-safe. */
fer_status feri_open_file_read(const struct feri_open_file *f, uint64_t at, size_t size, void *out, fer_error *err);
void feri_open_file_close(struct feri_open_file *f);

#endif
