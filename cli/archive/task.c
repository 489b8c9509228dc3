#include "archive/task.h"

#include "base/fnv.h"
#include "base/words.h"
#include "common/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool among(const char *const *words, const char *name)
{
    for (; *words; words++)
        if (strcmp(*words, name) == 0) return true;
    return false;
}

static json_t *item_of(const struct cli_option *o, size_t item, size_t n)
{
    char *text = malloc(n + 1);
    if (!text) return NULL;
    cli_get_option(o, item, text, n + 1);
    json_t *value = feri_json_string(text);
    free(text);
    return value;
}

static json_t *value_of(const struct cli_option *o)
{
    size_t n = cli_get_option(o, 0, NULL, 0);
    if (o->type != CLI_LIST) return n > 0 ? item_of(o, 0, n) : json_null();
    json_t *all = json_array();
    for (size_t item = 0; (n = cli_get_option(o, item, NULL, 0)) > 0; item++) feri_json_add(all, item_of(o, item, n));
    return all;
}

json_t *archive_settings(const struct cli_option *options, size_t n, const char *const *aside)
{
    json_t *all = json_object();
    for (size_t i = 0; i < n; i++)
        if (!among(aside, options[i].name)) feri_json_set(all, options[i].name, value_of(&options[i]));
    return all;
}

static bool add_file(json_t *settings, const char *key, const char *path)
{
    char text[20];
    unsigned char bytes[1 << 14];
    uint64_t sum = FERI_FNV_START;
    FILE *f = path ? fopen(path, "rb") : NULL;
    if (!path) return feri_json_set(settings, key, json_null());
    if (!f) return cli_refuse("%s: cannot be opened: %s", path, strerror(errno));
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;) sum = feri_fnv(sum, bytes, n);
    bool ok = !ferror(f);
    fclose(f);
    if (!ok) return cli_refuse("%s: cannot be read", path);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)sum);
    return feri_json_set(settings, key, json_string(text)) || cli_no_memory();
}

/* The best set that a session can be made with is the one that "auto" takes. */
static bool add_isa(json_t *settings, const fer_model *m, const char *isa)
{
    const char *const *words = fer_isa_names();
    fer_session_options opt = {.threads = 1, .isa = isa};
    size_t n = feri_words_count(words);
    fer_session *s = NULL;
    fer_error err;
    bool automatic = !isa || strcmp(isa, words[0]) == 0;
    fer_status st = automatic ? FER_ERR_UNSUPPORTED : FER_OK;
    while (st == FER_ERR_UNSUPPORTED && n > 1) {
        opt.isa = words[--n];
        st = fer_session_new(m, &opt, &s, &err);
    }
    fer_session_free(s);
    return cli_good(st, &err) && (feri_json_set(settings, "isa", json_string(opt.isa)) || cli_no_memory());
}

bool archive_settings_add_models(json_t *settings, const struct archive_models *models, const fer_model *m)
{
    fer_error err;
    char weights[4096];
    if (!cli_good(fer_model_weights_path(models->weights, weights, sizeof weights, &err), &err)) return false;
    return add_file(settings, "weights", weights) && add_file(settings, "detector", models->detector) &&
           add_isa(settings, m, models->isa);
}

/* ---- the head of the journals ---- */

/* Changes when an input is added, goes or moves. */
static uint64_t sum_of_names(const struct archive_task *t)
{
    uint64_t h = FERI_FNV_START;
    for (size_t i = 0; i < t->n; i++) {
        const char *name = t->name(t->user, i);
        h = feri_fnv(h, name, strlen(name) + 1);
    }
    return h;
}

json_t *archive_head(const struct archive_task *t)
{
    char sum[20];
    json_t *doc = json_object();
    snprintf(sum, sizeof sum, "%016llx", (unsigned long long)sum_of_names(t));
    feri_json_set(doc, "fer", json_string("journal"));
    feri_json_set(doc, "command", json_string(t->command));
    feri_json_set(doc, "version", json_string(fer_version()));
    feri_json_set(doc, "inputs", json_integer((json_int_t)t->n));
    feri_json_set(doc, "names", json_string(sum));
    feri_json_set(doc, "settings", json_incref(t->settings));
    feri_json_set(doc, "table", json_string(t->table));
    feri_json_set(doc, "before", json_string(t->before));
    feri_json_set(doc, "after", json_string(t->after));
    if (!doc) cli_no_memory();
    return doc;
}
