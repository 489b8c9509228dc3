/* What is left out of a data set, and why. */
#include "data/samples.h"

#include <stdio.h>
#include <string.h>

static fer_status count(struct feri_dataset *ds, const char *what, bool damage, size_t n, const char *sentence,
                        fer_error *err)
{
    size_t i = 0;
    while (i < ds->n_left && strcmp(ds->left[i].what, what) != 0) i++;
    if (i == ds->n_left) {
        if (!feri_grow(&ds->left, &ds->left_cap, ds->n_left + 1, sizeof *ds->left))
            return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", ds->path);
        ds->left[ds->n_left++] = (struct feri_left_out){.damage = damage};
        snprintf(ds->left[i].what, sizeof ds->left[i].what, "%s", what);
        snprintf(ds->left[i].first, sizeof ds->left[i].first, "%.199s", sentence);
    }
    ds->left[i].n += n;
    return FER_OK;
}

fer_status feri_dataset_damaged(struct feri_dataset *ds, const char *what, fer_status st, const fer_error *why,
                                fer_error *err)
{
    if (st == FER_ERR_MEMORY || !ds->opt.skip_bad) return feri_fail(err, st, "%s", why->text);
    return count(ds, what, true, 1, why->text, err);
}

fer_status feri_dataset_leave_out(struct feri_dataset *ds, const char *what, const char *name, fer_error *err)
{
    return count(ds, what, false, 1, name, err);
}

fer_status feri_dataset_leave_out_all(struct feri_dataset *ds, const char *what, size_t n, const char *first,
                                      fer_error *err)
{
    return n ? count(ds, what, false, n, first, err) : FER_OK;
}

fer_status feri_dataset_count_asides(struct feri_dataset *ds, const struct feri_archive *a, fer_error *err)
{
    static const char *const words[FERI_ASIDES] = {
        [FERI_ASIDE_LOOP] = "link to a folder that it lies in",
        [FERI_ASIDE_BROKEN] = "link to nothing",
        [FERI_ASIDE_LINK] = "symbolic link in an archive",
        [FERI_ASIDE_SPECIAL] = "pipe, socket or device",
        [FERI_ASIDE_REPLACED] = "file with the name of a later one in its archive",
    };
    fer_status st = FER_OK;
    for (int k = 0; k < FERI_ASIDES && st == FER_OK; k++) {
        const char *first;
        size_t n = feri_archive_aside(a, (enum feri_aside)k, &first);
        st = feri_dataset_leave_out_all(ds, words[k], n, first, err);
    }
    return st;
}

void feri_dataset_left_text(const struct feri_dataset *ds, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < ds->n_left && used < size; i++) {
        const struct feri_left_out *l = &ds->left[i];
        int n = snprintf(out + used, size - used, "%s%zu x %s, the first: %s", i ? "; " : "", l->n, l->what, l->first);
        used += n > 0 ? (size_t)n : 0;
    }
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
