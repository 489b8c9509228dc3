#define _POSIX_C_SOURCE 200809L /* strdup */
#include "train/options.h"

#include "base/decimal.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

enum kind { TEXT, SIZE, UNSIGNED, INT, REAL, BOOL, SEED, WORD };

enum bounds { CLOSED, ABOVE_MIN, BELOW_MAX }; /* the range holds both ends, not its least, not its greatest */

enum part { RUN, PLACE }; /* determines the run's bits, or only where and how fast it goes */

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    enum part part;
    double min, max;
    enum bounds bounds;
    const char *const *words; /* of an enumeration, NULL ends */
};

static const char *const optimizer_words[] = {"adamw", "sgd", NULL};
static const char *const schedule_words[] = {"constant", "cosine", "one-cycle", NULL};
static const char *const protocol_words[] = {"majority", "distribution", "all", NULL};

#define AT(member) offsetof(fer_train_options, member)

static const struct field fields[] = {
    {.name = "model", .kind = TEXT, .offset = AT(model)},
    {.name = "data", .kind = TEXT, .offset = AT(data.path), .part = PLACE}, /* its content counts: see run.c */
    {.name = "val", .kind = TEXT, .offset = AT(val.path), .part = PLACE},
    {.name = "layout", .kind = TEXT, .offset = AT(data.layout), .part = PLACE},
    {.name = "split", .kind = TEXT, .offset = AT(data.split), .part = PLACE},
    {.name = "val_split", .kind = TEXT, .offset = AT(val.split), .part = PLACE},
    {.name = "order", .kind = TEXT, .offset = AT(data.order), .part = PLACE},
    {.name = "margin", .kind = REAL, .offset = AT(data.margin), .max = 10},
    {.name = "out", .kind = TEXT, .offset = AT(out), .part = PLACE},
    {.name = "input", .kind = SIZE, .offset = AT(input), .max = 4096},
    {.name = "channels", .kind = SIZE, .offset = AT(channels), .max = 3},
    {.name = "preprocess", .kind = TEXT, .offset = AT(preprocess)},
    {.name = "protocol", .kind = WORD, .offset = AT(data.protocol), .words = protocol_words},
    {.name = "val_protocol", .kind = WORD, .offset = AT(val.protocol), .words = protocol_words},
    {.name = "skip_bad", .kind = BOOL, .offset = AT(data.skip_bad)},
    {.name = "epochs", .kind = SIZE, .offset = AT(epochs), .min = 1, .max = 1e6},
    {.name = "batch", .kind = SIZE, .offset = AT(batch), .min = 1, .max = 65536},
    {.name = "oversample", .kind = REAL, .offset = AT(oversample), .max = 1000},
    {.name = "optimizer", .kind = WORD, .offset = AT(optimizer), .words = optimizer_words},
    {.name = "lr", .kind = REAL, .offset = AT(lr), .max = 1000, .bounds = ABOVE_MIN},
    {.name = "weight_decay", .kind = REAL, .offset = AT(weight_decay), .max = 100},
    {.name = "momentum", .kind = REAL, .offset = AT(momentum), .max = 1, .bounds = BELOW_MAX},
    {.name = "beta1", .kind = REAL, .offset = AT(beta1), .max = 1, .bounds = BELOW_MAX},
    {.name = "beta2", .kind = REAL, .offset = AT(beta2), .max = 1, .bounds = BELOW_MAX},
    {.name = "eps", .kind = REAL, .offset = AT(eps), .max = 1, .bounds = ABOVE_MIN},
    {.name = "nesterov", .kind = BOOL, .offset = AT(nesterov)},
    {.name = "decay_all", .kind = BOOL, .offset = AT(decay_all)},
    {.name = "schedule", .kind = WORD, .offset = AT(schedule), .words = schedule_words},
    {.name = "warmup", .kind = REAL, .offset = AT(warmup), .max = 1e6},
    {.name = "lr_final", .kind = REAL, .offset = AT(lr_final), .max = 1},
    {.name = "clip", .kind = REAL, .offset = AT(clip), .max = 1e9},
    {.name = "ema", .kind = REAL, .offset = AT(ema), .max = 1, .bounds = BELOW_MAX},
    {.name = "label_smoothing", .kind = REAL, .offset = AT(label_smoothing), .max = 1, .bounds = BELOW_MAX},
    {.name = "dropout", .kind = REAL, .offset = AT(dropout), .min = -1},
    {.name = "drop_path", .kind = REAL, .offset = AT(drop_path), .max = 1, .bounds = BELOW_MAX},
    {.name = "mixup", .kind = REAL, .offset = AT(mixup), .max = 100},
    {.name = "cutmix", .kind = REAL, .offset = AT(cutmix), .max = 100},
    {.name = "logit_adjust", .kind = REAL, .offset = AT(logit_adjust), .max = 10},
    {.name = "sam", .kind = REAL, .offset = AT(sam), .max = 10},
    {.name = "valence_arousal", .kind = BOOL, .offset = AT(valence_arousal)},
    {.name = "va_weight", .kind = REAL, .offset = AT(va_weight), .max = 1000},
    {.name = "flip", .kind = REAL, .offset = AT(augment.flip), .max = 1},
    {.name = "crop_scale_min", .kind = REAL, .offset = AT(augment.crop_scale_min), .max = 1},
    {.name = "shift", .kind = REAL, .offset = AT(augment.shift), .max = 1},
    {.name = "zoom", .kind = REAL, .offset = AT(augment.zoom), .max = 1, .bounds = BELOW_MAX},
    {.name = "rotation", .kind = REAL, .offset = AT(augment.rotation), .max = 180},
    {.name = "brightness", .kind = REAL, .offset = AT(augment.brightness), .max = 1},
    {.name = "contrast", .kind = REAL, .offset = AT(augment.contrast), .max = 1},
    {.name = "erase", .kind = REAL, .offset = AT(augment.erase), .max = 1},
    {.name = "degrade", .kind = REAL, .offset = AT(degrade), .max = 1},
    {.name = "randaugment_ops", .kind = INT, .offset = AT(augment.randaugment_ops), .max = 100},
    {.name = "randaugment_magnitude", .kind = INT, .offset = AT(augment.randaugment_magnitude), .max = 30},
    {.name = "init", .kind = TEXT, .offset = AT(init)},
    {.name = "teacher", .kind = TEXT, .offset = AT(teacher)},
    {.name = "distill_weight", .kind = REAL, .offset = AT(distill_weight), .max = 1},
    {.name = "distill_temperature", .kind = REAL, .offset = AT(distill_temperature), .max = 100, .bounds = ABOVE_MIN},
    {.name = "seed", .kind = SEED, .offset = AT(seed)},
    {.name = "threads", .kind = UNSIGNED, .offset = AT(threads), .part = PLACE, .max = 1024},
    {.name = "workers", .kind = UNSIGNED, .offset = AT(workers), .part = PLACE, .max = 256},
    {.name = "isa", .kind = TEXT, .offset = AT(isa), .part = PLACE},
};

