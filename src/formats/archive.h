/* A collection of files by name: a directory, an uncompressed .tar or a .zip. It is indexed once and then read at
 * random. A tar inside (at the top of the directory, anywhere in the zip) is mounted: its members appear in a folder
 * with the tar's name without ".tar". A tar in a tar stays a file. Names are only used for look-up: nothing is written
 * to them, and none leads out of the archive. formats/archive_open.h opens archives. */
#ifndef FERI_FORMATS_ARCHIVE_H
#define FERI_FORMATS_ARCHIVE_H

#include "fer/base.h"

struct feri_archive;

void feri_archive_close(struct feri_archive *a);
size_t feri_archive_count(const struct feri_archive *a);
/** Names are sorted by bytes. Only regular files are listed. If several entries have one name, the last one counts; a
 * mounted entry has the lowest precedence. */
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
/** Find an entry by its exact name. (size_t)-1 if there is none. */
size_t feri_archive_find(const struct feri_archive *a, const char *name);
/** Read a whole entry. Free data by free(). Thread-safe. Messages name the archive and the entry. Checksums of zips are
 * verified. */
fer_status feri_archive_read(const struct feri_archive *a, size_t i, uint8_t **data_out, size_t *size_out,
                             fer_error *err);
/** Read bytes [offset, offset + size) of an entry; the range must exist. Thread-safe. A deflated entry is decoded from
 * its start, so the cost depends on the offset. A checksum covers the whole entry, so it is not verified for a part of
 * a stored entry. */
fer_status feri_archive_read_part(const struct feri_archive *a, size_t i, size_t offset, size_t size, uint8_t *out,
                                  fer_error *err);

#endif
