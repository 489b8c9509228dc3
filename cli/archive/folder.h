/* The journals of a result directory: DIR/journal/shard-I-of-N.rank-R.journal. */
#ifndef FER_ARCHIVE_FOLDER_H
#define FER_ARCHIVE_FOLDER_H

#include "archive/answers.h"

/** The path of a process's journal, or (ending "lock") of what it locks. The caller frees it; NULL after an error
 * message: out of memory. */
char *folder_path(const char *directory, struct shard shard, size_t rank, const char *ending);
/** Read the journals of a shard; shard NULL: all there are. A directory without journals is no error. False after an
 * error message, also if there are journals of another number of shards. */
bool folder_read(struct answers *a, const char *directory, const struct shard *shard);

#endif
