#include "base/option.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(fer_option_kind) == sizeof(int), "enumerations are read as int");

#define FIELD          FERI_OPTION_FIELD
#define AT(type, o, p) ((type *)(void *)((char *)(p) + (o)->offset))
#define N_AT(o, p)     ((size_t *)(void *)((char *)(p) + (o)->n_offset))

/* ---- rows ---- */

const fer_option *fer_option_find(fer_option_table table, const char *name)
{
    for (size_t i = 0; i < table.n; i++)
        if (strcmp(table.rows[i].name, name) == 0) return &table.rows[i];
    return NULL;
}

const char *fer_option_key(const fer_option *row, char key[FER_OPTION_KEY_MAX])
{
    snprintf(key, FER_OPTION_KEY_MAX, "%s", row->key ? row->key : row->name);
    for (char *p = key; !row->key && *p; p++)
        if (*p == '-') *p = '_';
    return key;
}

static bool is_list(const fer_option *row)
{
    return row->kind == FER_OPTION_LIST || row->kind == FER_OPTION_COMMAS;
}

struct feri_option_list feri_option_list(const fer_option *row, const void *options)
{
    return (struct feri_option_list){FIELD(char *const *, row, options),
                                     *(const size_t *)(const void *)((const char *)options + row->n_offset)};
}

void fer_option_clear(const fer_option *row, void *options)
{
    if (!is_list(row)) return;
    free(*AT(void *, row, options));
    *AT(void *, row, options) = NULL;
    *N_AT(row, options) = 0;
}

/* ---- from text ---- */

/* Where a value is stored, and the expected form for the message if it does not fit. */
struct setting {
    const fer_option *row;
    void *options;
    const char *text;
    fer_error *err;
};

static fer_status refuse(const struct setting *s, const char *wanted)
{
    return feri_fail(s->err, FER_ERR_ARGUMENT, "%s '%s': must be %s", s->row->name, s->text, wanted);
}

static fer_status refuse_word(const struct setting *s)
{
    char words[240], meant[FERI_MEANT_MAX];
    feri_words_text(s->row->words, words, sizeof words);
    return feri_fail(s->err, FER_ERR_ARGUMENT, "%s '%s': must be one of %s%s", s->row->name, s->text, words,
                     feri_word_meant(s->row->words, s->text, meant));
}

static fer_status refuse_range(const struct setting *s, const char *kind)
{
    char wanted[120];
    feri_snprintf(wanted, sizeof wanted, "%s from %.10g to %.10g", kind, s->row->min, s->row->max);
    return refuse(s, wanted);
}

/* strtoull() accepts signs and leading blanks, which are not allowed in a count. */
static bool whole_number(const char *text, char **end, unsigned long long *out)
{
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *out = strtoull(text, end, 10);
    return errno == 0;
}

static bool number_within(const fer_option *row, const char *text, char stop, unsigned long long *out, char **end)
{
    return whole_number(text, end, out) && **end == stop && (double)*out >= row->min && (double)*out <= row->max;
}

static fer_status set_flag(const struct setting *s)
{
    bool on = strcmp(s->text, "on") == 0;
    if (!on && strcmp(s->text, "off") != 0) return refuse(s, "on or off");
    *AT(bool, s->row, s->options) = on;
    return FER_OK;
}

static fer_status set_whole(const struct setting *s)
{
    unsigned long long v;
    char *end;
    if (!number_within(s->row, s->text, '\0', &v, &end)) return refuse_range(s, "a whole number");
    if (s->row->kind == FER_OPTION_SIZE) *AT(size_t, s->row, s->options) = (size_t)v;
    else *AT(unsigned, s->row, s->options) = (unsigned)v;
    return FER_OK;
}

static fer_status set_seed(const struct setting *s)
{
    unsigned long long v;
    char *end;
    if (!whole_number(s->text, &end, &v) || *end) return refuse(s, "a whole number from 0 to 18446744073709551615");
    *AT(uint64_t, s->row, s->options) = v;
    return FER_OK;
}

static fer_status set_real(const struct setting *s)
{
    char *end;
    /* strtod() also accepts leading blanks, hexadecimal digits, "inf" and "nan". */
    bool decimal = strspn(s->text, "+-.0123456789eE") == strlen(s->text);
    double v = feri_strtod(s->text, &end);
    if (strchr(s->text, ',')) return refuse_range(s, "a number with a decimal point, not a comma,");
    if (!decimal || end == s->text || *end || !(v >= s->row->min && v <= s->row->max))
        return refuse_range(s, "a number");
    *AT(float, s->row, s->options) = (float)v;
    return FER_OK;
}

