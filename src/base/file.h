/* Whole files: mapped for reading, written so that a reader sees the old file or the new one, never a part. */
#ifndef FERI_BASE_FILE_H
#define FERI_BASE_FILE_H

#include "fer/base.h"

#include <stdbool.h>
#include <stdio.h>

struct feri_bytes {
    const uint8_t *data; /* never NULL after a successful map, even for an empty file */
    size_t size;
};

/** Map a regular file read-only. Fails with a sentence for directories and missing files. */
fer_status feri_file_map(const char *path, struct feri_bytes *out, fer_error *err);
void feri_file_unmap(struct feri_bytes *bytes);
/** The n bytes of a mapping from `at` on will not be read again soon: their memory may go. Read again, they come from
 * the file again. */
void feri_file_release(const struct feri_bytes *map, const uint8_t *at, size_t n);

/** Read a stream to its end (standard input, say); fails beyond limit bytes. *data_out is the caller's, freed by
 * free(). */
fer_status feri_stream_read(FILE *f, size_t limit, uint8_t **data_out, size_t *size_out, fer_error *err);

struct feri_atomic_file {
    FILE *f;
    char *path, *tmp;
};

/** Open "<path>.tmp" for writing. Then either commit (flush, fsync, rename) or abort (remove); both close it. */
fer_status feri_atomic_open(const char *path, struct feri_atomic_file *out, fer_error *err);
fer_status feri_atomic_commit(struct feri_atomic_file *file, fer_error *err);
void feri_atomic_abort(struct feri_atomic_file *file);
/** fwrite() with the file's name in the error. */
fer_status feri_atomic_write(struct feri_atomic_file *file, const void *data, size_t size, fer_error *err);

/** Make a directory and its missing parents. */
fer_status feri_make_dirs(const char *path, fer_error *err);
bool feri_is_dir(const char *path);

#endif