#define N_FIELDS (sizeof fields / sizeof *fields)

/* Reads the member by its type; an enumeration has the size of an int. */
#define MEMBER(type, opt, f) (*(const type *)(const void *)((const char *)(opt) + (f)->offset))

_Static_assert(sizeof(fer_optimizer) == sizeof(int) && sizeof(fer_schedule) == sizeof(int) &&
                   sizeof(fer_protocol) == sizeof(int),
               "enumerations are read as int");

fer_train_options fer_train_defaults(void)
{
    /* The published recipe, without its oversampling. */
    return (fer_train_options){.epochs = 10,
                               .batch = 128,
                               .optimizer = FER_ADAMW,
                               .lr = 1e-3f,
                               .weight_decay = 0.01f,
                               .momentum = 0.9f,
                               .beta1 = 0.9f,
                               .beta2 = 0.999f,
                               .eps = 1e-8f,
                               .schedule = FER_CONSTANT,
                               .dropout = -1,
                               .distill_weight = 0.5f,
                               .distill_temperature = 2,
                               .va_weight = 1,
                               .augment = {.randaugment_ops = 2, .randaugment_magnitude = 9}};
}

/* ---- ranges ---- */

static double number(const fer_train_options *opt, const struct field *f)
{
    switch (f->kind) {
    case SIZE: return (double)MEMBER(size_t, opt, f);
    case UNSIGNED: return (double)MEMBER(unsigned, opt, f);
    case INT: return (double)MEMBER(int, opt, f);
    case REAL: return (double)MEMBER(float, opt, f);
    case TEXT:
    case BOOL:
    case SEED:
    case WORD: break;
    }
    return 0;
}

