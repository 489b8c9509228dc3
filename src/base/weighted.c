#define _POSIX_C_SOURCE 200809L /* access */
#include "base/weighted.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WEIGHT_MAX 1000

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Cut ":WEIGHT" from the end of an item's path. */
static fer_status cut_weight(struct feri_weighted *item, char *path, fer_error *err)
{
    char *colon = strrchr(path, ':'), *end;
    if (!colon || !colon[1] || is_there(path)) return FER_OK;
    float weight = feri_strtof(colon + 1, &end);
    if (*end) return FER_OK;
    if (!(weight > 0 && weight <= WEIGHT_MAX))
        return feri_fail(err, FER_ERR_ARGUMENT, "data: '%s': the weight is %s, expected a number above 0, at most %d",
                         path, colon + 1, WEIGHT_MAX);
    *colon = '\0';
    item->weight = weight;
    return FER_OK;
}

static void cut_word(struct feri_weighted *item, char *path, const char *const *words)
{
    char *colon = strrchr(path, ':');
    size_t place;
    if (!words || !colon || is_there(path) || !feri_word_find(words, colon + 1, &place)) return;
    *colon = '\0';
    item->word = words[place];
}

static fer_status add(struct feri_weighted_list *l, char *path, const char *const *words, fer_error *err)
{
    if (l->n == FERI_WEIGHTED_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "data: more than %d sets", FERI_WEIGHTED_MAX);
    struct feri_weighted *item = &l->items[l->n++];
    *item = (struct feri_weighted){.path = path, .weight = 1};
    fer_status st = cut_weight(item, path, err);
    if (st != FER_OK) return st;
    cut_word(item, path, words);
    if (*path) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "data: a path is empty, expected PATH[:WEIGHT],...");
}

fer_status feri_weighted_split(const char *list, const char *const *words, struct feri_weighted_list *out,
                               fer_error *err)
{
    fer_status st = FER_OK;
    *out = (struct feri_weighted_list){.copy = feri_strdup(list)};
    if (!out->copy) return feri_fail_memory(err, strlen(list));
    bool whole = is_there(list);
    for (char *at = out->copy; st == FER_OK && at;) {
        char *comma = whole ? NULL : strchr(at, ',');
        if (comma) *comma = '\0';
        st = add(out, at, words, err);
        at = comma ? comma + 1 : NULL;
    }
    return st;
}

void feri_weighted_free(struct feri_weighted_list *l)
{
    free(l->copy);
    *l = (struct feri_weighted_list){0};
}
