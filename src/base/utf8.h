/* UTF-8: which bytes form a character. */
#ifndef FERI_BASE_UTF8_H
#define FERI_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Length of the first character of p [n], 1 to 4. 0: it is invalid (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF). */
size_t feri_utf8_length(const char *p, size_t n);

/** Whether all of a text is UTF-8. */
bool feri_is_utf8(const char *text);

/** Write the character of a code point (not a surrogate) into out; returns its bytes, 1 to 4. */
size_t feri_utf8_put(uint32_t code, char out[4]);

#endif
