#define _XOPEN_SOURCE 700 /* PATH_MAX */
#include "fer/label.h"

#include "api/image.h"
#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/scores.h"
#include "data/image_names.h"
#include "data/open.h"
#include "data/relabel.h"
#include "data/table_writer.h"
#include "models/model.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MODELS_MAX    16
#define BATCH_DEFAULT 64
#define BATCH_MAX     4096

struct predictor {
    fer_session *session;
    size_t *column; /* index in the model's scores of a class of the first model */
};

/* The state of one call. All zero at first. */
struct run {
    const fer_label_options *opt;
    struct feri_dataset *ds;
    struct predictor predictors[MODELS_MAX];
    size_t classes, views, batch;
    size_t n;          /* pictures of the current batch */
    size_t *samples;   /* [batch] */
    fer_image *images; /* [batch][views] */
    const fer_image **pointers;
    float *scores;    /* [batch][views][classes] of one model */
    size_t *answers;  /* [batch][models][views] */
    float *votes;     /* [size][classes] */
    float *agreement; /* [size], NaN: left out */
    fer_labels counts;
    struct feri_image_names names;
    struct feri_atomic_file table;
};

/* ---- models ---- */

static fer_status match_classes(struct predictor *p, const fer_model *m, const fer_model *first, fer_error *err)
{
    p->column = calloc(first->n_classes, sizeof *p->column);
    if (!p->column) return feri_fail_memory(err, first->n_classes * sizeof *p->column);
    if (m->n_classes != first->n_classes)
        return feri_fail(err, FER_ERR_SHAPE, "it has %zu classes, expected the first model's %zu", m->n_classes,
                         first->n_classes);
    for (size_t k = 0; k < first->n_classes; k++)
        if (!feri_model_find_class(m, first->classes[k], &p->column[k]))
            return feri_fail(err, FER_ERR_SHAPE, "it has no class '%s', which the first model has", first->classes[k]);
    return FER_OK;
}

static fer_status open_models(struct run *r, fer_error *err)
{
    const fer_label_options *o = r->opt;
    const fer_session_options session = {.threads = o->threads, .batch_max = r->batch, .isa = o->isa};
    for (size_t j = 0; j < o->n_models; j++) {
        fer_status st = match_classes(&r->predictors[j], o->models[j], o->models[0], err);
        if (st == FER_OK) st = fer_session_new(o->models[j], &session, &r->predictors[j].session, err);
        if (st != FER_OK) return feri_fail_in(err, st, "model %zu", j + 1);
    }
    return FER_OK;
}

/* ---- views of a picture ---- */

enum { MIRRORED = 1, MIDDLE = 2 };

/* out(x, y) = px(x0 + x, y0 + y), or the mirror image of that. */
static void copy_part(const struct feri_pixels *px, size_t x0, size_t y0, bool mirrored, struct feri_pixels *out)
{
    for (size_t y = 0; y < out->h; y++)
        for (size_t x = 0; x < out->w; x++) {
            size_t from = x0 + (mirrored ? out->w - 1 - x : x);
            memcpy(out->data + (y * out->w + x) * px->c, px->data + ((y0 + y) * px->w + from) * px->c, px->c);
        }
}

static size_t part_of(size_t side, float fraction)
{
    size_t n = (size_t)lroundf((float)side * fraction);
    return n ? n : 1;
}

static fer_status make_view(const struct feri_pixels *px, int kind, float crop, struct feri_pixels *out, fer_error *err)
{
    size_t w = kind & MIDDLE ? part_of(px->w, crop) : px->w, h = kind & MIDDLE ? part_of(px->h, crop) : px->h;
    fer_status st = feri_pixels_new(w, h, px->c, out, err);
    if (st == FER_OK) copy_part(px, (px->w - w) / 2, (px->h - h) / 2, kind & MIRRORED, out);
    return st;
}

static void free_images(struct run *r)
{
    for (size_t i = 0; r->images && i < r->n * r->views; i++) feri_pixels_free(&r->images[i].pixels);
    r->n = 0;
}

