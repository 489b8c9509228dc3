#include "base/json_pull.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64 /* nesting limit of lists and objects */

struct feri_pull feri_pull_new(const char *text, size_t size)
{
    return (struct feri_pull){.at = text, .begin = text, .end = text + size};
}

void feri_pull_free(struct feri_pull *s)
{
    free(s->text);
    *s = (struct feri_pull){0};
}

fer_status feri_pull_bad(const struct feri_pull *s, const char *expected, fer_error *err)
{
    size_t line = 1;
    for (const char *p = s->begin; p < s->at; p++) line += *p == '\n';
    return feri_fail(err, FER_ERR_FORMAT, "JSON, line %zu, byte %zu: expected %s", line, (size_t)(s->at - s->begin),
                     expected);
}

static void skip_blanks(struct feri_pull *s)
{
    while (s->at < s->end && memchr(" \t\r\n", *s->at, 4)) s->at++;
}

bool feri_pull_take(struct feri_pull *s, char c)
{
    skip_blanks(s);
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

fer_status feri_pull_expect(struct feri_pull *s, char c, fer_error *err)
{
    const char expected[] = {'\'', c, '\'', '\0'};
    return feri_pull_take(s, c) ? FER_OK : feri_pull_bad(s, expected, err);
}

fer_status feri_pull_end(struct feri_pull *s, fer_error *err)
{
    skip_blanks(s);
    return s->at == s->end ? FER_OK : feri_pull_bad(s, "nothing more", err);
}

/* ---- strings ---- */

static bool hex4(struct feri_pull *s, uint32_t *out)
{
    *out = 0;
    if (s->end - s->at < 4) return false;
    for (int i = 0; i < 4; i++) {
        char c = *s->at++;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit == 16) return false;
        *out = *out << 4 | digit;
    }
    return true;
}

/* After "\u": one code unit, or a pair for one character. */
static bool escaped_code(struct feri_pull *s, char out[4], size_t *n)
{
    uint32_t code, low;
    if (!hex4(s, &code) || code == 0 || (code >= 0xDC00 && code < 0xE000)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
        if (s->end - s->at < 2 || memcmp(s->at, "\\u", 2) != 0) return false;
        s->at += 2;
        if (!hex4(s, &low) || low < 0xDC00 || low >= 0xE000) return false;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    *n = feri_utf8_put(code, out);
    return true;
}

static bool escaped(struct feri_pull *s, char out[4], size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->end) return false;
    char c = *s->at++;
    const char *place = memchr(from, c, sizeof from - 1);
    if (c == 'u') return escaped_code(s, out, n);
    if (!place) return false;
    *out = to[place - from];
    *n = 1;
    return true;
}

/* Write the next character of a string to out and its length to *n. Length 0: the string ends. */
static bool character(struct feri_pull *s, char out[4], size_t *n)
{
    *n = feri_utf8_length(s->at, (size_t)(s->end - s->at));
    if (*n == 0 || (uint8_t)*s->at < 0x20) return false;
    memcpy(out, s->at, *n);
    s->at += *n;
    if (*out == '"') *n = 0;
    return *out != '\\' || escaped(s, out, n);
}

bool feri_pull_at_string(struct feri_pull *s)
{
    skip_blanks(s);
    return s->at < s->end && *s->at == '"';
}

fer_status feri_pull_string(struct feri_pull *s, fer_error *err)
{
    fer_status st = feri_pull_expect(s, '"', err);
    s->length = 0;
    for (size_t n = 1; st == FER_OK && n;) {
        char c[4];
        if (!character(s, c, &n)) return feri_pull_bad(s, "a complete string in UTF-8 without control characters", err);
        if (!feri_grow(&s->text, &s->cap, s->length + n + 1, 1)) return feri_fail_memory(err, s->length + n + 1);
        memcpy(s->text + s->length, c, n);
        s->length += n;
    }
    if (st == FER_OK) s->text[s->length] = '\0';
    return st;
}

/* ---- numbers ---- */

fer_status feri_pull_size(struct feri_pull *s, size_t *out, fer_error *err)
{
    skip_blanks(s);
    const char *start = s->at;
    size_t v = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (!feri_size_mul(v, 10, &v) || !feri_size_add(v, (size_t)(*s->at - '0'), &v))
            return feri_pull_bad(s, "a number that fits 64 bits", err);
    if (s->at == start || (s->at < s->end && memchr(".eE", *s->at, 3)))
        return feri_pull_bad(s, "a whole number from 0 on", err);
    *out = v;
    return FER_OK;
}

/* ---- any value ---- */

/* A number, true, false or null. */
static fer_status skip_word(struct feri_pull *s, fer_error *err)
{
    const char *start = s->at;
    while (s->at < s->end && !memchr(" \t\r\n,:]}[{\"", *s->at, 11)) s->at++;
    return s->at > start ? FER_OK : feri_pull_bad(s, "a value", err);
}

fer_status feri_pull_member(struct feri_pull *s, size_t *n, bool *more, fer_error *err)
{
    *more = !feri_pull_take(s, '}');
    fer_status st = *more && *n ? feri_pull_expect(s, ',', err) : FER_OK;
    ++*n;
    if (st == FER_OK && *more) st = feri_pull_string(s, err);
    if (st == FER_OK && *more) st = feri_pull_expect(s, ':', err);
    return st;
}

static fer_status skip(struct feri_pull *s, int depth, fer_error *err)
{
    fer_status st = FER_OK;
    size_t n = 0;
    bool more = true;
    if (depth > DEPTH_MAX) return feri_pull_bad(s, "fewer nested lists", err);
    if (feri_pull_at_string(s)) return feri_pull_string(s, err);
    if (feri_pull_take(s, '{')) {
        while ((st = feri_pull_member(s, &n, &more, err)) == FER_OK && more)
            if ((st = skip(s, depth + 1, err)) != FER_OK) break;
        return st;
    }
    if (!feri_pull_take(s, '[')) return skip_word(s, err);
    for (; st == FER_OK && !feri_pull_take(s, ']'); n++) {
        if (n) st = feri_pull_expect(s, ',', err);
        if (st == FER_OK) st = skip(s, depth + 1, err);
    }
    return st;
}

fer_status feri_pull_skip(struct feri_pull *s, fer_error *err)
{
    return skip(s, 0, err);
}
