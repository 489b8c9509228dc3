#include "fer/data.h"

#include "api/image.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/dataset.h"
#include "data/digest.h"
#include "data/open.h"
#include "data/pack_images.h"
#include "data/prepare.h"
#include "data/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static fer_status open_leniently(const fer_data_source *source, struct feri_dataset **out, fer_error *err)
{
    fer_data_source lenient = *source;
    lenient.skip_bad = true;
    return feri_dataset_open(&lenient, FERI_USE_ALL, out, err);
}

/* ---- info ---- */

/* Storage for the summary's pointers. */
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
        fer_split split = feri_dataset_split(s->ds, i);
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
        s->left[p->n_left_out++] = (fer_data_count){.what = l->what, .damage = l->damage, .n = l->n, .first = l->first};
    }
    if (s->scan.unreadable)
        s->left[p->n_left_out++] = (fer_data_count){
            .what = "unreadable image", .damage = true, .n = s->scan.unreadable, .first = s->scan.first};
    for (size_t i = 0; i < s->scan.n_sizes; i++) {
        const struct feri_scanned *z = &s->scan.sizes[i];
        s->sizes[p->n_sizes++] =
            (fer_data_size){.width = z->width, .height = z->height, .channels = z->channels, .n = z->n};
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
    s->counts = calloc(FER_SPLITS * p->n_classes + 1, sizeof *s->counts);
    s->sizes = calloc(s->scan.n_sizes + 1, sizeof *s->sizes);
    s->left = calloc(feri_dataset_n_left(s->ds) + 2, sizeof *s->left);
    if (!s->classes || !s->counts || !s->sizes || !s->left)
        return feri_fail_memory(err, p->n_classes * sizeof *s->classes);
    for (size_t k = 0; k < p->n_classes; k++) s->classes[k] = feri_dataset_class(s->ds, k);
    count_samples(s);
    list_left(s);
    fer_status st = feri_dataset_digest(s->ds, p->digest, err);
    if (st != FER_OK) return st;
    p->classes = s->classes;
    p->counts = s->counts;
    p->sizes = s->sizes;
    p->left_out = s->left;
    return FER_OK;
}

fer_status fer_data_info(const fer_data_source *source, const fer_data_info_options *opt, fer_data_summary **out,
                         fer_error *err)
{
    static const fer_data_info_options defaults;
    if (out) *out = NULL;
    if (!source || !source->path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_info: source, its path and out must not be NULL");
    if (!opt) opt = &defaults;
    struct summary *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    fer_status st = open_leniently(source, &s->ds, err);
    if (st == FER_OK && opt->pictures) st = feri_scan_pictures(s->ds, opt, &s->scan, err);
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

static const char *file_of(const void *ds, size_t i)
{
    return feri_dataset_file(ds, i);
}

static fer_status index_files(const struct feri_dataset *ds, struct feri_hash *h, fer_error *err)
{
    size_t n = feri_dataset_size(ds);
    for (size_t i = 0; i < n; i++)
        if (!feri_hash_add(h, feri_dataset_file(ds, i), i)) return feri_fail_memory(err, n);
    return FER_OK;
}

static fer_status load_one(const struct feri_dataset *ds, const struct feri_hash *h, const char *file, fer_image **out,
                           fer_error *err)
{
    struct feri_pixels px;
    size_t i = feri_hash_find(h, file, file_of, ds);
    if (i == FERI_HASH_NONE) return feri_fail(err, FER_ERR_IO, "%s: holds no file '%s'", feri_dataset_path(ds), file);
    fer_status st = feri_dataset_read(ds, i, &px, err);
    return st == FER_OK ? feri_image_wrap(&px, out, err) : st;
}

fer_status fer_data_load(const fer_data_source *source, size_t n, const char *const *files, fer_image **images,
                         fer_error *err)
{
    if (!source || !source->path || !files || !images)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_load: source, its path, files and images must not be NULL");
    struct feri_dataset *ds;
    for (size_t i = 0; i < n; i++) images[i] = NULL;
    fer_data_source all = *source;
    all.protocol = FER_ALL; /* the protocol that keeps all images */
    fer_status st = open_leniently(&all, &ds, err);
    if (st != FER_OK) return st;
    struct feri_hash by_file = {0};
    st = index_files(ds, &by_file, err);
    for (size_t i = 0; st == FER_OK && i < n; i++) st = load_one(ds, &by_file, files[i], &images[i], err);
    feri_hash_free(&by_file);
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

fer_status fer_data_prepare(const fer_data_source *source, const char *out, const fer_prepare_options *opt,
                            size_t counts[3], fer_error *err)
{
    size_t ignored[3];
    if (!source || !source->path || !out || !opt)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_prepare: source, its path, out and options must not be NULL");
    struct feri_dataset *ds;
    fer_data_source whole = *source;
    whole.split = "all";
    fer_status st = feri_dataset_open(&whole, FERI_USE_ALL, &ds, err);
    if (st != FER_OK) return st;
    st = feri_prepare(ds, out, opt, counts ? counts : ignored, err);
    feri_dataset_close(ds);
    return st;
}

/* ---- pack ---- */

fer_status fer_data_pack(const fer_data_source *source, const char *out, const fer_pack_options *opt, size_t *images,
                         fer_error *err)
{
    if (!source || !source->path || !out || !opt)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_pack: source, its path, out and options must not be NULL");
    if (opt->side > 4096 || (opt->side && opt->channels != 1 && opt->channels != 3))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_data_pack: side %zu (at most 4096), %zu channels (1 or 3)",
                         opt->side, opt->channels);
    struct feri_dataset *ds;
    struct feri_packed packed = {0};
    fer_status st = feri_dataset_open(source, FERI_USE_ALL, &ds, err);
    if (st != FER_OK) return st;
    st = feri_pack_images(ds, out, opt, &packed, err);
    if (images) *images = packed.images;
    feri_dataset_close(ds);
    return st;
}
