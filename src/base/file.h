/* Whole files: read into memory, or written such that a reader sees the old file or the new one, never a part. */
#ifndef FERI_BASE_FILE_H
#define FERI_BASE_FILE_H

#include "base/open_file.h"

#include <stdbool.h>
#include <stdio.h>

struct feri_bytes {
    const uint8_t *data; /* never NULL after a successful load, even of an empty file */
    size_t size;
};

/** Read a regular file into memory, or the output of a pipe up to its end. Directories, missing files and pipes without
 * a writer are errors. A file that others may change is not mapped: if it were truncated, the process would end with
 * SIGBUS. */
fer_status feri_file_load(const char *path, struct feri_bytes *out, fer_error *err);
fer_status feri_open_file_load(const struct feri_open_file *f, struct feri_bytes *out, fer_error *err);
void feri_bytes_free(struct feri_bytes *bytes);

/** Read a stream (such as standard input) to its end; more than `limit` bytes are an error. The caller frees *data_out
 * by free(). */
fer_status feri_stream_read(FILE *f, size_t limit, uint8_t **data_out, size_t *size_out, fer_error *err);

/* A file that is being written. Anything but a regular file (a device, a pipe, an open descriptor named by /dev/fd or
 * /dev/stdout) is written directly; then tmp is NULL, and nothing can be undone. */
struct feri_atomic_file {
    FILE *f;
    char *path;   /* as the caller gave it */
    char *target; /* the target of the path: output links are kept, and their target is replaced */
    char *tmp;    /* in the target's directory */
    bool unnamed; /* tmp does not exist yet: the file has no name until the end */
    bool direct;
};

/** Begin a file that appears under its path, complete, when it is committed (flush, fsync, rename). It gets the mode of
 * the file that it replaces. Abort keeps the old file. Both close it. */
fer_status feri_atomic_open(const char *path, struct feri_atomic_file *out, fer_error *err);
/** The first half of a commit: afterwards all bytes are on the disk, and only a rename remains. If several files belong
 * together, all are prepared before the first is committed. It fails like commit, and then the file is closed. */
fer_status feri_atomic_ready(struct feri_atomic_file *file, fer_error *err);
fer_status feri_atomic_commit(struct feri_atomic_file *file, fer_error *err);
void feri_atomic_abort(struct feri_atomic_file *file);
/** fwrite() with the file's name in the error. */
fer_status feri_atomic_write(struct feri_atomic_file *file, const void *data, size_t size, fer_error *err);

/** The final target of a path: links are followed, even if their target does not exist. If the path names an open
 * descriptor (/dev/stdout, /dev/fd/3), *descriptor receives its number, otherwise -1. NULL with errno if there is no
 * target. The caller frees the result. */
char *feri_follow(const char *path, int *descriptor);

/** Create a directory and its missing parents. */
fer_status feri_make_dirs(const char *path, fer_error *err);
bool feri_is_dir(const char *path);

#endif
