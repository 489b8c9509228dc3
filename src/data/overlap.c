#define _XOPEN_SOURCE 700 /* realpath */
#include "data/overlap.h"

#include "data/samples.h"
#include "data/seen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The real paths of a set's sources. */
static void free_places(char **places, size_t n)
{
    for (size_t i = 0; places && i < n; i++) free(places[i]);
    free(places);
}

static char **places_of(const struct feri_dataset *ds)
{
    char **places = calloc(ds->n_sources + 1, sizeof *places);
    for (size_t i = 0; places && i < ds->n_sources; i++) {
        places[i] = realpath(ds->sources[i].path, NULL);
        if (!places[i]) places[i] = feri_strdup(ds->sources[i].path);
        if (places[i]) continue;
        free_places(places, ds->n_sources);
        return NULL;
    }
    return places;
}

/* "/a/b/../c/./d" becomes "/a/c/d", in place. */
static void shorten(char *path)
{
    char *out = path;
    for (const char *p = path; *p;) {
        size_t n = *p == '/' ? 1 + strcspn(p + 1, "/") : strcspn(p, "/");
        if (n == 3 && memcmp(p, "/..", 3) == 0) {
            while (out > path && *--out != '/') {
            }
        } else if (n > 1 && !(n == 2 && p[1] == '.')) {
            memmove(out, p, n);
            out += n;
        }
        p += n;
    }
    *out = '\0';
}

/* What two samples of one picture have in common; false: the path is too long. */
static bool key_of(const struct feri_dataset *ds, char *const *places, size_t i, char *key, size_t size)
{
    const struct feri_sample *s = &ds->samples[i];
    const char *name = feri_dataset_file(ds, i);
    int n = ds->sources[s->source].kind == FERI_SOURCE_PACK
                ? snprintf(key, size, "%s/%llu", places[s->source], (unsigned long long)s->at)
            : *name == '/' ? snprintf(key, size, "%s", name)
                           : snprintf(key, size, "%s/%s", places[s->source], name);
    if (n < 0 || (size_t)n >= size) return false;
    shorten(key);
    return true;
}

static fer_status compare(const struct feri_dataset *a, const struct feri_dataset *b, char *const *of_a,
                          char *const *of_b, struct feri_overlap *out, fer_error *err)
{
    struct feri_seen seen = {0};
    char key[2 * PATH_MAX];
    bool again;
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < a->n; i++)
        if (key_of(a, of_a, i, key, sizeof key)) st = feri_seen_add(&seen, 0, key, &again, err);
    for (size_t i = 0; st == FER_OK && i < b->n; i++) {
        if (!key_of(b, of_b, i, key, sizeof key) || !feri_seen_has(&seen, 0, key)) continue;
        if (out->n++ == 0) snprintf(out->first, sizeof out->first, "%.199s", feri_dataset_file(b, i));
    }
    feri_seen_free(&seen);
    return st;
}

fer_status feri_dataset_overlap(const struct feri_dataset *a, const struct feri_dataset *b, struct feri_overlap *out,
                                fer_error *err)
{
    *out = (struct feri_overlap){0};
    char **of_a = places_of(a), **of_b = places_of(b);
    fer_status st = of_a && of_b ? compare(a, b, of_a, of_b, out, err)
                                 : feri_fail_memory(err, (a->n_sources + b->n_sources) * sizeof *of_a);
    free_places(of_a, a->n_sources);
    free_places(of_b, b->n_sources);
    return st;
}
