#define _XOPEN_SOURCE 700 /* realpath */
#include "data/prepare.h"

#include "base/names.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/samples.h"
#include "data/sums.h"
#include "data/table_writer.h"
#include "formats/picture_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    for (size_t k = 0; k < feri_dataset_n_classes(ds) && st == FER_OK; k++) st = draw(&d, k, err);
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

/* ---- names of images, relative to the folder of the tables ---- */

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

struct names {
    const struct feri_dataset *ds;
    char out[PATH_MAX];         /* the tables' folder */
    char (*prefixes)[PATH_MAX]; /* folder of each source, with the slash after it */
};

static fer_status name_source(struct names *n, size_t i, fer_error *err)
{
    char real[PATH_MAX], relative[PATH_MAX];
    const struct feri_source *s = &n->ds->sources[i];
    if (s->kind == FERI_SOURCE_PACK)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "%s: cannot prepare a pack; prepare the original data set and pack the result", s->path);
    if (!realpath(s->path, real)) return feri_fail_errno(err, "%s: cannot be found", s->path);
    if (!relative_path(n->out, real, relative, sizeof relative - 1))
        return feri_fail(err, FER_ERR_IO, "%s: its path is too long", real);
    snprintf(n->prefixes[i], PATH_MAX, "%.*s%s", PATH_MAX - 2, relative, *relative ? "/" : "");
    return FER_OK;
}

static fer_status name_sources(struct names *n, const char *out, fer_error *err)
{
    fer_status st = FER_OK;
    if (!realpath(out, n->out)) return feri_fail_errno(err, "%s: cannot be found", out);
    n->prefixes = calloc(n->ds->n_sources + 1, sizeof *n->prefixes);
    if (!n->prefixes) return feri_fail_memory(err, n->ds->n_sources * sizeof *n->prefixes);
    for (size_t i = 0; i < n->ds->n_sources && st == FER_OK; i++) st = name_source(n, i, err);
    return st;
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

/* A picture without a file of its own gets one, next to the tables. */
static fer_status extract(const struct names *n, size_t i, char *name, size_t size, fer_error *err)
{
    char path[4 * PATH_MAX];
    struct feri_pixels px;
    const char *file = feri_dataset_file(n->ds, i), *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    snprintf(name, size, "images/%s%s", base, feri_ends_in(base, ".png") ? "" : ".png");
    for (char *p = name; *p; p++)
        if (*p == ':') *p = '-';
    snprintf(path, sizeof path, "%s/%s", n->out, name);
    fer_status st = feri_dataset_read(n->ds, i, &px, err);
    if (st != FER_OK) return st;
    st = feri_pixels_write_png(path, &px, err);
    feri_pixels_free(&px);
    return st;
}

static fer_status name_image(const struct names *n, size_t i, char *name, size_t size, fer_error *err)
{
    const struct feri_sample *s = &n->ds->samples[i];
    const struct feri_source *source = &n->ds->sources[s->source];
    if (s->in_row) return extract(n, i, name, size, err);
    const char *file = feri_dataset_file(n->ds, i),
               *tar = source->kind == FERI_SOURCE_ARCHIVE ? tar_of(source, file) : "";
    size_t head = *tar ? strcspn(file, "/") : 0;
    int m = *file == '/'
                ? snprintf(name, size, "%s", file)
                : snprintf(name, size, "%s%.*s%s%s", n->prefixes[s->source], (int)head, file, tar, file + head);
    return m > 0 && (size_t)m < size ? FER_OK : feri_fail(err, FER_ERR_IO, "%s: its path is too long", file);
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

static fer_status write_rows(struct tables *t, const struct names *n, const fer_prepare_options *opt,
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

static fer_status write_tables(const struct names *n, const char *out, const fer_prepare_options *opt,
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
    struct names names = {.ds = ds};
    uint8_t *splits = calloc(feri_dataset_size(ds) + 1, sizeof *splits);
    if (!splits) return feri_fail_memory(err, feri_dataset_size(ds));
    fer_status st = feri_split_samples(ds, opt, splits, err);
    if (st == FER_OK) st = make_folders(ds, out, err);
    if (st == FER_OK) st = name_sources(&names, out, err);
    if (st == FER_OK) st = write_tables(&names, out, opt, splits, counts, err);
    free(names.prefixes);
    free(splits);
    return st;
}
