#define _POSIX_C_SOURCE 200809L /* strcasecmp */
/* Class folders, <class>/<picture>: the classes are the folders' names, in byte order. A numeric name is taken as it is, never as an index. */
#include "data/internal.h"

#include <string.h>
#include <strings.h>

static bool is_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

/* Names come sorted, so a class's pictures stand together. */
static fer_status add_classes(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(ds->archive) && st == FER_OK; i++) {
        const char *name = feri_archive_name(ds->archive, i), *slash = strchr(name, '/');
        if (!slash || strchr(slash + 1, '/') || !is_picture(name)) continue;
        size_t length = (size_t)(slash - name), last = ds->n_classes;
        bool known = last && strlen(ds->classes[last - 1]) == length && memcmp(ds->classes[last - 1], name, length) == 0;
        if (!known) st = feri_dataset_add_class(ds, name, length, err);
    }
    return st;
}

fer_status feri_folders_read(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = add_classes(ds, err);
    if (st != FER_OK) return st;
    if (ds->n_classes == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: neither label.csv (FER+) nor folders of pictures, one a class", ds->path);
    size_t k = 0;
    for (size_t i = 0; i < feri_archive_count(ds->archive) && st == FER_OK; i++) {
        const char *name = feri_archive_name(ds->archive, i), *slash = strchr(name, '/');
        if (!slash || strchr(slash + 1, '/') || !is_picture(name)) continue;
        size_t length = (size_t)(slash - name);
        while (strlen(ds->classes[k]) != length || memcmp(ds->classes[k], name, length) != 0) k++;
        st = feri_dataset_add(ds, i, k, NULL, err);
    }
    return st;
}
