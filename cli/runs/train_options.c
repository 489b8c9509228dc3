#include "runs/train_options.h"

#include <stdlib.h>
#include <string.h>

/* What a run writes, beside what it reads. */
static void mark_files(struct cli_option *o)
{
    static const char *const written[] = {"config.json",       "log.csv",    "last.safetensors", "best.safetensors",
                                          "final.safetensors", "curves.png", "curves.svg",       NULL};
    static const char *const sources[] = {"val", "init"};
    for (size_t i = 0; i < CLI_N(sources); i++)
        if (strcmp(o->name, sources[i]) == 0) o->file = CLI_SOURCE;
    if (strcmp(o->name, "data") == 0) o->file = CLI_SETS;
    if (strcmp(o->name, "teacher") == 0) o->file = CLI_SOURCES;
    if (strcmp(o->name, "out") != 0) return;
    o->file = CLI_TARGET_DIR;
    o->names = written;
}

size_t cli_bind_options(fer_option_table table, void *options, bool call, struct cli_option rows[TRAIN_OPTIONS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < table.n && n < TRAIN_OPTIONS_MAX; i++) {
        if ((table.rows[i].use == FER_OPTION_CALL) != call) continue;
        rows[n] = cli_option_of(&table.rows[i], options);
        mark_files(&rows[n++]);
    }
    return n;
}

void cli_clear_options(fer_option_table table, void *options)
{
    for (size_t i = 0; i < table.n; i++) fer_option_clear(&table.rows[i], options);
}

bool train_options_check(const fer_train_options *o, const char *what)
{
    fer_model_options m = {.height = o->input, .width = o->input, .channels = o->channels, .preprocess = o->preprocess};
    fer_model *model;
    fer_error err;
    if (fer_model_new(o->model, &m, &model, &err) != FER_OK) return cli_refuse("%s: %s", what, err.text);
    fer_model_free(model);
    return true;
}

/* ---- config.json ---- */

static bool set(const fer_option *row, fer_train_options *o, const char *text)
{
    return fer_option_set(row, o, text, NULL) == FER_OK;
}

/* A number, a switch or a text. */
static bool set_value(const fer_option *row, fer_train_options *o, const json_t *v)
{
    char text[64];
    if (json_is_string(v)) return set(row, o, json_string_value(v));
    if (json_is_boolean(v)) return set(row, o, json_is_true(v) ? "on" : "off");
    if (!json_is_number(v)) return false;
    snprintf(text, sizeof text, "%.17g", json_number_value(v));
    /* What is not set is written as zero, which no text gives. */
    if (strcmp(text, "0") == 0 && row->unset) return true;
    return set(row, o, text);
}

static bool set_items(const fer_option *row, fer_train_options *o, const json_t *items)
{
    char all[2048] = "";
    size_t used = 0, i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        const char *text = json_string_value(item);
        if (!text) return false;
        if (row->kind == FER_OPTION_LIST && !set(row, o, text)) return false;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? "," : "", text);
        if (used >= sizeof all) return false;
    }
    return row->kind == FER_OPTION_LIST || !used || set(row, o, all);
}

static bool set_pair(const fer_option *row, fer_train_options *o, const json_t *config)
{
    char text[64];
    const json_t *a = json_object_get(config, row->words[0]), *b = json_object_get(config, row->words[1]);
    snprintf(text, sizeof text, "%.0f,%.0f", json_number_value(a), json_number_value(b));
    return (!a && !b) || set(row, o, text);
}

bool train_options_of_config(const json_t *config, fer_train_options *o)
{
    fer_option_table table = fer_train_table();
    *o = fer_train_defaults();
    if (!json_is_string(json_object_get(config, "model"))) return false;
    for (size_t i = 0; i < table.n; i++) {
        const fer_option *row = &table.rows[i];
        char key[FER_OPTION_KEY_MAX];
        const json_t *v = json_object_get(config, fer_option_key(row, key));
        bool ok = row->kind == FER_OPTION_PAIR ? set_pair(row, o, config)
                  : !v || json_is_null(v)      ? true /* an option that is younger than the run had its default */
                  : json_is_array(v)           ? set_items(row, o, v)
                                               : set_value(row, o, v);
        if (!ok) return false;
    }
    return true;
}