static size_t n_words(const struct field *f)
{
    size_t n = 0;
    while (f->words[n]) n++;
    return n;
}

static fer_status check_word(const fer_train_options *opt, const struct field *f, fer_error *err)
{
    int v = MEMBER(int, opt, f);
    if (v >= 0 && (size_t)v < n_words(f)) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: %d is none of its %zu values", f->name, v, n_words(f));
}

static fer_status check_field(const fer_train_options *opt, const struct field *f, fer_error *err)
{
    if (f->kind == WORD) return check_word(opt, f, err);
    double v = number(opt, f);
    bool inside = v >= f->min && v <= f->max; /* false for NaN */
    if (f->bounds == ABOVE_MIN && v <= f->min) inside = false;
    if (f->bounds == BELOW_MAX && v >= f->max) inside = false;
    if (inside) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: %g is out of range, expected %s%g to %s%g", f->name, v,
                     f->bounds == ABOVE_MIN ? "above " : "", f->min, f->bounds == BELOW_MAX ? "below " : "", f->max);
}

static fer_status check_freeze(const fer_train_options *opt, fer_error *err)
{
    if (opt->n_freeze && !opt->freeze)
        return feri_fail(err, FER_ERR_ARGUMENT, "freeze: %zu patterns, but no list of them", opt->n_freeze);
    for (size_t i = 0; i < opt->n_freeze; i++)
        if (!opt->freeze[i] || !*opt->freeze[i])
            return feri_fail(err, FER_ERR_ARGUMENT, "freeze: pattern %zu is empty", i);
    return FER_OK;
}

/* Both sets are read alike, but for what only the path, the split and the protocol say. */
static fer_status check_val(const fer_data_source *val, fer_error *err)
{
    if (!val->layout && !val->order && !val->n_classes && !val->n_merge && val->margin == 0 && !val->skip_bad)
        return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "val: only its path, split and protocol may be set; everything else is taken from data");
}

fer_status feri_options_check(const fer_train_options *opt, fer_error *err)
{
    if (!opt->model || !opt->data.path || !opt->out || !*opt->out)
        return feri_fail(err, FER_ERR_ARGUMENT, "%s: required",
                         !opt->model       ? "model"
                         : !opt->data.path ? "data"
                                           : "out");
    /* In words of its own: the general sentence would allow a fraction. */
    if (!(opt->dropout <= 0)) /* NaN too */
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "dropout: %g is not allowed, expected -1 (as the model says) or 0 (none)",
                         (double)opt->dropout);
    for (size_t i = 0; i < N_FIELDS; i++) {
        fer_status st = check_field(opt, &fields[i], err);
        if (st != FER_OK) return st;
    }
    if (opt->channels == 2) return feri_fail(err, FER_ERR_ARGUMENT, "channels: 2 is not allowed, expected 1 or 3");
    if ((double)opt->warmup > (double)opt->epochs)
        return feri_fail(err, FER_ERR_ARGUMENT, "warmup: %g epochs of %zu, expected 0 to %zu", (double)opt->warmup,
                         opt->epochs, opt->epochs);
    fer_status st = check_val(&opt->val, err);
    return st == FER_OK ? check_freeze(opt, err) : st;
}

/* ---- JSON ---- */

/* The double that is written with the fewest digits of those that round to v: 0.001, not
 * 0.0010000000474974513. */
static double shortest(float v)
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

/* JSON's integers are signed here; a seed beyond them becomes a string. */
static json_t *seed_json(uint64_t seed)
{
    char text[32];
    if (seed <= INT64_MAX) return json_integer((json_int_t)seed);
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    return json_string(text);
}

