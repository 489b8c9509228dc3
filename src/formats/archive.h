/* A collection of files by name, indexed once and then read at random: a directory, an uncompressed .tar or a .zip. A
 * tar inside (at the top of the directory, anywhere in the zip) is mounted: its members stand in the folder of its name
 * without ".tar". A tar in a tar stays a file. Names are only names: nothing is written by them, and none leads out of
 * the archive. formats/archive_open.h opens one. */
#ifndef FERI_FORMATS_ARCHIVE_H
#define FERI_FORMATS_ARCHIVE_H

#include "fer/base.h"

struct feri_archive;

void feri_archive_close(struct feri_archive *a);
size_t feri_archive_count(const struct feri_archive *a);
/** Names are sorted by bytes. Regular files only; of several entries of one name the last counts, a mounted one before
 * the others. */
const char *feri_archive_name(const struct feri_archive *a, size_t i);
/** What an archive has that is no entry of it. */
enum feri_aside {
    FERI_ASIDE_LOOP,     /* a symbolic link to a folder that it lies in */
    FERI_ASIDE_BROKEN,   /* a symbolic link to nothing */
    FERI_ASIDE_LINK,     /* a symbolic link in a tar or zip */
    FERI_ASIDE_SPECIAL,  /* a pipe, a socket, a device */
    FERI_ASIDE_REPLACED, /* an entry with the name of a later one */
    FERI_ASIDES
};
/** How many there are; *first is the name of the first one, or "". */
size_t feri_archive_aside(const struct feri_archive *a, enum feri_aside kind, const char **first);
/** The folders that the archive knows of, in no order: each one of a directory, those of a tar or zip that are entries
 * of their own. Without a slash at the end. */
size_t feri_archive_n_folders(const struct feri_archive *a);
const char *feri_archive_folder(const struct feri_archive *a, size_t i);
/** Bytes in an entry; of a directory's, as it was opened. */
size_t feri_archive_size(const struct feri_archive *a, size_t i);
/** Index by exact name; (size_t)-1 if there is none. */
size_t feri_archive_find(const struct feri_archive *a, const char *name);
/** Read a whole entry; data freed by free(). Thread-safe. Errors name the archive and the entry. A zip's checksums are
 * checked. */
fer_status feri_archive_read(const struct feri_archive *a, size_t i, uint8_t **data_out, size_t *size_out,
                             fer_error *err);
/** Read bytes [offset, offset + size) of an entry, which must have them. Thread-safe. A deflated entry is decoded from
 * its start, so a part costs what lies before it; a checksum is one of the whole entry, so a part of a stored one is
 * not checked. */
fer_status feri_archive_read_part(const struct feri_archive *a, size_t i, size_t offset, size_t size, uint8_t *out,
                                  fer_error *err);

#endif
