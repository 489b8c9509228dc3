/* The tables that the answers make: the results, in the order of the inputs, and the failures. */
#ifndef FER_ARCHIVE_TABLES_H
#define FER_ARCHIVE_TABLES_H

#include "archive/answers.h"

/** Write both tables of a shard into a directory: faces.csv and failures.csv, of one shard of several
 * faces.I-of-N.csv and failures.I-of-N.csv. False after an error message. */
bool tables_write(const struct answers *a, struct shard shard, const char *directory);

#endif