/* A path need not be UTF-8, JSON must be: other bytes are shown as '?'. */
static json_t *text_json(const char *text)
{
    if (!text) return json_null();
    json_t *json = json_string(text);
    if (json) return json;
    size_t n = strlen(text);
    char *copy = malloc(n + 1);
    if (!copy) return NULL;
    for (size_t i = 0; i <= n; i++) copy[i] = (unsigned char)text[i] < 128 ? text[i] : '?';
    json = json_string(copy);
    free(copy);
    return json;
}

static json_t *field_json(const fer_train_options *opt, const struct field *f)
{
    switch (f->kind) {
    case TEXT: return text_json(MEMBER(char *, opt, f));
    case SIZE: return json_integer((json_int_t)MEMBER(size_t, opt, f));
    case UNSIGNED: return json_integer((json_int_t)MEMBER(unsigned, opt, f));
    case INT: return json_integer(MEMBER(int, opt, f));
    case REAL: return json_real(shortest(MEMBER(float, opt, f)));
    case BOOL: return json_boolean(MEMBER(bool, opt, f));
    case SEED: return seed_json(MEMBER(uint64_t, opt, f));
    case WORD: return json_string(f->words[MEMBER(int, opt, f)]);
    }
    return NULL;
}

static json_t *list_json(const char *const *items, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++)
        if (json_array_append_new(list, text_json(items[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool wanted(const fer_train_options *opt, const struct field *f, bool fingerprint)
{
    if (!fingerprint) return true;
    return f->part == RUN && !(f->offset == AT(epochs) && opt->schedule == FER_CONSTANT);
}

static json_t *make_json(const fer_train_options *opt, bool fingerprint)
{
    json_t *all = json_object();
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < N_FIELDS; i++)
        if (wanted(opt, &fields[i], fingerprint))
            ok = json_object_set_new(all, fields[i].name, field_json(opt, &fields[i])) == 0;
    if (ok) ok = json_object_set_new(all, "freeze", list_json(opt->freeze, opt->n_freeze)) == 0;
    if (ok) ok = json_object_set_new(all, "classes", list_json(opt->data.classes, opt->data.n_classes)) == 0;
    if (ok) ok = json_object_set_new(all, "merge", list_json(opt->data.merge, opt->data.n_merge)) == 0;
    if (ok) return all;
    json_decref(all);
    return NULL;
}

json_t *feri_options_json(const fer_train_options *opt)
{
    return make_json(opt, false);
}

json_t *feri_options_fingerprint(const fer_train_options *opt)
{
    return make_json(opt, true);
}

char *feri_json_text(const json_t *json, size_t indent)
{
    return json_dumps(json, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(9) | JSON_INDENT(indent));
}

/* ---- comparison ---- */

static fer_status compare_value(const char *name, const json_t *then, const json_t *now, fer_error *err)
{
    char *a = then ? feri_json_text(then, 0) : strdup("not there");
    char *b = feri_json_text(now, 0);
    fer_status st = FER_OK;
    if (!a || !b) st = feri_fail(err, FER_ERR_MEMORY, "option '%s': out of memory", name);
    else if (strcmp(a, b) != 0)
        st = feri_fail(err, FER_ERR_ARGUMENT,
                       "option '%s' is %.300s in the checkpoint and %.300s now; resume with the same "
                       "options, or use another directory",
                       name, a, b);
    free(a);
    free(b);
    return st;
}

/* An option that is younger than the checkpoint had its default then. */
static const json_t *value_then(const json_t *then, const json_t *defaults, const char *name)
{
    const json_t *value = json_object_get(then, name);
    return value ? value : json_object_get(defaults, name);
}

fer_status feri_fingerprint_compare(const json_t *then, const json_t *now, fer_error *err)
{
    const fer_train_options none = fer_train_defaults();
    json_t *defaults = feri_options_fingerprint(&none), *value;
    const char *name;
    fer_status st = defaults ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    json_object_foreach((json_t *)(uintptr_t)now, name, value) if (st == FER_OK) st =
        compare_value(name, value_then(then, defaults, name), value, err);
    json_decref(defaults);
    return st;
}
