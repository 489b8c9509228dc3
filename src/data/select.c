#define _POSIX_C_SOURCE 200809L /* strcasecmp */
/* Which samples of a set are used: its split, the requested classes, merged classes. */
#include "data/samples.h"

#include "base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GONE UINT16_MAX

/* ---- split ---- */

static fer_status parse_split(const struct feri_dataset *ds, fer_split *out, fer_error *err)
{
    *out = FER_SPLIT_NONE;
    if (strcmp(ds->opt.split, "all") == 0) return FER_OK;
    for (int s = FER_SPLIT_TRAIN; s < FER_SPLITS; s++)
        if (strcmp(ds->opt.split, fer_split_name((fer_split)s)) == 0) {
            *out = (fer_split)s;
            return FER_OK;
        }
    return feri_fail(err, FER_ERR_ARGUMENT, "split '%s' is unknown, expected all, train, val or test", ds->opt.split);
}

static fer_status no_split(const struct feri_dataset *ds, fer_split wanted, const size_t sizes[FER_SPLITS],
                           fer_error *err)
{
    char list[128] = "";
    for (int s = 0, used = 0; s < FER_SPLITS && used < (int)sizeof list; s++)
        if (sizes[s])
            used += snprintf(list + used, sizeof list - (size_t)used, "%s%s (%zu)", used ? ", " : "",
                             fer_split_name((fer_split)s), sizes[s]);
    return feri_fail(err, FER_ERR_FORMAT, "%s: no sample belongs to the split '%s'; its splits are %s", ds->path,
                     fer_split_name(wanted), list);
}

static fer_split split_of_use(enum feri_use use, const size_t sizes[FER_SPLITS])
{
    switch (use) {
    case FERI_USE_ALL:
    case FERI_USE_PICTURES: break;
    case FERI_USE_TRAIN: return FER_SPLIT_TRAIN;
    case FERI_USE_VAL: return sizes[FER_SPLIT_VAL] || !sizes[FER_SPLIT_TEST] ? FER_SPLIT_VAL : FER_SPLIT_TEST;
    case FERI_USE_TEST: return sizes[FER_SPLIT_TEST] || !sizes[FER_SPLIT_VAL] ? FER_SPLIT_TEST : FER_SPLIT_VAL;
    }
    return FER_SPLIT_NONE;
}

static fer_status choose_split(const struct feri_dataset *ds, fer_split *out, fer_error *err)
{
    size_t sizes[FER_SPLITS] = {0}, kinds = 0;
    *out = FER_SPLIT_NONE;
    for (size_t i = 0; i < ds->n; i++) sizes[ds->samples[i].split]++;
    for (int s = 0; s < FER_SPLITS; s++) kinds += sizes[s] > 0;
    if (ds->opt.split) {
        fer_status st = parse_split(ds, out, err);
        if (st != FER_OK) return st;
    } else if (kinds > 1) {
        *out = split_of_use(ds->use, sizes);
    }
    return *out == FER_SPLIT_NONE || sizes[*out] ? FER_OK : no_split(ds, *out, sizes, err);
}

/* ---- classes ---- */

/* Find a class by its name or by a synonym. */
static size_t find_class(char *const *classes, size_t n, const char *word, size_t length)
{
    int emotion = feri_emotion_find(word, length);
    for (size_t k = 0; k < n; k++)
        if (strlen(classes[k]) == length && strncasecmp(classes[k], word, length) == 0) return k;
    for (size_t k = 0; k < n && emotion >= 0; k++)
        if (feri_emotion_find(classes[k], strlen(classes[k])) == emotion) return k;
    return n;
}

static fer_status no_class(const struct feri_dataset *ds, const char *option, const char *word, size_t length,
                           fer_error *err)
{
    char list[512] = "", typed[64], meant[FERI_MEANT_MAX];
    size_t used = 0;
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 63 ? length : 63), word);
    for (size_t k = 0; k < ds->n_classes && used < sizeof list; k++) {
        int n = snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", ds->classes[k]);
        used += n > 0 ? (size_t)n : 0;
    }
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: %s: there is no class '%.*s'; there are %s%s", ds->path, option,
                     (int)length, word, list,
                     feri_class_meant(ds->n_classes, (const char *const *)ds->classes, typed, meant));
}

/* to[k]: the class into which class k is merged. */
static fer_status merge_classes(const struct feri_dataset *ds, size_t *to, fer_error *err)
{
    for (size_t k = 0; k < ds->n_classes; k++) to[k] = k;
    for (size_t i = 0; i < ds->opt.n_merge; i++) {
        const char *from = ds->opt.merge[i], *equals = strchr(from, '=');
        if (!equals) return feri_fail(err, FER_ERR_ARGUMENT, "merge '%s': expected FROM=TO", from);
        size_t length = (size_t)(equals - from), a = find_class(ds->classes, ds->n_classes, from, length);
        size_t b = find_class(ds->classes, ds->n_classes, equals + 1, strlen(equals + 1));
        if (a == ds->n_classes) return no_class(ds, "merge", from, length, err);
        if (b == ds->n_classes) return no_class(ds, "merge", equals + 1, strlen(equals + 1), err);
        size_t old = to[a], root = to[b];
        for (size_t k = 0; k < ds->n_classes; k++)
            if (to[k] == old) to[k] = root;
    }
    return FER_OK;
}

