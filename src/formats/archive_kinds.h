/* The functions for each kind of archive: directories, tars, zips. */
#ifndef FERI_FORMATS_ARCHIVE_KINDS_H
#define FERI_FORMATS_ARCHIVE_KINDS_H

#include "formats/archive_entries.h"

/* Each function adds all entries of the archive, or of one of its containers. */
fer_status feri_dir_index(struct feri_archive *a, fer_error *err);
fer_status feri_tar_index(struct feri_archive *a, size_t container, fer_error *err);
fer_status feri_zip_index(struct feri_archive *a, fer_error *err);

/** Position and expected CRC-32 of the bytes of a stored zip entry. Messages do not name the entry. */
fer_status feri_zip_stored(const struct feri_archive *a, const struct feri_entry *e, uint64_t *at, uint32_t *crc,
                           fer_error *err);

/** Open the tar that is entry e, as a container; errors name it. Its fd is the caller's unless borrowed. */
fer_status feri_archive_open_inner(struct feri_archive *a, const struct feri_entry *e, struct feri_container *c,
                                   fer_error *err);

#endif
