#include "serve/base64.h"

#include <string.h>

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static bool is_blank(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Only padding and blanks may follow; of padding as much as the group of four lacks. */
static size_t check_end(const char *text, size_t n, size_t at, size_t in_group)
{
    size_t padding = 0, wanted = in_group ? 4 - in_group : 0;
    size_t begin = at;
    for (; at < n; at++) {
        if (text[at] == '=' && padding < wanted) padding++;
        else if (!is_blank(text[at])) return at;
    }
    bool complete = in_group != 1 && (padding == 0 || padding == wanted);
    return complete ? n : begin > 0 ? begin - 1 : 0;
}

size_t base64_decode(const char *text, size_t n, uint8_t *out, size_t *n_out)
{
    uint32_t bits = 0;
    size_t in_group = 0, made = 0, at = 0;
    for (; at < n && text[at] != '='; at++) {
        if (is_blank(text[at])) continue;
        int value = value_of(text[at]);
        if (value < 0) return at;
        bits = bits << 6 | (uint32_t)value;
        in_group = (in_group + 1) % 4;
        if (in_group != 1) out[made++] = (uint8_t)(bits >> (in_group == 2 ? 4 : in_group == 3 ? 2 : 0));
    }
    *n_out = made;
    return check_end(text, n, at, in_group);
}

size_t base64_prefix(const char *text, size_t n)
{
    static const char begin[] = "data:", end[] = ";base64";
    if (n < sizeof begin || memcmp(text, begin, sizeof begin - 1) != 0) return 0;
    size_t most = n < 256 ? n : 256; /* of a media type with its parameters */
    const char *comma = memchr(text, ',', most);
    if (!comma || comma - text < (ptrdiff_t)(sizeof begin + sizeof end - 2)) return 0;
    return memcmp(comma - (sizeof end - 1), end, sizeof end - 1) == 0 ? (size_t)(comma - text) + 1 : 0;
}