/* kept[0..*n): the old numbers of the new classes. */
static fer_status keep_classes(const struct feri_dataset *ds, const size_t *to, size_t *kept, size_t *n, fer_error *err)
{
    *n = 0;
    for (size_t i = 0; i < ds->opt.n_classes; i++) {
        const char *word = ds->opt.classes[i];
        size_t k = find_class(ds->classes, ds->n_classes, word, strlen(word));
        if (k == ds->n_classes) return no_class(ds, "classes", word, strlen(word), err);
        if (to[k] != k)
            return feri_fail(err, FER_ERR_ARGUMENT, "classes: '%s' is merged into '%s'", word, ds->classes[to[k]]);
        for (size_t j = 0; j < *n; j++)
            if (kept[j] == k) return feri_fail(err, FER_ERR_ARGUMENT, "classes: '%s' occurs twice", word);
        kept[(*n)++] = k;
    }
    for (size_t k = 0; k < ds->n_classes && ds->opt.n_classes == 0; k++)
        if (to[k] == k) kept[(*n)++] = k;
    return FER_OK;
}

static fer_status rename_classes(struct feri_dataset *ds, const size_t *kept, size_t n, fer_error *err)
{
    char **classes = calloc(n + 1, sizeof *classes);
    if (!classes) return feri_fail_memory(err, n * sizeof *classes);
    for (size_t k = 0; k < n; k++) {
        classes[k] = ds->classes[kept[k]];
        ds->classes[kept[k]] = NULL;
    }
    for (size_t k = 0; k < ds->n_classes; k++) free(ds->classes[k]);
    free(ds->classes);
    ds->classes = classes;
    ds->n_classes = ds->classes_cap = n;
    return FER_OK;
}

/* ---- samples ---- */

/* Add up votes for merged classes and drop those for removed classes. scratch [n]. */
static void map_votes(const float *from, size_t n_old, const uint16_t *map, float *scratch, float *to, size_t n)
{
    float sum = 0;
    memset(scratch, 0, n * sizeof *scratch);
    for (size_t k = 0; k < n_old; k++)
        if (map[k] != GONE) {
            scratch[map[k]] += from[k];
            sum += from[k];
        }
    for (size_t k = 0; k < n; k++) to[k] = sum > 0 ? scratch[k] / sum : scratch[k];
}

/* map[k]: the new number of class k, or GONE. Works in place, because a sample only moves down. */
static fer_status filter(struct feri_dataset *ds, fer_split split, const uint16_t *map, size_t n_classes,
                         fer_error *err)
{
    size_t n = 0;
    fer_status st = FER_OK;
    float *scratch = calloc(n_classes + 1, sizeof *scratch);
    if (!scratch) return feri_fail_memory(err, n_classes * sizeof *scratch);
    for (size_t i = 0; i < ds->n && st == FER_OK; i++) {
        struct feri_sample s = ds->samples[i];
        if (split != FER_SPLIT_NONE && s.split == FER_SPLIT_NONE)
            st = feri_dataset_leave_out(ds, "in no split, while others are in one", feri_dataset_file(ds, i), err);
        if (split != FER_SPLIT_NONE && s.split != split) continue;
        s.label = map[s.label];
        if (s.label == GONE) {
            st = feri_dataset_leave_out(ds, "of a class that is not asked for", feri_dataset_file(ds, i), err);
            continue;
        }
        if (ds->votes)
            map_votes(ds->votes + i * ds->n_classes, ds->n_classes, map, scratch, ds->votes + n * n_classes, n_classes);
        ds->samples[n++] = s;
    }
    free(scratch);
    ds->n = n;
    return st;
}

static fer_status make_one_hot(struct feri_dataset *ds, fer_error *err)
{
    size_t k = ds->n_classes;
    ds->one_hot = calloc(k * k + 1, sizeof *ds->one_hot);
    if (!ds->one_hot) return feri_fail_memory(err, k * k * sizeof *ds->one_hot);
    for (size_t i = 0; i < k; i++) ds->one_hot[i * k + i] = 1;
    return FER_OK;
}

static fer_status select_with(struct feri_dataset *ds, size_t *to, size_t *kept, uint16_t *map, fer_error *err)
{
    fer_split split;
    size_t n;
    fer_status st;
    if ((st = choose_split(ds, &split, err)) != FER_OK || (st = merge_classes(ds, to, err)) != FER_OK ||
        (st = keep_classes(ds, to, kept, &n, err)) != FER_OK)
        return st;
    for (size_t k = 0; k < ds->n_classes; k++) map[k] = GONE;
    for (size_t k = 0; k < n; k++) map[kept[k]] = (uint16_t)k;
    for (size_t k = 0; k < ds->n_classes; k++)
        if (to[k] != k) map[k] = map[to[k]];
    if ((st = filter(ds, split, map, n, err)) != FER_OK || (st = rename_classes(ds, kept, n, err)) != FER_OK) return st;
    if (ds->n) return make_one_hot(ds, err);
    char left[FER_ERROR_TEXT_MAX];
    feri_dataset_left_text(ds, left, sizeof left);
    return feri_fail(err, FER_ERR_FORMAT, "%s: no image is left under the protocol '%s'%s%s", ds->path,
                     fer_protocol_name(ds->opt.protocol), *left ? ". Left out: " : "", left);
}

fer_status feri_dataset_select(struct feri_dataset *ds, fer_error *err)
{
    size_t k = ds->n_classes + 1;
    size_t *to = calloc(k, sizeof *to), *kept = calloc(k, sizeof *kept);
    uint16_t *map = calloc(k, sizeof *map);
    fer_status st = to && kept && map ? select_with(ds, to, kept, map, err) : feri_fail_memory(err, k * sizeof *to);
    free(to);
    free(kept);
    free(map);
    return st;
}
