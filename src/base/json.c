#include "base/json.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/json_pull.h"
#include "base/mem.h"
#include "base/shown.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  1000 /* objects and arrays within each other */
#define NUMBER_MAX 400  /* characters; no number of 64 bits needs more */

/* ---- read ---- */

static fer_status read_value(struct feri_pull *s, unsigned depth, json_t **out, fer_error *err);

static fer_status made(json_t *value, json_t **out, fer_error *err)
{
    *out = value;
    return value ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "out of memory while reading JSON");
}

static bool digits(const char **at)
{
    const char *from = *at;
    while (**at >= '0' && **at <= '9') ++*at;
    return *at > from;
}

/* Whether text is a number by JSON's grammar. */
static bool is_number(const char *text, bool *real)
{
    const char *at = text + (*text == '-'), *whole = at;
    if (!digits(&at) || (*whole == '0' && at > whole + 1)) return false;
    *real = *at == '.' || *at == 'e' || *at == 'E';
    if (*at == '.' && (++at, !digits(&at))) return false;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        if (!digits(&at)) return false;
    }
    return *at == '\0';
}

static fer_status number(struct feri_pull *s, const char *text, bool real, json_t **out, fer_error *err)
{
    errno = 0;
    double d = real ? feri_strtod(text, NULL) : 0;
    long long i = real ? 0 : strtoll(text, NULL, 10);
    if (!isfinite(d) || (!real && errno)) return feri_pull_bad(s, "a number that fits 64 bits", err);
    return made(real ? json_real(d) : json_integer(i), out, err);
}

/* true, false, null or a number. */
static fer_status read_word(struct feri_pull *s, json_t **out, fer_error *err)
{
    char text[NUMBER_MAX + 1];
    const char *word = s->at; /* blanks are passed over */
    bool real;
    fer_status st = feri_pull_skip(s, err);
    if (st != FER_OK) return st;
    size_t n = (size_t)(s->at - word);
    snprintf(text, sizeof text, "%.*s", n < NUMBER_MAX ? (int)n : NUMBER_MAX, word);
    if (strcmp(text, "true") == 0) return made(json_true(), out, err);
    if (strcmp(text, "false") == 0) return made(json_false(), out, err);
    if (strcmp(text, "null") == 0) return made(json_null(), out, err);
    if (n < NUMBER_MAX && is_number(text, &real)) return number(s, text, real, out, err);
    s->at = word;
    return feri_pull_bad(s, "a value", err);
}

/* The member whose name was read. */
static fer_status read_member(struct feri_pull *s, unsigned depth, json_t *object, fer_error *err)
{
    if (json_object_get(object, s->text)) return feri_pull_bad(s, "each name once in an object", err);
    char *name = feri_strdup(s->text);
    json_t *value = NULL;
    fer_status st = name ? read_value(s, depth, &value, err) : feri_fail_memory(err, s->length);
    if (st == FER_OK && json_object_set_new_nocheck(object, name, value) != 0) st = feri_fail_memory(err, s->length);
    free(name);
    return st;
}

static fer_status read_members(struct feri_pull *s, unsigned depth, json_t *object, fer_error *err)
{
    size_t n = 0;
    bool more = true;
    fer_status st = FER_OK;
    while (st == FER_OK && (st = feri_pull_member(s, &n, &more, err)) == FER_OK && more)
        st = read_member(s, depth, object, err);
    return st;
}

static fer_status read_elements(struct feri_pull *s, unsigned depth, json_t *array, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t n = 0; st == FER_OK && !feri_pull_take(s, ']'); n++) {
        json_t *value = NULL;
        if (n) st = feri_pull_expect(s, ',', err);
        if (st == FER_OK) st = read_value(s, depth, &value, err);
        if (st == FER_OK && json_array_append_new(array, value) != 0) st = feri_fail_memory(err, sizeof value);
    }
    return st;
}

static fer_status read_value(struct feri_pull *s, unsigned depth, json_t **out, fer_error *err)
{
    fer_status st;
    *out = NULL;
    if (depth > DEPTH_MAX) return feri_pull_bad(s, "objects and arrays not so deep within each other", err);
    if (feri_pull_at_string(s)) {
        st = feri_pull_string(s, err);
        return st == FER_OK ? made(json_stringn_nocheck(s->text, s->length), out, err) : st;
    }
    bool object = feri_pull_take(s, '{');
    if (!object && !feri_pull_take(s, '[')) return read_word(s, out, err);
    st = made(object ? json_object() : json_array(), out, err);
    if (st == FER_OK) st = (object ? read_members : read_elements)(s, depth + 1, *out, err);
    if (st == FER_OK) return FER_OK;
    json_decref(*out);
    *out = NULL;
    return st;
}

fer_status feri_json_read(const char *text, size_t size, json_t **out, fer_error *err)
{
    struct feri_pull s = feri_pull_new(text, size);
    fer_status st = read_value(&s, 0, out, err);
    if (st == FER_OK) st = feri_pull_end(&s, err);
    if (st == FER_OK && !json_is_object(*out) && !json_is_array(*out))
        st = feri_fail(err, FER_ERR_FORMAT, "expected a JSON object or array");
    feri_pull_free(&s);
    if (st == FER_OK) return FER_OK;
    json_decref(*out);
    *out = NULL;
    return st;
}

/* ---- write ---- */

json_t *feri_json_string(const char *text)
{
    if (!text) return json_null();
    char *shown = feri_shown(text, FERI_SHOWN_QUOTED);
    json_t *json = shown ? json_string_nocheck(shown) : NULL;
    free(shown);
    return json;
}

/* What was lost since this thread last made a text. */
static _Thread_local bool lost;

bool feri_json_set(json_t *object, const char *key, json_t *value)
{
    bool ok = json_object_set_new(object, key, value) == 0;
    lost = lost || !ok;
    return ok;
}

bool feri_json_add(json_t *array, json_t *value)
{
    bool ok = json_array_append_new(array, value) == 0;
    lost = lost || !ok;
    return ok;
}

struct text {
    char *bytes;
    size_t n, cap;
    bool failed; /* jansson does not look at every result */
};

static int append(const char *bytes, size_t n, void *arg)
{
    struct text *t = arg;
    if (!feri_grow(&t->bytes, &t->cap, t->n + n + 1, 1)) t->failed = true;
    if (t->failed) return -1;
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
    t->bytes[t->n] = '\0';
    return 0;
}

char *feri_json_dump(const json_t *root, size_t flags)
{
    struct text t = {0};
    bool ok = root && !lost && json_dump_callback(root, append, &t, flags) == 0 && !t.failed;
    lost = false;
    if (ok) return t.bytes;
    free(t.bytes);
    return NULL;
}