static fer_status set_pair(const struct setting *s)
{
    unsigned long long a, b;
    char *end;
    if (!number_within(s->row, s->text, ',', &a, &end) || !number_within(s->row, end + 1, '\0', &b, &end))
        return refuse_range(s, "N,M: two whole numbers");
    int *pair = AT(int, s->row, s->options);
    pair[0] = (int)a;
    pair[1] = (int)b;
    return FER_OK;
}

static fer_status set_word(const struct setting *s)
{
    size_t i;
    if (!feri_word_find(s->row->words, s->text, &i)) return refuse_word(s);
    if (s->row->kind == FER_OPTION_WORD) *AT(int, s->row, s->options) = (int)i;
    else *AT(const char *, s->row, s->options) = s->row->words[i];
    return FER_OK;
}

static fer_status add_item(const struct setting *s)
{
    size_t *n = N_AT(s->row, s->options);
    const char **items = realloc(*AT(void *, s->row, s->options), (*n + 1) * sizeof *items);
    if (!items) return feri_fail_memory(s->err, (*n + 1) * sizeof *items);
    items[(*n)++] = s->text;
    *AT(const char **, s->row, s->options) = items;
    return FER_OK;
}

/* One block holds the pointers, followed by the text, split at its commas. */
static fer_status set_commas(const struct setting *s)
{
    size_t length = strlen(s->text), most = length / 2 + 1, n = 0;
    const char **items = malloc(most * sizeof *items + length + 1);
    if (!items) return feri_fail_memory(s->err, most * sizeof *items + length + 1);
    char *p = memcpy(items + most, s->text, length + 1);
    while (*p) {
        size_t part = strcspn(p, ",");
        char *next = p[part] ? p + part + 1 : p + part;
        p[part] = '\0';
        if (part) items[n++] = p;
        p = next;
    }
    fer_option_clear(s->row, s->options);
    *AT(const char **, s->row, s->options) = items;
    *N_AT(s->row, s->options) = n;
    return FER_OK;
}

static fer_status set_text(const struct setting *s)
{
    if (!*s->text) return refuse(s, "a text that is not empty");
    if (s->row->words) return set_word(s);
    if (s->row->kind == FER_OPTION_LIST) return add_item(s);
    if (s->row->kind == FER_OPTION_COMMAS) return set_commas(s);
    *AT(const char *, s->row, s->options) = s->text;
    return FER_OK;
}

fer_status fer_option_set(const fer_option *row, void *options, const char *text, fer_error *err)
{
    const struct setting s = {row, options, text, err};
    switch (row->kind) {
    case FER_OPTION_FLAG: return set_flag(&s);
    case FER_OPTION_SIZE:
    case FER_OPTION_COUNT: return set_whole(&s);
    case FER_OPTION_SEED: return set_seed(&s);
    case FER_OPTION_REAL: return set_real(&s);
    case FER_OPTION_WORD: return set_word(&s);
    case FER_OPTION_PAIR: return set_pair(&s);
    case FER_OPTION_TEXT:
    case FER_OPTION_PATH:
    case FER_OPTION_LIST:
    case FER_OPTION_COMMAS: break;
    }
    return set_text(&s);
}

/* ---- to text ---- */

double feri_shortest(float v)
{
    char text[48];
    double d = (double)v;
    for (int digits = 1; digits <= 9; digits++) {
        feri_snprintf(text, sizeof text, "%.*g", digits, (double)v);
        d = feri_strtod(text, NULL);
        if ((float)d == v) break;
    }
    return d;
}

/* The length of "a,b,c". */
static size_t join(struct feri_option_list list, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < list.n; i++) {
        size_t room = used < size ? size - used : 0;
        used += (size_t)snprintf(room ? text + used : NULL, room, "%s%s", i ? "," : "", list.items[i]);
    }
    return used;
}

/* Zero means "not set" in a row that describes the unset value. */
static int print_whole(const fer_option *row, uint64_t v, char *text, size_t size)
{
    return v == 0 && row->unset ? 0 : snprintf(text, size, "%" PRIu64, v);
}

static int print_text(const char *value, char *text, size_t size)
{
    return value ? snprintf(text, size, "%s", value) : 0;
}

