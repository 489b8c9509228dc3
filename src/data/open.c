#include "data/open.h"

#include "data/layouts/layout.h"
#include "data/sums.h"
#include "formats/archive_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Layout i in the order in which layouts are tried. A layout whose test the files of another one would pass comes after
 * it. False after the last one. */
static bool layout_at(size_t i, struct feri_layout *out)
{
    static const struct feri_layout *const own[] = {
        &feri_layout_affectnet8,
        &feri_layout_ferplus_csv,
        &feri_layout_ferplus,
        &feri_layout_rafdb,
    };
    const size_t n = sizeof own / sizeof *own;
    if (i < n) *out = *own[i];
    else if (i - n < feri_table_layouts()) *out = feri_table_layout(i - n);
    else *out = feri_layout_folders;
    return i <= n + feri_table_layouts();
}

static void list_layouts(char *out, size_t size)
{
    struct feri_layout l;
    size_t used = 0;
    for (size_t i = 0; used < size && layout_at(i, &l); i++) {
        int n = snprintf(out + used, size - used, "%s%s", i ? ", " : "", l.name);
        used += n > 0 ? (size_t)n : 0;
    }
}

static fer_status choose_layout(const struct feri_dataset *ds, struct feri_layout *out, fer_error *err)
{
    char list[512];
    const struct feri_archive *a = ds->sources[0].archive;
    const char *wanted = ds->opt.layout;
    for (size_t i = 0; layout_at(i, out); i++) {
        if (wanted ? strcmp(wanted, out->name) != 0 : !out->is(out, a)) continue;
        if (!wanted || out->is(out, a)) return FER_OK;
        return feri_fail(err, FER_ERR_FORMAT, "%s: not in the layout '%s': expected %s", ds->path, out->name,
                         out->what);
    }
    list_layouts(list, sizeof list);
    if (wanted) return feri_fail(err, FER_ERR_ARGUMENT, "layout '%s' is unknown, expected one of %s", wanted, list);
    return feri_fail(
        err, FER_ERR_FORMAT,
        "%s: none of the layouts that are known (%s): no label.csv, no annotations/<id>_exp.npy, no CSV with named "
        "columns, no folders of pictures, one a class",
        ds->path, list);
}

/* Whether the files of an archive have labels: a layout that is more than folders of pictures. */
static bool has_labels(const struct feri_archive *a)
{
    struct feri_layout l;
    for (size_t i = 0; layout_at(i, &l) && l.is != feri_layout_folders.is; i++)
        if (l.is(&l, a)) return true;
    return false;
}

static fer_status choose(const struct feri_dataset *ds, struct feri_layout *out, fer_error *err)
{
    const struct feri_archive *a = ds->sources[0].archive;
    bool unlabelled = ds->use == FERI_USE_PICTURES && !ds->opt.layout && !has_labels(a);
    if (!unlabelled) return choose_layout(ds, out, err);
    *out = feri_layout_pictures;
    if (out->is(out, a)) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "%s: no pictures by their names", ds->path);
}

static fer_status read_archive(struct feri_dataset *ds, fer_error *err)
{
    uint16_t number;
    struct feri_layout layout;
    fer_status st = feri_dataset_add_source(ds, FERI_SOURCE_ARCHIVE, ds->path, &number, err);
    if (st == FER_OK) st = feri_archive_open(ds->path, &ds->sources[0].archive, err);
    if (st == FER_OK) st = feri_dataset_count_asides(ds, ds->sources[0].archive, err);
    if (st == FER_OK) st = choose(ds, &layout, err);
    if (st != FER_OK) return st;
    ds->layout = layout.name;
    return layout.read(&layout, ds, err);
}

static fer_status read_all(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = feri_is_pack(ds->path)    ? feri_table_read_pack(ds, err)
                    : feri_is_table(ds->path) ? feri_table_read_file(ds, err)
                                              : read_archive(ds, err);
    return st == FER_OK ? feri_dataset_select(ds, err) : st;
}

fer_status feri_dataset_open(const fer_data_source *source, enum feri_use use, struct feri_dataset **out,
                             fer_error *err)
{
    *out = NULL;
    if ((unsigned)source->protocol > FER_ALL)
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a protocol", (int)source->protocol);
    struct feri_dataset *ds = calloc(1, sizeof *ds);
    if (!ds || !(ds->path = feri_strdup(source->path))) {
        free(ds);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", source->path);
    }
    ds->opt = *source;
    ds->use = use;
    fer_status st = feri_sums_check(ds->path, err);
    if (st == FER_OK) st = read_all(ds, err);
    if (st != FER_OK) {
        feri_dataset_close(ds);
        return st;
    }
    *out = ds;
    return FER_OK;
}
