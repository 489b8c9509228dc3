#include "base/shown.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_hex(char c)
{
    return isxdigit((unsigned char)c) != 0;
}

/* Whether the character of `length` bytes at p must be shown as \xHH. */
static bool is_escaped(const char *p, size_t length, enum feri_shown_in in)
{
    unsigned char c = (unsigned char)*p;
    if (length == 0) return true;
    if (c == '\\') return p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]);
    if (in == FERI_SHOWN_QUOTED) return false;
    return c < 0x20 || c == 0x7F || (length == 2 && c == 0xC2 && (unsigned char)p[1] < 0xA0); /* C0, DEL, C1 */
}

char *feri_shown(const char *name, enum feri_shown_in in)
{
    size_t left = strlen(name);
    char *out = left < SIZE_MAX / 4 ? malloc(4 * left + 1) : NULL, *to = out;
    while (out && left) {
        size_t length = feri_utf8_length(name, left), n = length ? length : 1;
        bool escaped = is_escaped(name, length, in);
        for (size_t i = 0; i < n; i++) {
            if (escaped) to += sprintf(to, "\\x%02X", (unsigned)(unsigned char)name[i]);
            else *to++ = name[i];
        }
        name += n;
        left -= n;
    }
    if (out) *to = '\0';
    return out;
}