static int print(const fer_option *row, const void *options, size_t item, char *text, size_t size)
{
    const int *pair = &FIELD(int, row, options);
    switch (row->kind) {
    case FER_OPTION_FLAG: return print_text(FIELD(bool, row, options) ? "on" : "off", text, size);
    case FER_OPTION_TEXT:
    case FER_OPTION_PATH: return print_text(FIELD(char *, row, options), text, size);
    case FER_OPTION_SIZE: return print_whole(row, FIELD(size_t, row, options), text, size);
    case FER_OPTION_COUNT: return print_whole(row, FIELD(unsigned, row, options), text, size);
    case FER_OPTION_SEED: return print_whole(row, FIELD(uint64_t, row, options), text, size);
    case FER_OPTION_REAL: return feri_snprintf(text, size, "%.9g", feri_shortest(FIELD(float, row, options)));
    case FER_OPTION_WORD: return print_text(row->words[FIELD(int, row, options)], text, size);
    case FER_OPTION_PAIR: return snprintf(text, size, "%d,%d", pair[0], pair[1]);
    case FER_OPTION_LIST: {
        struct feri_option_list list = feri_option_list(row, options);
        return item < list.n ? print_text(list.items[item], text, size) : 0;
    }
    case FER_OPTION_COMMAS: return (int)join(feri_option_list(row, options), text, size);
    }
    return 0;
}

size_t fer_option_get(const fer_option *row, const void *options, size_t item, char *text, size_t size)
{
    if (size) *text = '\0';
    if (item > 0 && row->kind != FER_OPTION_LIST) return 0;
    int n = print(row, options, item, text, size);
    return n > 0 ? (size_t)n : 0;
}

/* ---- ranges ---- */

static fer_status check_number(const fer_option *row, const char *key, double v, fer_error *err)
{
    /* Compare as floats, because a bound such as 0.9999 becomes slightly larger as a float. */
    bool inside = (float)v >= (float)row->min && (float)v <= (float)row->max; /* false for NaN */
    if (inside || (v == 0 && row->unset)) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: %g is out of range, expected %g to %g", key, v, row->min, row->max);
}

static fer_status check_word(const fer_option *row, const char *key, int v, fer_error *err)
{
    int n = 0;
    while (row->words[n]) n++;
    if (v >= 0 && v < n) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: %d is none of its %d values", key, v, n);
}

static fer_status check_list(const char *key, struct feri_option_list list, fer_error *err)
{
    if (list.n && !list.items)
        return feri_fail(err, FER_ERR_ARGUMENT, "%s: %zu items, but no list of them", key, list.n);
    for (size_t i = 0; i < list.n; i++)
        if (!list.items[i] || !*list.items[i]) return feri_fail(err, FER_ERR_ARGUMENT, "%s: item %zu is empty", key, i);
    return FER_OK;
}

static fer_status check_text(const fer_option *row, const char *key, const char *text, fer_error *err)
{
    if (!row->required || (text && *text)) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: required", key);
}

static fer_status check_pair(const fer_option *row, const int *pair, fer_error *err)
{
    fer_status st = check_number(row, row->words[0], pair[0], err);
    return st == FER_OK ? check_number(row, row->words[1], pair[1], err) : st;
}

static fer_status check(const fer_option *row, const void *options, fer_error *err)
{
    char key[FER_OPTION_KEY_MAX];
    fer_option_key(row, key);
    switch (row->kind) {
    case FER_OPTION_FLAG:
    case FER_OPTION_SEED: return FER_OK;
    case FER_OPTION_TEXT:
    case FER_OPTION_PATH: return check_text(row, key, FIELD(char *, row, options), err);
    case FER_OPTION_SIZE: return check_number(row, key, (double)FIELD(size_t, row, options), err);
    case FER_OPTION_COUNT: return check_number(row, key, (double)FIELD(unsigned, row, options), err);
    case FER_OPTION_REAL: return check_number(row, key, (double)FIELD(float, row, options), err);
    case FER_OPTION_WORD: return check_word(row, key, FIELD(int, row, options), err);
    case FER_OPTION_PAIR: return check_pair(row, &FIELD(int, row, options), err);
    case FER_OPTION_LIST:
    case FER_OPTION_COMMAS: return check_list(key, feri_option_list(row, options), err);
    }
    return FER_OK;
}

fer_status feri_options_check(fer_option_table table, const void *options, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < table.n; i++) st = check(&table.rows[i], options, err);
    return st;
}
