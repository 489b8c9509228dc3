/* Joins the shards of an archive. */
#ifndef FER_ARCHIVE_MERGE_H
#define FER_ARCHIVE_MERGE_H

#include <stddef.h>

/** Join the shards in n directories into the tables of one run, in the directory `out`. Returns an exit code. */
int archive_merge(const char *const *directories, size_t n, const char *out);

#endif
