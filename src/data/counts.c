/* What is left out of a data set, and why. */
#include "data/samples.h"

#include <stdio.h>
#include <string.h>

static fer_status count(struct feri_dataset *ds, const char *what, bool damage, const char *sentence, fer_error *err)
{
    size_t i = 0;
    while (i < ds->n_left && strcmp(ds->left[i].what, what) != 0) i++;
    if (i == ds->n_left) {
        if (!feri_grow(&ds->left, &ds->left_cap, ds->n_left + 1, sizeof *ds->left))
            return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", ds->path);
        ds->left[ds->n_left++] = (struct feri_left_out){.what = what, .damage = damage};
        snprintf(ds->left[i].first, sizeof ds->left[i].first, "%.199s", sentence);
    }
    ds->left[i].n++;
    return FER_OK;
}

fer_status feri_dataset_damaged(struct feri_dataset *ds, const char *what, fer_status st, const fer_error *why,
                                fer_error *err)
{
    if (st == FER_ERR_MEMORY || !ds->opt.skip_bad) return feri_fail(err, st, "%s", why->text);
    return count(ds, what, true, why->text, err);
}

fer_status feri_dataset_leave_out(struct feri_dataset *ds, const char *what, const char *name, fer_error *err)
{
    return count(ds, what, false, name, err);
}

size_t feri_dataset_n_left(const struct feri_dataset *ds)
{
    return ds->n_left;
}

const struct feri_left_out *feri_dataset_left(const struct feri_dataset *ds, size_t i)
{
    return &ds->left[i];
}

size_t feri_dataset_n_skipped(const struct feri_dataset *ds)
{
    size_t n = 0;
    for (size_t i = 0; i < ds->n_left; i++) n += ds->left[i].damage ? ds->left[i].n : 0;
    return n;
}
