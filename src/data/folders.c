#define _POSIX_C_SOURCE 200809L /* strcasecmp */
/* Class folders, <class>/<picture>: the classes are the folders' names, in byte order. A numeric name is taken as it is, never as an index. */
#include "data/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

/* Length of the folder's name if entry i is a picture in a folder, 0 if not. */
static size_t class_length(const struct feri_archive *a, size_t i)
{
    const char *name = feri_archive_name(a, i), *slash = strchr(name, '/');
    return slash && !strchr(slash + 1, '/') && is_picture(name) ? (size_t)(slash - name) : 0;
}

static bool is_class(const char *class, const char *name, size_t length)
{
    return strncmp(class, name, length) == 0 && class[length] == '\0';
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Entries are sorted by their whole path, so a class's pictures stand together, but "joy (mild)/1.png" before "joy/1.png". */
static fer_status add_classes(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(ds->archive) && st == FER_OK; i++) {
        const char *name = feri_archive_name(ds->archive, i);
        size_t length = class_length(ds->archive, i), last = ds->n_classes;
        if (length && !(last && is_class(ds->classes[last - 1], name, length))) st = feri_dataset_add_class(ds, name, length, err);
    }
    if (st == FER_OK && ds->n_classes) qsort(ds->classes, ds->n_classes, sizeof *ds->classes, by_name);
    return st;
}

static size_t find_class(const struct feri_dataset *ds, const char *name, size_t length)
{
    size_t lo = 0, hi = ds->n_classes; /* the class is one of lo..hi-1 */
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        int order = strncmp(ds->classes[middle], name, length);
        if (order < 0 || (order == 0 && ds->classes[middle][length] == '\0'))
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

fer_status feri_folders_read(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = add_classes(ds, err);
    if (st != FER_OK) return st;
    if (ds->n_classes == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: neither label.csv (FER+) nor folders of pictures, one a class", ds->path);
    size_t k = 0;
    for (size_t i = 0; i < feri_archive_count(ds->archive) && st == FER_OK; i++) {
        const char *name = feri_archive_name(ds->archive, i);
        size_t length = class_length(ds->archive, i);
        if (length == 0) continue;
        if (!is_class(ds->classes[k], name, length)) k = find_class(ds, name, length);
        st = feri_dataset_add(ds, i, k, NULL, err);
    }
    return st;
}
