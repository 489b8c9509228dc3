#define _XOPEN_SOURCE 700 /* PATH_MAX */
#include "data/prepare.h"

#include "base/names.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/image_names.h"
#include "data/samples.h"
#include "data/sums.h"
#include "data/table_writer.h"
#include "formats/picture_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_SPLIT 0x5B117

/* ---- the split ---- */

/* Move n random samples of a class from train to another split. */
struct draw {
    const struct feri_dataset *ds;
    size_t n;
    fer_split to;
    uint64_t seed;
    uint8_t *splits; /* [size of ds] */
    size_t *members; /* [size of ds], scratch */
};

static fer_status draw(const struct draw *d, size_t k, fer_error *err)
{
    size_t count = 0, *members = d->members;
    const char *class = feri_dataset_class(d->ds, k);
    for (size_t i = 0; i < feri_dataset_size(d->ds); i++)
        if (d->splits[i] == FER_SPLIT_TRAIN && feri_dataset_label(d->ds, i) == k) members[count++] = i;
    if (count <= d->n)
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: class '%s' has %zu images; taking %zu for %s leaves none for training",
                         feri_dataset_path(d->ds), class, count, d->n, fer_split_name(d->to));
    struct feri_rng rng = feri_rng_new(d->seed, STREAM_SPLIT + (uint64_t)d->to, feri_mix_text(0, class));
    for (size_t j = 0; j < d->n; j++) { /* the first n steps of a shuffle (Fisher, Yates) */
        size_t other = j + feri_rng_below(&rng, (uint32_t)(count - j)), chosen = members[other];
        members[other] = members[j];
        d->splits[chosen] = (uint8_t)d->to;
    }
    return FER_OK;
}

static fer_status draw_all(const struct feri_dataset *ds, size_t n, fer_split to, uint64_t seed, uint8_t *splits,
                           fer_error *err)
{
    size_t *members = calloc(feri_dataset_size(ds) + 1, sizeof *members);
    const struct draw d = {.ds = ds, .n = n, .to = to, .seed = seed, .splits = splits, .members = members};
    fer_status st = members ? FER_OK : feri_fail_memory(err, feri_dataset_size(ds) * sizeof *members);
    for (size_t k = 0; n > 0 && k < feri_dataset_n_classes(ds) && st == FER_OK; k++) st = draw(&d, k, err);
    free(members);
    return st;
}

fer_status feri_split_samples(const struct feri_dataset *ds, const fer_prepare_options *opt, uint8_t *splits,
                              fer_error *err)
{
    size_t sizes[FER_SPLITS] = {0};
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_dataset_size(ds); i++) sizes[feri_dataset_split(ds, i)]++;
    bool val = sizes[FER_SPLIT_VAL], test = sizes[FER_SPLIT_TEST];
    for (size_t i = 0; i < feri_dataset_size(ds); i++) {
        fer_split s = feri_dataset_split(ds, i);
        if (s == FER_SPLIT_NONE) s = FER_SPLIT_TRAIN;
        if (s == FER_SPLIT_VAL && !test) s = FER_SPLIT_TEST;
        splits[i] = (uint8_t)s;
    }
    if (!val && !test)
        st = draw_all(ds, opt->test_per_class ? opt->test_per_class : opt->val_per_class, FER_SPLIT_TEST, opt->seed,
                      splits, err);
    if (st == FER_OK && !(val && test)) st = draw_all(ds, opt->val_per_class, FER_SPLIT_VAL, opt->seed, splits, err);
    return st;
}

/* A picture without a file of its own gets one, next to the tables. */
static fer_status extract(const struct feri_image_names *n, size_t i, char *name, size_t size, fer_error *err)
{
    char path[4 * PATH_MAX];
    struct feri_pixels px;
    const char *file = feri_dataset_file(n->ds, i), *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    snprintf(name, size, "images/%s%s", base, feri_ends_in(base, ".png") ? "" : ".png");
    for (char *p = name; *p; p++)
        if (*p == ':') *p = '-';
    snprintf(path, sizeof path, "%s/%s", n->folder, name);
    fer_status st = feri_dataset_read(n->ds, i, &px, err);
    if (st != FER_OK) return st;
    st = feri_pixels_write_png(path, &px, err);
    feri_pixels_free(&px);
    return st;
}

static fer_status name_image(const struct feri_image_names *n, size_t i, char *name, size_t size, fer_error *err)
{
    return n->ds->samples[i].in_row ? extract(n, i, name, size, err) : feri_image_name(n, i, name, size, err);
}

