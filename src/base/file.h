/* Whole files: read into memory, written so that a reader sees the old file or the new one, never a part. */
#ifndef FERI_BASE_FILE_H
#define FERI_BASE_FILE_H

#include "base/open_file.h"

#include <stdbool.h>
#include <stdio.h>

struct feri_bytes {
    const uint8_t *data; /* never NULL after a successful load, even of an empty file */
    size_t size;
};

/** Read a regular file into memory, or what comes out of a pipe up to its end. Fails with a sentence for directories,
 * missing files and pipes into which nobody writes. A file that others may change is not mapped: cut short, it would
 * end the process by a signal. */
fer_status feri_file_load(const char *path, struct feri_bytes *out, fer_error *err);
fer_status feri_open_file_load(const struct feri_open_file *f, struct feri_bytes *out, fer_error *err);
void feri_bytes_free(struct feri_bytes *bytes);

/** Read a stream to its end (standard input, say); fails beyond limit bytes. *data_out is the caller's, freed by
 * free(). */
fer_status feri_stream_read(FILE *f, size_t limit, uint8_t **data_out, size_t *size_out, fer_error *err);

/* A file on its way. What has no regular file's place (a device, a pipe, an open descriptor named by /dev/fd or
 * /dev/stdout) is written directly; then tmp is NULL, and there is nothing to undo. */
struct feri_atomic_file {
    FILE *f;
    char *path;   /* as it was given */
    char *target; /* what the path leads to: links given as outputs stay, and what they point to is replaced */
    char *tmp;    /* in the target's directory; made by no other process */
    bool unnamed; /* tmp is not there yet: until the end the file has no name */
    bool direct;
};

/** Begin a file that appears under its path when it is committed (flush, fsync, rename), whole, with the mode of the
 * one it replaces; abort leaves what was there. Both close it. */
fer_status feri_atomic_open(const char *path, struct feri_atomic_file *out, fer_error *err);
/** The first half of a commit: all bytes are on the disk, and what remains is a rename. Where several files belong
 * together, all are made ready before the first is committed. Fails as commit does, the file is closed then. */
fer_status feri_atomic_ready(struct feri_atomic_file *file, fer_error *err);
fer_status feri_atomic_commit(struct feri_atomic_file *file, fer_error *err);
void feri_atomic_abort(struct feri_atomic_file *file);
/** fwrite() with the file's name in the error. */
fer_status feri_atomic_write(struct feri_atomic_file *file, const void *data, size_t size, fer_error *err);

/** Where writing to the path ends: links are followed, also one whose target is missing. *descriptor is the number of
 * an open one that the path names (/dev/stdout, /dev/fd/3), otherwise -1. NULL, errno set: it leads nowhere. The
 * caller frees it. */
char *feri_follow(const char *path, int *descriptor);

/** Make a directory and its missing parents. */
fer_status feri_make_dirs(const char *path, fer_error *err);
bool feri_is_dir(const char *path);

#endif
