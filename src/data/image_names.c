#define _XOPEN_SOURCE 700 /* realpath */
#include "data/image_names.h"

#include "data/samples.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(FERI_FOLDER_MAX >= PATH_MAX, "realpath() writes that much");

/* "../../x" from the directory `from` to the path `to`, both real and absolute. */
static bool relative_path(const char *from, const char *to, char *out, size_t size)
{
    size_t same = 0, used = 0, i = 0;
    for (; from[i] && from[i] == to[i]; i++)
        if (from[i] == '/') same = i + 1;
    bool inside = !from[i] && (to[i] == '/' || !to[i]);
    if (inside) same = to[i] ? i + 1 : i;
    const char *rest = inside ? "" : from + same;
    *out = '\0';
    for (; *rest; rest += strcspn(rest, "/"), rest += *rest == '/') {
        int n = snprintf(out + used, size - used, "../");
        if (n < 0 || (used += (size_t)n) >= size) return false;
    }
    int n = snprintf(out + used, size - used, "%s", to + same);
    return n >= 0 && used + (size_t)n < size;
}

static fer_status name_source(struct feri_image_names *n, size_t i, fer_error *err)
{
    char real[PATH_MAX], relative[PATH_MAX];
    const struct feri_source *s = &n->ds->sources[i];
    if (s->kind == FERI_SOURCE_PACK)
        return feri_fail(
            err, FER_ERR_UNSUPPORTED,
            "%s: the pictures of a pack have no names that a table could hold; use the data set that was packed",
            s->path);
    if (!realpath(s->path, real)) return feri_fail_errno(err, "%s: cannot be found", s->path);
    if (!relative_path(n->folder, real, relative, sizeof relative - 1))
        return feri_fail(err, FER_ERR_IO, "%s: its path is too long", real);
    snprintf(n->prefixes[i], PATH_MAX, "%.*s%s", PATH_MAX - 2, relative, *relative ? "/" : "");
    return FER_OK;
}

fer_status feri_image_names_open(const struct feri_dataset *ds, const char *folder, struct feri_image_names *n,
                                 fer_error *err)
{
    fer_status st = FER_OK;
    *n = (struct feri_image_names){.ds = ds};
    if (!realpath(folder, n->folder)) return feri_fail_errno(err, "%s: cannot be found", folder);
    n->prefixes = calloc(ds->n_sources + 1, sizeof *n->prefixes);
    if (!n->prefixes) return feri_fail_memory(err, ds->n_sources * sizeof *n->prefixes);
    for (size_t i = 0; i < ds->n_sources && st == FER_OK; i++) st = name_source(n, i, err);
    return st;
}

void feri_image_names_close(struct feri_image_names *n)
{
    free(n->prefixes);
    n->prefixes = NULL;
}

/* The first folder of a directory may be a tar with that name. */
static const char *tar_of(const struct feri_source *s, const char *entry)
{
    char path[PATH_MAX];
    struct stat st;
    size_t n = strcspn(entry, "/");
    if (!entry[n] || !feri_is_dir(s->path)) return "";
    int m = snprintf(path, sizeof path, "%s/%.*s", s->path, (int)n, entry);
    if (m < 0 || (size_t)m >= sizeof path || stat(path, &st) == 0) return "";
    m = snprintf(path, sizeof path, "%s/%.*s.tar", s->path, (int)n, entry);
    return m > 0 && (size_t)m < sizeof path && stat(path, &st) == 0 ? ".tar" : "";
}

fer_status feri_image_name(const struct feri_image_names *n, size_t i, char *name, size_t size, fer_error *err)
{
    const struct feri_sample *s = &n->ds->samples[i];
    const struct feri_source *source = &n->ds->sources[s->source];
    const char *file = feri_dataset_file(n->ds, i),
               *tar = source->kind == FERI_SOURCE_ARCHIVE ? tar_of(source, file) : "";
    size_t head = *tar ? strcspn(file, "/") : 0;
    if (s->in_row)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "%s: '%s' has no file of its own; 'fer data prepare' writes such pictures into files",
                         n->ds->path, file);
    int m = *file == '/'
                ? snprintf(name, size, "%s", file)
                : snprintf(name, size, "%s%.*s%s%s", n->prefixes[s->source], (int)head, file, tar, file + head);
    return m > 0 && (size_t)m < size ? FER_OK : feri_fail(err, FER_ERR_IO, "%s: its path is too long", file);
}
