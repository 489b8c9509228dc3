/* Base64 (RFC 4648), as JSON carries pictures. */
#ifndef FER_SERVE_BASE64_H
#define FER_SERVE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room that the decoded bytes of n characters need. */
static inline size_t base64_room(size_t n)
{
    return n / 4 * 3 + 3;
}

/** Decode a text in the standard or the URL-safe alphabet, with or without padding; blanks and line breaks are skipped.
 * Returns the offset of the first character that does not belong there, or n if all is well. */
size_t base64_decode(const char *text, size_t n, uint8_t *out, size_t *n_out);

/** The bytes before the data in "data:image/png;base64,...", 0 if the text is no such address. */
size_t base64_prefix(const char *text, size_t n);

#endif
