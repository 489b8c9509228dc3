#include "base/utf8.h"

#include <string.h>

size_t feri_utf8_length(const char *p, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0) return 0;
    uint8_t first = (uint8_t)p[0];
    size_t length = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 0;
    if (length <= 1) return length;
    if (n < length) return 0;
    uint32_t code = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (((uint8_t)p[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | ((uint8_t)p[i] & 0x3Fu);
    }
    return code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : length;
}

size_t feri_utf8_put(uint32_t code, char out[4])
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(first[n] | code);
    return n;
}

bool feri_is_utf8(const char *text)
{
    for (size_t left = strlen(text), n; left; text += n, left -= n)
        if ((n = feri_utf8_length(text, left)) == 0) return false;
    return true;
}