/* All views of a picture, as the batch's last one. The first is the picture itself. */
static fer_status add_views(struct run *r, struct feri_pixels *px, fer_error *err)
{
    fer_image *views = r->images + r->n * r->views;
    size_t at = 1;
    fer_status st = FER_OK;
    memset(views, 0, r->views * sizeof *views);
    views[0].pixels = *px;
    r->n++;
    for (int kind = 1; st == FER_OK && kind <= (MIRRORED | MIDDLE); kind++) {
        if (((kind & MIRRORED) && !r->opt->mirror) || ((kind & MIDDLE) && !(r->opt->crop > 0))) continue;
        st = make_view(px, kind, r->opt->crop, &views[at++].pixels, err);
    }
    return st;
}

static fer_status read_picture(struct run *r, size_t i, fer_error *err)
{
    struct feri_pixels px;
    fer_status st = feri_dataset_read(r->ds, i, &px, err);
    if (st == FER_OK) {
        r->samples[r->n] = i;
        return add_views(r, &px, err);
    }
    if (!r->opt->data.skip_bad || st == FER_ERR_MEMORY) return st;
    r->agreement[i] = NAN;
    r->counts.skipped++;
    return FER_OK;
}

/* ---- predictions ---- */

/* Add one model's scores of picture i to its votes. */
static void add_scores(struct run *r, size_t j, size_t i)
{
    size_t k = r->classes, *answers = r->answers + (i * r->opt->n_models + j) * r->views;
    float *votes = r->votes + r->samples[i] * k, share = 1 / (float)r->counts.predictions;
    for (size_t v = 0; v < r->views; v++) {
        const float *scores = r->scores + (i * r->views + v) * k;
        size_t best = 0;
        for (size_t c = 0; c < k; c++) {
            float score = scores[r->predictors[j].column[c]];
            votes[c] += share * score;
            if (score > scores[r->predictors[j].column[best]]) best = c;
        }
        answers[v] = best;
    }
}

static void count_agreement(struct run *r, size_t i)
{
    size_t label = feri_largest(r->classes, r->votes + r->samples[i] * r->classes), same = 0;
    for (size_t p = 0; p < r->counts.predictions; p++) same += r->answers[i * r->counts.predictions + p] == label;
    float agreement = (float)same / (float)r->counts.predictions;
    r->agreement[r->samples[i]] = agreement;
    r->counts.agreement += (double)agreement;
    r->counts.images++;
}

static fer_status predict_batch(struct run *r, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; i < r->n * r->views; i++) r->pointers[i] = &r->images[i];
    for (size_t j = 0; st == FER_OK && j < r->opt->n_models; j++) {
        st = fer_session_predict(r->predictors[j].session, r->n * r->views, r->pointers, r->scores, err);
        for (size_t i = 0; st == FER_OK && i < r->n; i++) add_scores(r, j, i);
    }
    for (size_t i = 0; st == FER_OK && i < r->n; i++) count_agreement(r, i);
    return st;
}

static fer_status predict_all(struct run *r, fer_error *err)
{
    size_t total = feri_dataset_size(r->ds);
    fer_status st = FER_OK;
    for (size_t first = 0; st == FER_OK && first < total; first += r->batch) {
        size_t end = first + r->batch < total ? first + r->batch : total;
        for (size_t i = first; st == FER_OK && i < end; i++) st = read_picture(r, i, err);
        if (st == FER_OK) st = predict_batch(r, err);
        free_images(r);
        if (st == FER_OK && !feri_progress(r->opt->progress, r->opt->progress_user, "labelling", end, total))
            st = feri_fail(err, FER_ERR_STOPPED, "%s: stopped", r->opt->data.path);
    }
    if (st == FER_OK && r->counts.images == 0)
        st = feri_fail(err, FER_ERR_FORMAT, "%s: none of its %zu pictures could be read", r->opt->data.path, total);
    if (st == FER_OK) r->counts.agreement /= (double)r->counts.images;
    return st;
}

/* ---- the table ---- */

static fer_status write_rows(struct run *r, fer_error *err)
{
    char name[2 * PATH_MAX];
    struct feri_table_writer w = feri_table_writer(r->ds, r->table.f);
    fer_status st = FER_OK;
    w.landmarks = false;
    w.agreement = r->agreement;
    feri_table_write_header(&w);
    for (size_t i = 0; st == FER_OK && i < feri_dataset_size(r->ds); i++) {
        if (isnan(r->agreement[i])) continue;
        st = feri_image_name(&r->names, i, name, sizeof name, err);
        if (st == FER_OK) st = feri_table_write_row(&w, i, name, feri_dataset_split(r->ds, i), NULL, err);
    }
    return st;
}

