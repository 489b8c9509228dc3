/* A collection of files by name: a directory, or an uncompressed .tar (libarchive) that is indexed once and then read at random. */
#ifndef FERI_FORMATS_ARCHIVE_H
#define FERI_FORMATS_ARCHIVE_H

#include "fer/base.h"

struct feri_archive;

/** path: a directory (walked recursively, names relative to it, symbolic links to files followed) or a .tar. */
fer_status feri_archive_open(const char *path, struct feri_archive **out, fer_error *err);
void feri_archive_close(struct feri_archive *a);
size_t feri_archive_count(const struct feri_archive *a);
/** Names are sorted by bytes. Regular files only. */
const char *feri_archive_name(const struct feri_archive *a, size_t i);
/** Index by exact name; (size_t)-1 if there is none. */
size_t feri_archive_find(const struct feri_archive *a, const char *name);
/** Read a whole entry; data freed by free(). Thread-safe. Errors name the archive and the entry. */
fer_status feri_archive_read(const struct feri_archive *a, size_t i, uint8_t **data_out, size_t *size_out, fer_error *err);

#endif
