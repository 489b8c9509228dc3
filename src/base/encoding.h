/* The encoding of a text, recognised by its byte order mark: UTF-8, or UTF-16 as Windows programs write it. */
#ifndef FERI_BASE_ENCODING_H
#define FERI_BASE_ENCODING_H

#include <stddef.h>
#include <stdint.h>

enum feri_encoding { FERI_UTF8, FERI_UTF16_LE, FERI_UTF16_BE };

/** *mark receives the length of the mark, 0 to 3. Without a mark the text is UTF-8. */
enum feri_encoding feri_encoding_of(const uint8_t *text, size_t size, size_t *mark);

/** Bytes per unit: 1 or 2. */
static inline size_t feri_unit_size(enum feri_encoding e)
{
    return e == FERI_UTF8 ? 1 : 2;
}

/** The unit at p. */
static inline uint32_t feri_unit(enum feri_encoding e, const uint8_t *p)
{
    return e == FERI_UTF8       ? p[0]
           : e == FERI_UTF16_LE ? (uint32_t)p[0] | (uint32_t)p[1] << 8
                                : (uint32_t)p[1] | (uint32_t)p[0] << 8;
}

/** Convert the first character of UTF-16 p [n] to UTF-8 in out [4]; *out_n receives its length. Returns the number of
 * bytes read from p, or 0 if the character is incomplete. */
size_t feri_utf16_read(enum feri_encoding e, const uint8_t *p, size_t n, char *out, size_t *out_n);

/** Convert a whole text to NUL-terminated UTF-8 without the mark: in place if it is UTF-8, otherwise into a new block.
 * text [size] must come from malloc() with room for one more byte; the function takes ownership. Free the result by
 * free(). NULL when out of memory or if the text is not valid UTF-16. */
char *feri_text_as_utf8(uint8_t *text, size_t size, size_t *size_out);

#endif
