#define _POSIX_C_SOURCE 200809L /* strcasecmp */
/* Finds the pictures that the rows of a table name: in the table's own archive, wherever the data set put them, or on
 * disk, also inside containers. */
#include "base/names.h"
#include "data/layouts/table.h"
#include "formats/archive_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define PATH_MAX_HERE 4096
#define FEW           4 /* rows */

/* ---- entries of the table's own archive ---- */

static bool try_entry(const struct feri_archive *a, const char *prefix, const char *image, const char *ending,
                      bool upper, uint32_t *entry)
{
    char path[PATH_MAX_HERE];
    int n = snprintf(path, sizeof path, "%s%s%s", prefix, image, ending);
    if (n <= 0 || (size_t)n >= sizeof path) return false;
    for (char *c = path + n - strlen(ending); upper && *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
    size_t at = feri_archive_find(a, path);
    *entry = (uint32_t)at;
    return at != (size_t)-1;
}

/* prefix + image, with an ending of pictures if the row has only a number. */
static bool find_entry(const struct feri_archive *a, const char *prefix, const char *image, uint32_t *entry)
{
    const char *base = strrchr(image, '/');
    bool whole = strchr(base ? base : image, '.') != NULL;
    if (try_entry(a, prefix, image, "", false, entry)) return true;
    for (const char *const *ending = feri_picture_endings(); !whole && *ending; ending++)
        if (try_entry(a, prefix, image, *ending, false, entry) || try_entry(a, prefix, image, *ending, true, entry))
            return true;
    return false;
}

/* Whether a path ends in "/<image>" or "/<image>.<ending>". Returns the length of the part before the image. */
static size_t ends_in(const char *path, const char *image, bool whole)
{
    size_t n = strlen(path), m = strlen(image);
    if (!whole) {
        const char *dot = strrchr(path, '.');
        if (!dot || !feri_names_picture(path)) return (size_t)-1;
        n = (size_t)(dot - path);
    }
    return n > m && path[n - m - 1] == '/' && memcmp(path + n - m, image, m) == 0 ? n - m : (size_t)-1;
}

struct feri_by_base {
    const char *base; /* in the name */
    size_t entry;
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int compare_bases(const void *a, const void *b)
{
    const struct feri_by_base *x = a, *y = b;
    int order = strcmp(x->base, y->base);
    return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static bool sort_by_base(struct feri_picture_finder *f, const struct feri_archive *a)
{
    size_t n = feri_archive_count(a);
    f->by_base = calloc(n + 1, sizeof *f->by_base);
    if (!f->by_base) return false;
    for (size_t i = 0; i < n; i++) f->by_base[i] = (struct feri_by_base){base_of(feri_archive_name(a, i)), i};
    qsort(f->by_base, n, sizeof *f->by_base, compare_bases);
    f->n_by_base = n;
    return true;
}

struct wanted {
    const char *image;
    bool whole; /* with its ending */
    fer_split split;
};

/* Length of what stands before the image in a path that ends in it, in a folder that does not speak of another split;
 * (size_t)-1: it does not. */
static size_t prefix_in(const char *path, const struct wanted *w)
{
    size_t length = ends_in(path, w->image, w->whole);
    fer_split there = length == (size_t)-1 ? FER_SPLIT_NONE : feri_split_of_path(path);
    return there != FER_SPLIT_NONE && w->split != FER_SPLIT_NONE && there != w->split ? (size_t)-1 : length;
}

/* The first entry that is wanted, among those whose names without folders begin like the image's; (size_t)-1: none. */
static size_t find_by_base(const struct feri_picture_finder *f, const struct feri_archive *a, const struct wanted *w)
{
    const char *base = base_of(w->image);
    size_t lo = 0, hi = f->n_by_base, n = strlen(base), best = (size_t)-1;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(f->by_base[mid].base, base) < 0) lo = mid + 1;
        else hi = mid;
    }
    for (; lo < f->n_by_base && strncmp(f->by_base[lo].base, base, n) == 0; lo++) {
        size_t entry = f->by_base[lo].entry;
        if (w->whole && f->by_base[lo].base[n]) break;
        if (entry < best && prefix_in(feri_archive_name(a, entry), w) != (size_t)-1) best = entry;
    }
    return best;
}

/* Looking through all entries is quicker than sorting them, unless it is done for many rows. */
static size_t find_anywhere(struct feri_picture_finder *f, const struct feri_archive *a, const struct wanted *w)
{
    if (f->by_base || (f->misses > FEW && sort_by_base(f, a))) return find_by_base(f, a, w);
    for (size_t i = 0; i < feri_archive_count(a); i++)
        if (prefix_in(feri_archive_name(a, i), w) != (size_t)-1) return i;
    f->misses++;
    return (size_t)-1;
}

/* Look for an entry that ends in the image's name, and remember where. */
static bool learn_prefix(struct feri_table *t, const struct feri_archive *a, const char *image, fer_split split)
{
    struct feri_picture_finder *f = t->finder;
    const struct wanted w = {image, strchr(base_of(image), '.') != NULL, split};
    if (f->n_prefixes == sizeof f->prefix / sizeof *f->prefix) return false;
    size_t entry = find_anywhere(f, a, &w);
    if (entry == (size_t)-1) return false;
    const char *path = feri_archive_name(a, entry);
    size_t length = prefix_in(path, &w);
    char *prefix = malloc(length + 1);
    if (!prefix) return false;
    memcpy(prefix, path, length);
    prefix[length] = '\0';
    f->prefix[f->n_prefixes].text = prefix;
    f->prefix[f->n_prefixes++].split = split;
    return true;
}

static bool find_in_archive(struct feri_table *t, const char *image, struct feri_sample *s)
{
    const struct feri_archive *a = t->ds->sources[0].archive;
    fer_split split = (fer_split)s->split;
    for (size_t i = t->finder->n_prefixes; i-- > 0;)
        if (t->finder->prefix[i].split == split && find_entry(a, t->finder->prefix[i].text, image, &s->entry))
            return true;
    if (t->kind->order == NULL) return find_entry(a, t->folder, image, &s->entry);
    return learn_prefix(t, a, image, split) &&
           find_entry(a, t->finder->prefix[t->finder->n_prefixes - 1].text, image, &s->entry);
}

/* ---- files, and containers on disk ---- */

/* Length of the part of a path up to a component *.zip or *.tar that is a file and is not the last component. 0: there
 * is none. */
static size_t container_length(const char *folder, const char *image)
{
    char path[PATH_MAX_HERE];
    struct stat st;
    for (const char *slash = strchr(image, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t n = (size_t)(slash - image);
        if (n < 5 || (strncasecmp(slash - 4, ".zip", 4) != 0 && strncasecmp(slash - 4, ".tar", 4) != 0)) continue;
        int m = snprintf(path, sizeof path, "%s%.*s", *image == '/' ? "" : folder, (int)n, image);
        if (m > 0 && (size_t)m < sizeof path && stat(path, &st) == 0 && S_ISREG(st.st_mode)) return n;
    }
    return 0;
}

/* The source of a file or container on disk, opened at most once. */
static fer_status open_source(struct feri_table *t, enum feri_source_kind kind, const char *path, uint16_t *source,
                              fer_error *err)
{
    struct feri_picture_finder *f = t->finder;
    for (size_t i = 0; i < f->n_opened; i++)
        if (strcmp(f->opened[i].path, path) == 0) {
            *source = f->opened[i].source;
            return FER_OK;
        }
    if (f->n_opened == sizeof f->opened / sizeof *f->opened)
        return feri_fail(err, FER_ERR_FORMAT, "%s: pictures in more than %zu containers", t->ds->path, f->n_opened);
    fer_status st = feri_dataset_add_source(t->ds, kind, path, source, err);
    if (st == FER_OK && kind == FERI_SOURCE_ARCHIVE)
        st = feri_archive_open(path, &t->ds->sources[*source].archive, err);
    if (st != FER_OK) return st;
    f->opened[f->n_opened].path = feri_strdup(path);
    if (!f->opened[f->n_opened].path) return feri_fail_memory(err, strlen(path));
    f->opened[f->n_opened++].source = *source;
    return FER_OK;
}

static fer_status find_in_container(struct feri_table *t, const char *folder, const char *image, size_t length,
                                    struct feri_sample *s, bool *found, fer_error *err)
{
    char path[PATH_MAX_HERE];
    int n = snprintf(path, sizeof path, "%s%.*s", *image == '/' ? "" : folder, (int)length, image);
    if (n < 0 || (size_t)n >= sizeof path) return feri_fail(err, FER_ERR_IO, "%s: its path is too long", image);
    fer_status st = open_source(t, FERI_SOURCE_ARCHIVE, path, &s->source, err);
    if (st != FER_OK) return st;
    size_t entry = feri_archive_find(t->ds->sources[s->source].archive, image + length + 1);
    *found = entry != (size_t)-1;
    s->entry = (uint32_t)entry;
    return FER_OK;
}

static fer_status find_on_disk(struct feri_table *t, const char *image, struct feri_sample *s, bool *found,
                               fer_error *err)
{
    char folder[PATH_MAX_HERE], path[PATH_MAX_HERE];
    struct stat st;
    const struct feri_source *own = &t->ds->sources[t->source];
    int n = own->kind == FERI_SOURCE_FILES ? snprintf(folder, sizeof folder, "%s/", own->path)
                                           : snprintf(folder, sizeof folder, "%s/%s", t->ds->path, t->folder);
    if (n < 0 || (size_t)n >= sizeof folder) return feri_fail(err, FER_ERR_IO, "%s: a path is too long", t->ds->path);
    size_t length = container_length(folder, image);
    if (length) return find_in_container(t, folder, image, length, s, found, err);
    n = snprintf(path, sizeof path, "%s%s", *image == '/' ? "" : folder, image);
    *found = n > 0 && (size_t)n < sizeof path && stat(path, &st) == 0 && S_ISREG(st.st_mode);
    if (!*found) return FER_OK;
    folder[strlen(folder) - 1] = '\0';
    fer_status done =
        own->kind == FERI_SOURCE_FILES ? FER_OK : open_source(t, FERI_SOURCE_FILES, folder, &s->source, err);
    if (own->kind == FERI_SOURCE_FILES) s->source = t->source;
    return done == FER_OK ? feri_dataset_add_name(t->ds, image, &s->name, err) : done;
}

static fer_status find(struct feri_table *t, const char *image, struct feri_sample *s, bool *found, fer_error *err)
{
    const struct feri_source *first = &t->ds->sources[0];
    *found = false;
    if (*image == '\0') return FER_OK;
    if (first->kind == FERI_SOURCE_ARCHIVE && find_in_archive(t, image, s)) {
        *found = true;
        return FER_OK;
    }
    bool on_disk = t->ds->sources[t->source].kind == FERI_SOURCE_FILES || feri_is_dir(t->ds->path);
    return on_disk && t->kind->order == NULL ? find_on_disk(t, image, s, found, err) : FER_OK;
}

/* A table made on Windows names pictures with backslashes. */
fer_status feri_find_picture(struct feri_table *t, const char *image, struct feri_sample *s, bool *found,
                             fer_error *err)
{
    char slashes[PATH_MAX_HERE];
    fer_status st = find(t, image, s, found, err);
    if (st != FER_OK || *found || !strchr(image, '\\') || strlen(image) >= sizeof slashes) return st;
    memcpy(slashes, image, strlen(image) + 1);
    for (char *p = slashes; (p = strchr(p, '\\')) != NULL;) *p = '/';
    return find(t, slashes, s, found, err);
}

void feri_picture_finder_free(struct feri_picture_finder *f)
{
    free(f->by_base);
    for (size_t i = 0; i < f->n_prefixes; i++) free(f->prefix[i].text);
    for (size_t i = 0; i < f->n_opened; i++) free(f->opened[i].path);
}
