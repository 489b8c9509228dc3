#include "films/bases.h"

#include "base/names.h"
#include "common/cli.h"
#include "common/file.h"
#include "inputs/places.h"

#include <stdlib.h>
#include <string.h>

/* How much of a film's name its outputs have; more is taken where two films would have the same. */
enum stage { STEM, NAME, PATH, STAGES };

struct namer {
    const struct input_list *films;
    const char *directory;
    const char *endings[FILM_FILES_MAX];
    size_t n_endings;
    char **bases;
    enum stage *stages;
    bool *hit; /* shares an output's name with another film */
};

/* An output of a film; the table over all films belongs to none. */
struct output {
    char *path;
    size_t film;
};

#define NO_FILM SIZE_MAX

/* ---- a base ---- */

/* The path without "/" at its start and without "." and ".." on its way, so that it stays in the output directory. */
static void append_safely(char *to, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/");
        bool step = n == 0 || (n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.');
        if (!step) {
            *to++ = '/';
            memcpy(to, path, n);
            to += n;
        }
        path += n + (path[n] == '/');
    }
    *to = '\0';
}

static char *base_of(const struct namer *m, const struct input *film, enum stage stage)
{
    const char *name = strcmp(film->path, "-") == 0 ? "stdin" : stage == PATH ? film->path : film->path + film->below;
    size_t n = strlen(m->directory), size = n + strlen(name) + 2;
    char *base = malloc(size);
    if (!base) return NULL;
    memcpy(base, m->directory, n);
    while (n > 1 && base[n - 1] == '/') n--;
    append_safely(base + n, name);
    if (stage == STEM && feri_names_film(base)) *strrchr(base, '.') = '\0';
    return base;
}

/* ---- no two outputs in one place ---- */

static int by_path(const void *a, const void *b)
{
    const struct output *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->film > y->film) - (x->film < y->film);
}

static char *joined(const char *base, const char *ending)
{
    size_t size = strlen(base) + strlen(ending) + 1;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s", base, ending);
    return path;
}

/* All outputs of all films, sorted by path. NULL: out of memory. */
static struct output *list_outputs(const struct namer *m, size_t *n_out)
{
    static const char *const tables[] = {FILM_TABLE, FILM_FAILURES};
    struct output *all = calloc(m->films->n * m->n_endings + 2, sizeof *all);
    size_t n = 0;
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < 2; i++)
        ok = (all[n++] = (struct output){cli_join(m->directory, tables[i]), NO_FILM}).path != NULL;
    for (size_t i = 0; i < m->films->n; i++)
        for (size_t k = 0; ok && m->bases[i] && k < m->n_endings; k++)
            ok = (all[n++] = (struct output){joined(m->bases[i], m->endings[k]), i}).path != NULL;
    *n_out = n;
    if (ok) qsort(all, n, sizeof *all, by_path);
    if (ok) return all;
    while (n > 0) free(all[--n].path);
    free(all);
    cli_no_memory();
    return NULL;
}

static bool refuse(const struct namer *m, const struct output *a, const struct output *b)
{
    const char *one = m->films->items[a->film == NO_FILM ? b->film : a->film].path;
    if (a->film == NO_FILM || b->film == NO_FILM)
        return cli_refuse("video: %s of the film %s would be the table over all films; rename the film", a->path, one);
    return cli_refuse("video: %s and %s would both be written as %s; use two output directories", one,
                      m->films->items[b->film].path, a->path);
}

/* Whether all names differ. Films that share one are marked; *ok false after an error message: they cannot differ. */
static bool are_distinct(const struct namer *m, bool *ok)
{
    size_t n;
    bool distinct = true;
    struct output *all = list_outputs(m, &n);
    *ok = all != NULL;
    for (size_t i = 1; *ok && i < n; i++) {
        const struct output *a = &all[i - 1], *b = &all[i];
        if (strcmp(a->path, b->path) != 0) continue;
        distinct = false;
        bool more = false;
        for (const struct output *o = a; o <= b; o++)
            if (o->film != NO_FILM) {
                m->hit[o->film] = true;
                more |= m->stages[o->film] + 1 < STAGES;
            }
        if (!more) *ok = refuse(m, a, b);
    }
    while (all && n > 0) free(all[--n].path);
    free(all);
    return distinct;
}

static bool rename_hit(struct namer *m)
{
    for (size_t i = 0; i < m->films->n; i++) {
        if (!m->hit[i] || m->stages[i] + 1 == STAGES) continue;
        m->hit[i] = false;
        free(m->bases[i]);
        m->bases[i] = base_of(m, &m->films->items[i], ++m->stages[i]);
        if (!m->bases[i]) return cli_no_memory();
    }
    return true;
}

static bool make_distinct(struct namer *m)
{
    bool ok;
    while (!are_distinct(m, &ok))
        if (!ok || !rename_hit(m)) return false;
    return ok;
}

/* ---- all bases ---- */

struct named {
    const char *path;
    size_t film;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->film > y->film) - (x->film < y->film);
}

/* A base for every path; of a path that is given twice, for the first. */
static bool begin(struct namer *m)
{
    size_t n = m->films->n;
    struct named *names = calloc(n + 1, sizeof *names);
    bool ok = names != NULL;
    for (size_t i = 0; ok && i < n; i++) names[i] = (struct named){m->films->items[i].path, i};
    if (ok) qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; ok && i < n; i++) {
        if (i > 0 && strcmp(names[i].path, names[i - 1].path) == 0) continue;
        size_t film = names[i].film;
        ok = (m->bases[film] = base_of(m, &m->films->items[film], STEM)) != NULL;
    }
    free(names);
    return ok || cli_no_memory();
}

static bool spares_films(const struct namer *m)
{
    size_t n;
    struct input_places places;
    struct output *all = list_outputs(m, &n);
    bool ok = all && input_places_new(&places, m->films);
    for (size_t i = 0; ok && i < n; i++) {
        const struct input *hit = input_places_find(&places, all[i].path);
        if (hit)
            ok =
                cli_refuse("video: %s would replace the film %s; use another output directory", all[i].path, hit->path);
    }
    if (all) input_places_free(&places);
    while (all && n > 0) free(all[--n].path);
    free(all);
    return ok;
}

char **film_bases_new(const struct input_list *films, const struct film_kinds *kinds, const char *directory)
{
    struct namer m = {.films = films,
                      .directory = directory,
                      .bases = calloc(films->n + 1, sizeof *m.bases),
                      .stages = calloc(films->n + 1, sizeof *m.stages),
                      .hit = calloc(films->n + 1, sizeof *m.hit)};
    m.n_endings = film_kinds_endings(kinds, m.endings);
    bool ok = m.bases && m.stages && m.hit;
    if (!ok) cli_no_memory();
    ok = ok && begin(&m) && make_distinct(&m) && spares_films(&m);
    free(m.stages);
    free(m.hit);
    if (ok) return m.bases;
    film_bases_free(m.bases, films->n);
    return NULL;
}

void film_bases_free(char **bases, size_t n)
{
    for (size_t i = 0; bases && i < n; i++) free(bases[i]);
    free(bases);
}
