#define _POSIX_C_SOURCE 200809L /* strdup */
#include "train/option_json.h"

#include "base/error.h"
#include "base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD FERI_OPTION_FIELD

/* ---- values ---- */

/* JSON's integers are signed here; a seed beyond them becomes a string. */
static json_t *seed_json(uint64_t seed)
{
    char text[32];
    if (seed <= INT64_MAX) return json_integer((json_int_t)seed);
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    return json_string(text);
}

static json_t *list_json(struct feri_option_list items)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < items.n; i++)
        if (json_array_append_new(list, feri_json_string(items.items[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *value_json(const fer_option *row, const void *options)
{
    switch (row->kind) {
    case FER_OPTION_FLAG: return json_boolean(FIELD(bool, row, options));
    case FER_OPTION_TEXT:
    case FER_OPTION_PATH: return feri_json_string(FIELD(char *, row, options));
    case FER_OPTION_SIZE: return json_integer((json_int_t)FIELD(size_t, row, options));
    case FER_OPTION_COUNT: return json_integer((json_int_t)FIELD(unsigned, row, options));
    case FER_OPTION_SEED: return seed_json(FIELD(uint64_t, row, options));
    case FER_OPTION_REAL: return json_real(feri_shortest(FIELD(float, row, options)));
    case FER_OPTION_WORD: return json_string(row->words[FIELD(int, row, options)]);
    case FER_OPTION_LIST:
    case FER_OPTION_COMMAS: return list_json(feri_option_list(row, options));
    case FER_OPTION_PAIR: break; /* two values: add_pair() */
    }
    return NULL;
}

static bool add_pair(json_t *all, const fer_option *row, const int *pair)
{
    return json_object_set_new(all, row->words[0], json_integer(pair[0])) == 0 &&
           json_object_set_new(all, row->words[1], json_integer(pair[1])) == 0;
}

static bool add(json_t *all, const fer_option *row, const void *options)
{
    char key[FER_OPTION_KEY_MAX];
    if (row->kind == FER_OPTION_PAIR) return add_pair(all, row, &FIELD(int, row, options));
    return json_object_set_new(all, fer_option_key(row, key), value_json(row, options)) == 0;
}

json_t *feri_options_json(fer_option_table table, const void *options, fer_option_use last)
{
    json_t *all = json_object();
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < table.n; i++)
        if (table.rows[i].use <= last) ok = add(all, &table.rows[i], options);
    if (ok) return all;
    json_decref(all);
    return NULL;
}

char *feri_option_text(const json_t *json, size_t indent)
{
    return feri_json_dump(json, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(9) | JSON_INDENT(indent));
}

/* ---- comparison ---- */

/* Reals are floats, however many digits of them were written; a text that is not set was once an empty one. */
static bool same_value(const json_t *then, const json_t *now)
{
    if (json_is_real(then) && json_is_real(now)) return (float)json_real_value(then) == (float)json_real_value(now);
    if (json_is_null(now) && json_is_string(then)) return *json_string_value(then) == '\0';
    return then && json_equal(then, now);
}

static fer_status compare_value(const char *name, const json_t *then, const json_t *now, fer_error *err)
{
    if (same_value(then, now)) return FER_OK;
    char *a = then ? feri_option_text(then, 0) : strdup("not there");
    char *b = feri_option_text(now, 0);
    fer_status st = a && b ? feri_fail(err, FER_ERR_ARGUMENT,
                                       "option '%s' is %.300s in the checkpoint and %.300s now; resume with the same "
                                       "options, or use another directory",
                                       name, a, b)
                           : feri_fail(err, FER_ERR_MEMORY, "option '%s': out of memory", name);
    free(a);
    free(b);
    return st;
}

fer_status feri_fingerprint_compare(const json_t *then, const json_t *now, const json_t *defaults, fer_error *err)
{
    const char *name;
    json_t *value;
    fer_status st = FER_OK;
    json_object_foreach((json_t *)(uintptr_t)now, name, value)
    {
        const json_t *before = json_object_get(then, name);
        st = compare_value(name, before ? before : json_object_get(defaults, name), value, err);
        if (st != FER_OK) break;
    }
    return st;
}
