/* prepare.sums: the digests of tables that were written together, one "name digest" a line. It is written before they
 * are put in place, so whenever that is interrupted, a table and the file disagree. */
#ifndef FERI_DATA_SUMS_H
#define FERI_DATA_SUMS_H

#include "base/file.h"

#include <stddef.h>

/** Say that the directory's tables and pictures are being written. */
fer_status feri_sums_begin(const char *directory, fer_error *err);
/** The digests of n files that are ready, by the names that they will have. */
fer_status feri_sums_write(const char *directory, struct feri_atomic_file *files, const char *const *names, size_t n,
                           fer_error *err);
/** Fails when a table, or one of a directory's, is not the one that was written with the others. Without such a file
 * in its directory, and for tables that it does not name, everything is fine. */
fer_status feri_sums_check(const char *path, fer_error *err);

#endif
