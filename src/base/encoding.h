/* Which encoding a text is in, by the byte order mark it begins with: UTF-8, or the UTF-16 of Windows' programs. */
#ifndef FERI_BASE_ENCODING_H
#define FERI_BASE_ENCODING_H

#include <stddef.h>
#include <stdint.h>

enum feri_encoding { FERI_UTF8, FERI_UTF16_LE, FERI_UTF16_BE };

/** *mark: the bytes of the mark, 0 to 3. Without one it is UTF-8. */
enum feri_encoding feri_encoding_of(const uint8_t *text, size_t size, size_t *mark);

/** Bytes of a unit: 1 or 2. */
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

/** The character that UTF-16 p [n] begins with into out [4], its bytes there into *out_n. Returns the bytes taken of p;
 * 0: it is cut off, or half of a pair. */
size_t feri_utf16_read(enum feri_encoding e, const uint8_t *p, size_t n, char *out, size_t *out_n);

/** A whole text as NUL-terminated UTF-8 without the mark: in place where it is UTF-8, else newly made. Takes text
 * [size], made by malloc() and with room for one byte more, and gives what free() takes; NULL when out of memory or not
 * UTF-16, text is freed then, too. */
char *feri_text_as_utf8(uint8_t *text, size_t size, size_t *size_out);

#endif
