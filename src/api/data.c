#include "fer/data.h"

#include "api/image.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/pool.h"
#include "data/dataset.h"
#include "data/digest.h"
#include "data/pack_images.h"
#include "data/prepare.h"
#include "data/scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)FER_MAJORITY == (int)FERI_PROTOCOL_MAJORITY &&
                   (int)FER_DISTRIBUTION == (int)FERI_PROTOCOL_DISTRIBUTION && (int)FER_ALL == (int)FERI_PROTOCOL_ALL,
               "public and internal protocols have the same numbers");
_Static_assert(FER_DATA_SPLITS == (int)FERI_SPLITS, "public and internal splits have the same numbers");

fer_status fer_protocol_parse(const char *word, fer_protocol *out, fer_error *err)
{
    if (!word || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_protocol_parse: word and out must not be NULL");
    enum feri_protocol p;
    if (!feri_protocol_parse(word, &p))
        return feri_fail(err, FER_ERR_ARGUMENT, "protocol '%s' is unknown; there are majority, distribution and all",
                         word);
    *out = (fer_protocol)p;
    return FER_OK;
}

const char *fer_protocol_name(fer_protocol p)
{
    switch (p) {
    case FER_MAJORITY:
    case FER_DISTRIBUTION:
    case FER_ALL: return feri_protocol_name((enum feri_protocol)p);
    }
    return "unknown";
}

const char *fer_data_split_name(size_t split)
{
    return split == FERI_SPLIT_NONE || split >= FERI_SPLITS ? "none" : feri_split_name((enum feri_split)split);
}

static fer_status open_data(const char *path, const fer_data_options *opt, bool lenient, struct feri_dataset **out,
                            fer_error *err)
{
    struct feri_dataset_options o = feri_dataset_options_of(&opt->select, FERI_USE_ALL);
    o.protocol = (enum feri_protocol)opt->protocol;
    o.skip_bad = lenient || opt->skip_bad;
    return feri_dataset_open(path, &o, out, err);
}

struct report {
    const fer_data_options *opt;
    const char *what;
};

static bool pass_progress(void *user, size_t done, size_t total)
{
    struct report *r = user;
    return !r->opt->progress || r->opt->progress(r->opt->user, r->what, done, total);
}

/* ---- info ---- */

/* What the summary's pointers point to. */
struct summary {
    fer_data_summary public;
    struct feri_dataset *ds;
    struct feri_scan scan;
    const char **classes;
    size_t *counts;
    fer_data_size *sizes;
    fer_data_count *left;
};

static void free_summary(struct summary *s)
{
    if (!s) return;
    feri_dataset_close(s->ds);
    feri_scan_free(&s->scan);
    free(s->classes);
    free(s->counts);
    free(s->sizes);
    free(s->left);
    free(s);
}

static void count_samples(struct summary *s)
{
    fer_data_summary *p = &s->public;
    for (size_t i = 0; i < p->images; i++) {
        struct feri_annotation a = feri_dataset_annotation(s->ds, i);
        enum feri_split split = feri_dataset_split(s->ds, i);
        p->split_images[split]++;
        s->counts[(size_t)split * p->n_classes + feri_dataset_label(s->ds, i)]++;
        p->with_valence += !isnan(a.valence) && !isnan(a.arousal);
        p->with_box += a.box[2] > 0;
        p->with_votes += feri_dataset_votes(s->ds, i) != NULL;
        p->with_landmarks += feri_dataset_has_landmarks(s->ds, i);
    }
}

static void list_left(struct summary *s)
{
    fer_data_summary *p = &s->public;
    for (size_t i = 0; i < feri_dataset_n_left(s->ds); i++) {
        const struct feri_left_out *l = feri_dataset_left(s->ds, i);
        s->left[p->n_left_out++] = (fer_data_count){l->what, l->damage, l->n, l->first};
    }
    if (s->scan.unreadable)
        s->left[p->n_left_out++] = (fer_data_count){"unreadable image", true, s->scan.unreadable, s->scan.first};
    for (size_t i = 0; i < s->scan.n_sizes; i++) {
        const struct feri_scanned *z = &s->scan.sizes[i];
        s->sizes[p->n_sizes++] = (fer_data_size){z->width, z->height, z->channels, z->n};
    }
}

static fer_status fill_summary(struct summary *s, fer_error *err)
{
    fer_data_summary *p = &s->public;
    p->images = feri_dataset_size(s->ds);
    p->n_classes = feri_dataset_n_classes(s->ds);
    p->layout = feri_dataset_layout(s->ds);
    p->remark = feri_dataset_remark(s->ds);
    s->classes = calloc(p->n_classes + 1, sizeof *s->classes);
    s->counts = calloc(FERI_SPLITS * p->n_classes + 1, sizeof *s->counts);
    s->sizes = calloc(s->scan.n_sizes + 1, sizeof *s->sizes);
    s->left = calloc(feri_dataset_n_left(s->ds) + 2, sizeof *s->left);
    if (!s->classes || !s->counts || !s->sizes || !s->left)
        return feri_fail_memory(err, p->n_classes * sizeof *s->classes);
    for (size_t k = 0; k < p->n_classes; k++) s->classes[k] = feri_dataset_class(s->ds, k);
    count_samples(s);
    list_left(s);
    feri_dataset_digest(s->ds, p->digest);
    p->classes = s->classes;
    p->counts = s->counts;
    p->sizes = s->sizes;
    p->left_out = s->left;
    return FER_OK;
}

static fer_status scan(struct summary *s, const fer_data_options *opt, fer_error *err)
{
    struct feri_pool *pool;
    struct report report = {opt, "reading pictures"};
    fer_status st = feri_pool_new(opt->threads, &pool, err);
    if (st != FER_OK) return st;
    st = feri_scan_pictures(s->ds, pool, pass_progress, &report, &s->scan, err);
    feri_pool_free(pool);
    return st;
}

fer_status fer_data_info(const char *path, const fer_data_options *opt, bool pictures, fer_data_summary **out,
                         fer_error *err)
{
    if (out) *out = NULL;
    if (!path || !opt || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_info: path, options and out must not be NULL");
    struct summary *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    fer_status st = open_data(path, opt, true, &s->ds, err);
    if (st == FER_OK && pictures) st = scan(s, opt, err);
    if (st == FER_OK) st = fill_summary(s, err);
    if (st == FER_OK) *out = &s->public;
    else free_summary(s);
    return st;
}

void fer_data_summary_free(fer_data_summary *s)
{
    free_summary((struct summary *)s); /* its first member */
}

/* ---- pictures by name ---- */

static fer_status load_one(const struct feri_dataset *ds, const char *file, fer_image **out, fer_error *err)
{
    struct feri_pixels px;
    size_t i = 0, n = feri_dataset_size(ds);
    while (i < n && strcmp(feri_dataset_file(ds, i), file) != 0) i++;
    if (i == n) return feri_fail(err, FER_ERR_IO, "%s: holds no file '%s'", feri_dataset_path(ds), file);
    fer_status st = feri_dataset_read(ds, i, &px, err);
    return st == FER_OK ? feri_image_wrap(&px, out, err) : st;
}

fer_status fer_data_load(const char *path, const fer_data_options *opt, size_t n, const char *const *files,
                         fer_image **images, fer_error *err)
{
    if (!path || !opt || !files || !images)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_load: path, options, files and images must not be NULL");
    struct feri_dataset *ds;
    for (size_t i = 0; i < n; i++) images[i] = NULL;
    fer_data_options all = *opt;
    all.protocol = FER_ALL; /* which has the images of every protocol */
    fer_status st = open_data(path, &all, true, &ds, err);
    if (st != FER_OK) return st;
    for (size_t i = 0; st == FER_OK && i < n; i++) st = load_one(ds, files[i], &images[i], err);
    feri_dataset_close(ds);
    for (size_t i = 0; st != FER_OK && i < n; i++) {
        fer_image_free(images[i]);
        images[i] = NULL;
    }
    return st;
}

/* ---- prepare ---- */

fer_prepare_options fer_prepare_defaults(void)
{
    return (fer_prepare_options){.val_per_class = 500, .seed = 42, .landmarks = true};
}

fer_status fer_data_prepare(const char *path, const char *out, const fer_prepare_options *opt, size_t counts[3],
                            fer_error *err)
{
    size_t ignored[3];
    if (!path || !out || !opt)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_prepare: path, out and options must not be NULL");
    if (opt->val_per_class == 0)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_prepare: val_per_class must be at least 1");
    struct feri_dataset *ds;
    struct report report = {&opt->data, "writing tables"};
    fer_data_options data = opt->data;
    data.select.split = "all";
    fer_status st = open_data(path, &data, false, &ds, err);
    if (st != FER_OK) return st;
    st = feri_prepare(ds, out,
                      &(struct feri_prepare_options){.val_per_class = opt->val_per_class,
                                                     .test_per_class = opt->test_per_class,
                                                     .seed = opt->seed,
                                                     .landmarks = opt->landmarks,
                                                     .user = &report,
                                                     .progress = pass_progress},
                      counts ? counts : ignored, err);
    feri_dataset_close(ds);
    return st;
}

/* ---- pack ---- */

fer_status fer_data_pack(const char *path, const char *out, const fer_pack_options *opt, size_t *images, fer_error *err)
{
    if (!path || !out || !opt)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_pack: path, out and options must not be NULL");
    if (opt->side > 4096 || (opt->side && opt->channels != 1 && opt->channels != 3))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_pack: side %zu (at most 4096), %zu channels (1 or 3)",
                         opt->side, opt->channels);
    struct feri_dataset *ds;
    struct feri_pool *pool = NULL;
    struct feri_packed packed = {0};
    struct report report = {&opt->data, "packing"};
    fer_status st = open_data(path, &opt->data, false, &ds, err);
    if (st != FER_OK) return st;
    st = feri_pool_new(opt->data.threads, &pool, err);
    struct feri_pack_images_options o = {opt->side, opt->channels, opt->data.skip_bad, pool, &report, pass_progress};
    if (st == FER_OK) st = feri_pack_images(ds, out, &o, &packed, err);
    if (images) *images = packed.images;
    feri_pool_free(pool);
    feri_dataset_close(ds);
    return st;
}
