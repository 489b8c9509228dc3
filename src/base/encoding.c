#include "base/encoding.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum feri_encoding feri_encoding_of(const uint8_t *text, size_t size, size_t *mark)
{
    *mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (*mark || size < 2) return FERI_UTF8;
    enum feri_encoding e = memcmp(text, "\xFF\xFE", 2) == 0   ? FERI_UTF16_LE
                           : memcmp(text, "\xFE\xFF", 2) == 0 ? FERI_UTF16_BE
                                                              : FERI_UTF8;
    *mark = e == FERI_UTF8 ? 0 : 2;
    return e;
}

size_t feri_utf16_read(enum feri_encoding e, const uint8_t *p, size_t n, char *out, size_t *out_n)
{
    uint32_t code = n >= 2 ? feri_unit(e, p) : 0xDC00, low;
    if (code < 0xD800 || code >= 0xE000) {
        *out_n = feri_utf8_put(code, out);
        return 2;
    }
    if (code >= 0xDC00 || n < 4 || (low = feri_unit(e, p + 2)) < 0xDC00 || low >= 0xE000) return 0;
    *out_n = feri_utf8_put(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), out);
    return 4;
}

/* Two bytes become at most three. */
static char *from_utf16(enum feri_encoding e, const uint8_t *p, size_t n, size_t *size_out)
{
    char *out = n < SIZE_MAX / 2 ? malloc(n / 2 * 3 + 2) : NULL;
    size_t at = 0;
    for (size_t taken, written; out && n; p += taken, n -= taken, at += written) {
        taken = feri_utf16_read(e, p, n, out + at, &written);
        if (taken) continue;
        free(out);
        return NULL;
    }
    if (out) out[at] = '\0';
    *size_out = at;
    return out;
}

char *feri_text_as_utf8(uint8_t *text, size_t size, size_t *size_out)
{
    size_t mark;
    enum feri_encoding e = feri_encoding_of(text, size, &mark);
    if (e == FERI_UTF8) {
        memmove(text, text + mark, size - mark);
        text[size - mark] = '\0';
        *size_out = size - mark;
        return (char *)text;
    }
    char *out = from_utf16(e, text + mark, size - mark, size_out);
    free(text);
    return out;
}