/* ---- the three tables ---- */

struct tables {
    struct feri_atomic_file files[3];
    struct feri_table_writer writer;
    size_t counts[3];
};

static fer_status open_tables(struct tables *t, const char *out, fer_error *err)
{
    fer_status st = FER_OK;
    for (int s = 0; s < 3 && st == FER_OK; s++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s.csv", out, fer_split_name((fer_split)(s + FER_SPLIT_TRAIN)));
        st = feri_atomic_open(path, &t->files[s], err);
        if (st != FER_OK) break;
        t->writer.f = t->files[s].f;
        feri_table_write_header(&t->writer);
    }
    return st;
}

static fer_status write_rows(struct tables *t, const struct feri_image_names *n, const fer_prepare_options *opt,
                             const uint8_t *splits, fer_error *err)
{
    char name[2 * PATH_MAX];
    size_t total = feri_dataset_size(n->ds);
    fer_status st = FER_OK;
    for (size_t i = 0; i < total && st == FER_OK; i++) {
        int s = splits[i] - FER_SPLIT_TRAIN;
        t->writer.f = t->files[s].f;
        t->counts[s]++;
        st = name_image(n, i, name, sizeof name, err);
        if (st == FER_OK) st = feri_table_write_row(&t->writer, i, name, (fer_split)splits[i], NULL, err);
        if (st == FER_OK && i % 256 == 0 &&
            !feri_progress(opt->progress, opt->progress_user, "writing tables", i, total))
            st = feri_fail(err, FER_ERR_STOPPED, "%s: stopped", n->ds->path);
    }
    return st;
}

/* All tables are on the disk before the first one is renamed. The digests are written before that, so a run that was
 * killed between two renames is detected: a new train.csv does not go with an old test.csv. */
static fer_status put_in_place(struct tables *t, const char *out, fer_error *err)
{
    static const char *const names[] = {"train.csv", "val.csv", "test.csv"};
    fer_status st = FER_OK;
    for (int s = 0; s < 3 && st == FER_OK; s++) st = feri_atomic_ready(&t->files[s], err);
    if (st == FER_OK) st = feri_sums_write(out, t->files, names, 3, err);
    for (int s = 0; s < 3 && st == FER_OK; s++) st = feri_atomic_commit(&t->files[s], err);
    return st;
}

static fer_status close_tables(struct tables *t, const char *out, fer_status st, fer_error *err)
{
    if (st == FER_OK) st = put_in_place(t, out, err);
    for (int s = 0; s < 3; s++) feri_atomic_abort(&t->files[s]);
    return st;
}

static fer_status make_folders(const struct feri_dataset *ds, const char *out, fer_error *err)
{
    char path[PATH_MAX];
    fer_status st = feri_make_dirs(out, err);
    if (st != FER_OK || !ds->samples[0].in_row) return st;
    snprintf(path, sizeof path, "%s/images", out);
    st = feri_sums_begin(out, err); /* pictures of an earlier split are about to be replaced */
    return st == FER_OK ? feri_make_dirs(path, err) : st;
}

static fer_status write_tables(const struct feri_image_names *n, const char *out, const fer_prepare_options *opt,
                               const uint8_t *splits, size_t counts[3], fer_error *err)
{
    struct tables t = {.writer = feri_table_writer(n->ds, NULL)};
    if (!opt->landmarks) t.writer.landmarks = false;
    fer_status st = open_tables(&t, out, err);
    if (st == FER_OK) st = write_rows(&t, n, opt, splits, err);
    st = close_tables(&t, out, st, err);
    memcpy(counts, t.counts, sizeof t.counts);
    return st;
}

fer_status feri_prepare(const struct feri_dataset *ds, const char *out, const fer_prepare_options *opt,
                        size_t counts[3], fer_error *err)
{
    struct feri_image_names names = {0};
    uint8_t *splits = calloc(feri_dataset_size(ds) + 1, sizeof *splits);
    if (!splits) return feri_fail_memory(err, feri_dataset_size(ds));
    fer_status st = feri_split_samples(ds, opt, splits, err);
    if (st == FER_OK) st = make_folders(ds, out, err);
    if (st == FER_OK) st = feri_image_names_open(ds, out, &names, err);
    if (st == FER_OK) st = write_tables(&names, out, opt, splits, counts, err);
    feri_image_names_close(&names);
    free(splits);
    return st;
}
