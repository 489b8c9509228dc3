/* A line of a journal: a checksum of 16 digits, a space, and a JSON object. What was not written in full has a checksum
 * that does not fit, and counts as not written. */
#ifndef FER_ARCHIVE_LINE_H
#define FER_ARCHIVE_LINE_H

#include "base/json.h"

#include <stdbool.h>

/** The line, its newline included; the caller frees it. Releases doc. NULL: out of memory, or doc is NULL. */
char *journal_line_new(json_t *doc);
/** The object of a line of `size` bytes, its newline not included; the caller releases it. NULL: the line was not
 * written in full, or something changed it. */
json_t *journal_line_read(const char *line, size_t size);

#endif