/* "a/b" of "a/b/labels.csv". */
static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (!slash) snprintf(folder, PATH_MAX, ".");
    else snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* ---- all together ---- */

static fer_status allocate(struct run *r, fer_error *err)
{
    size_t n = feri_dataset_size(r->ds), views = r->batch * r->views;
    r->samples = calloc(r->batch, sizeof *r->samples);
    r->images = calloc(views, sizeof *r->images);
    r->pointers = calloc(views, sizeof *r->pointers);
    r->scores = calloc(views * r->classes, sizeof *r->scores);
    r->answers = calloc(r->batch * r->counts.predictions, sizeof *r->answers);
    r->votes = calloc(n * r->classes, sizeof *r->votes);
    r->agreement = calloc(n, sizeof *r->agreement);
    if (r->samples && r->images && r->pointers && r->scores && r->answers && r->votes && r->agreement) return FER_OK;
    return feri_fail_memory(err, n * (r->classes + 1) * sizeof *r->votes);
}

static fer_status open_data(struct run *r, fer_error *err)
{
    fer_data_source source = r->opt->data;
    source.protocol = FER_ALL; /* keeps most images */
    fer_status st = feri_dataset_open(&source, FERI_USE_PICTURES, &r->ds, err);
    return st == FER_OK ? allocate(r, err) : st;
}

/* What may fail because of names fails before the first prediction. */
static fer_status open_table(struct run *r, const char *table, fer_error *err)
{
    char folder[PATH_MAX], name[2 * PATH_MAX];
    folder_of(table, folder);
    fer_status st = feri_image_names_open(r->ds, folder, &r->names, err);
    if (st == FER_OK) st = feri_image_name(&r->names, 0, name, sizeof name, err);
    return st == FER_OK ? feri_atomic_open(table, &r->table, err) : st;
}

static fer_status fill_table(struct run *r, fer_error *err)
{
    const fer_model *first = r->opt->models[0];
    fer_status st = predict_all(r, err);
    if (st == FER_OK) st = feri_dataset_relabel(r->ds, r->classes, (const char *const *)first->classes, r->votes, err);
    if (st != FER_OK) return st;
    r->votes = NULL; /* the data set's now */
    return write_rows(r, err);
}

static fer_status label(struct run *r, const char *table, fer_error *err)
{
    fer_status st = open_models(r, err);
    if (st == FER_OK) st = open_data(r, err);
    if (st == FER_OK) st = open_table(r, table, err);
    if (st == FER_OK) st = fill_table(r, err);
    return st == FER_OK ? feri_atomic_commit(&r->table, err) : st;
}

static void close_run(struct run *r)
{
    for (size_t j = 0; j < r->opt->n_models; j++) {
        fer_session_free(r->predictors[j].session);
        free(r->predictors[j].column);
    }
    feri_image_names_close(&r->names);
    feri_atomic_abort(&r->table);
    feri_dataset_close(r->ds);
    free(r->samples);
    free(r->images);
    free(r->pointers);
    free(r->scores);
    free(r->answers);
    free(r->votes);
    free(r->agreement);
}

static fer_status check(const fer_label_options *opt, const char *table, fer_error *err)
{
    if (!opt || !opt->data.path || !opt->models || !table)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_label: options, data, models and table must not be NULL");
    if (opt->n_models == 0 || opt->n_models > MODELS_MAX || opt->batch > BATCH_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_label: %zu models (1 to %d), batch %zu (at most %d)",
                         opt->n_models, MODELS_MAX, opt->batch, BATCH_MAX);
    if (!(opt->crop >= 0 && opt->crop <= 1))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_label: crop %g, expected 0 to 1", (double)opt->crop);
    return FER_OK;
}

fer_status fer_label(const fer_label_options *opt, const char *table, fer_labels *out, fer_error *err)
{
    fer_status st = check(opt, table, err);
    if (st != FER_OK) return st;
    struct run r = {.opt = opt,
                    .classes = opt->models[0]->n_classes,
                    .views = (size_t)(opt->mirror ? 2 : 1) * (opt->crop > 0 ? 2 : 1),
                    .batch = opt->batch ? opt->batch : BATCH_DEFAULT};
    r.counts.predictions = opt->n_models * r.views;
    st = label(&r, table, err);
    if (st == FER_OK && out) *out = r.counts;
    close_run(&r);
    return st;
}
