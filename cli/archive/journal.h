/* The file into which one process writes an answer per input. It only grows. A process that is killed loses the line
 * that it was writing, and no other; a machine that stops loses the last second. */
#ifndef FER_ARCHIVE_JOURNAL_H
#define FER_ARCHIVE_JOURNAL_H

#include "base/json.h"

#include <stdbool.h>

struct journal {
    int fd; /* -1: not open */
    char *path;
    uint64_t size; /* up to the end of the last whole line */
    double synced; /* clock of the last fsync() */
    bool dirty, failed;
};

/* An answer. */
struct journal_entry {
    size_t number; /* of the input, from 0 */
    const char *name;
    const char *rows;    /* UTF-8: what it has in the table of results */
    const char *failure; /* its row in the table of failures; NULL: it did not fail */
};

/** Continue a journal after its first `size` bytes; 0: begin it with this head. False after an error message. */
bool journal_open(struct journal *j, const char *path, const json_t *head, uint64_t size);
/** Add a line. False after an error message: the disk is full, for example; what was written before is whole. */
bool journal_add(struct journal *j, const struct journal_entry *e);
/** Flush to the disk now. */
bool journal_sync(struct journal *j);
/** Flush and close. False after an error message, also of an earlier call. */
bool journal_close(struct journal *j);

#endif
