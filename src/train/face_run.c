/* fer_train_detector(): canvases, steps, validation, files. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "data/canvas.h"
#include "image/image.h"
#include "train/checkpoint.h"
#include "train/face_loss.h"
#include "train/face_validate.h"
#include "train/log.h"
#include "train/options.h"
#include "train/provenance.h"
#include "train/run_dir.h"
#include "train/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CANVAS_STREAM UINT64_C(0x63616E766173) /* "canvas" */

struct face_run {
    const fer_detector_train_options *opt;
    const fer_detector_train_events *events;
    struct feri_run_dir dir;
    const struct feri_kernels *kernels;
    struct feri_pool *pool;
    struct feri_scenes *data, *val;
    struct feri_dataset *crops; /* NULL: none */
    struct feri_canvas_source *source;
    struct feri_canvas_options canvas;
    fer_model *model;
    struct feri_trainer *trainer;
    struct feri_schedule schedule;
    struct feri_preprocess preprocess;
    struct feri_face_grid grid;
    struct feri_canvas *canvases;  /* [batch] */
    struct feri_face_truth *truth; /* [batch] */
    fer_status *statuses;          /* [batch] */
    float *images;                 /* [batch][size][size][3] */
    int *face_of;                  /* [cells] */
    size_t batches;
    uint64_t first;                /* number of the batch's first canvas, of the whole run */
    struct feri_face_losses sums;
    char *log;
    struct feri_position at;
    json_t *fingerprint;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void note_sets(const struct face_run *r)
{
    const struct feri_scenes *const sets[] = {r->data, r->val};
    const char *const paths[] = {r->opt->data, r->opt->val};
    for (size_t k = 0; k < 2 && sets[k]; k++) {
        size_t faces = 0, empty = 0, n;
        for (size_t i = 0; i < feri_scenes_count(sets[k]); i++) {
            const struct feri_scene_face *f = feri_scenes_faces(sets[k], i, &n);
            empty += n == 0;
            for (size_t j = 0; j < n; j++) faces += !f[j].ignored;
        }
        feri_run_dir_note(&r->dir, "%s: %zu pictures, %zu faces, %zu pictures without", paths[k], feri_scenes_count(sets[k]), faces, empty);
    }
    if (r->crops) feri_run_dir_note(&r->dir, "%s: %zu cropped faces", r->opt->crops, feri_dataset_size(r->crops));
}

/* ---- options ------------------------------------------------------------------------------------------------------------ */

fer_detector_train_options fer_detector_train_defaults(void)
{
    return (fer_detector_train_options){.model = "face-s", .epochs = 40, .canvases = 4096, .size = 320, .batch = 16, .lr = 0.003,
                                        .weight_decay = 0.02, .ema = 0.998, .seed = 1};
}

static fer_status check_options(const fer_detector_train_options *o, fer_error *err)
{
    if (!o->data || !o->out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_train_detector: data and out must not be NULL");
    if (o->epochs < 1 || o->canvases < o->batch || o->batch < 1 || o->batch > 1024)
        return feri_fail(err, FER_ERR_ARGUMENT, "%zu epochs of %zu canvases in batches of %zu: expected at least one epoch, one batch of 1 to 1024",
                         o->epochs, o->canvases, o->batch);
    if (o->size < 64 || o->size > 1024 || o->size % FERI_FACE_STRIDE_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "canvases of %zu pixels: expected a multiple of %d from 64 to 1024", o->size, FERI_FACE_STRIDE_MAX);
    if (!(o->lr > 0) || !(o->weight_decay >= 0) || !(o->ema >= 0) || o->ema >= 1)
        return feri_fail(err, FER_ERR_ARGUMENT, "learning rate %g, weight decay %g, average %g: expected above 0, at least 0, 0 to below 1", o->lr,
                         o->weight_decay, o->ema);
    return FER_OK;
}

/* What determines the run. */
static json_t *fingerprint(const fer_detector_train_options *o)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:I}", "model", o->model, "crops", o->crops ? o->crops : "", "init",
                     o->init ? o->init : "", "epochs",
                     (json_int_t)o->epochs, "canvases", (json_int_t)o->canvases, "size", (json_int_t)o->size, "batch", (json_int_t)o->batch,
                     "lr", o->lr, "weight-decay", o->weight_decay, "ema", o->ema, "seed", (json_int_t)o->seed);
}

/* ---- making --------------------------------------------------------------------------------------------------------------- */

/* Few cells have a face: scores that begin at 1 in 100 keep the many others from drowning the first steps (Lin et al. 2017). */
static fer_status expect_few_faces(fer_model *m, fer_error *err)
{
    fer_status st = feri_graph_hold(m->graph, err);
    for (size_t level = 0; st == FER_OK && level < FERI_FACE_LEVELS; level++) {
        char name[64];
        snprintf(name, sizeof name, "head%zu.cell.bias", feri_face_stride(level));
        struct feri_param *p = feri_graph_find_param(m->graph, name);
        if (p) p->data[FERI_FACE_SCORE] = -logf(99);
    }
    return st;
}

static fer_status make_model(struct face_run *r, fer_error *err)
{
    const fer_detector_train_options *o = r->opt;
    const struct feri_origin origin = {.data = o->data, .crops = o->crops, .init = o->init, .epochs = o->epochs, .seed = o->seed};
    char provenance[FERI_PROVENANCE_MAX];
    feri_provenance(&origin, provenance);
    fer_model_options mo = {.height = o->size, .width = o->size, .provenance = provenance, .seed = o->seed};
    fer_load_options lo = {.override = mo};
    fer_status st = o->init ? fer_model_load(o->init, &lo, &r->model, err) : fer_model_new(o->model, &mo, &r->model, err);
    if (st != FER_OK) return st;
    if (!r->model->detects) return feri_fail(err, FER_ERR_ARGUMENT, "model %s tells expressions, a face detector is expected (face-s)", r->model->name);
    if (!feri_preprocess_parse(r->model->preprocess, 3, &r->preprocess))
        return feri_fail(err, FER_ERR_ARGUMENT, "preprocessing '%s' is unknown", r->model->preprocess);
    if (!o->init && (st = expect_few_faces(r->model, err)) != FER_OK) return st;
    struct feri_trainer_options to = feri_trainer_defaults();
    to.weight_decay = (float)o->weight_decay;
    to.clip = 10;
    to.ema = (float)o->ema;
    to.seed = o->seed;
    to.batch_max = o->batch;
    to.threads = o->threads;
    to.kernels = r->kernels;
    if ((st = feri_trainer_new(r->model, &to, &r->trainer, err)) != FER_OK) return st;
    r->pool = feri_trainer_pool(r->trainer);
    return FER_OK;
}

static fer_status make_batch(struct face_run *r, fer_error *err)
{
    size_t n = r->opt->batch, cells = feri_face_n_cells(r->opt->size, r->opt->size);
    r->grid = (struct feri_face_grid){r->opt->size, r->opt->size};
    r->canvas = feri_canvas_defaults();
    r->canvas.size = r->opt->size;
    r->canvases = calloc(n, sizeof *r->canvases);
    r->truth = calloc(n, sizeof *r->truth);
    r->statuses = calloc(n, sizeof *r->statuses);
    r->images = calloc(n * 3 * r->opt->size, r->opt->size * sizeof *r->images);
    r->face_of = calloc(cells, sizeof *r->face_of);
    if (!r->canvases || !r->truth || !r->statuses || !r->images || !r->face_of) return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    r->batches = r->opt->canvases / n;
    uint64_t steps = (uint64_t)r->batches * r->opt->epochs;
    r->schedule = (struct feri_schedule){.kind = FER_ONE_CYCLE, .lr = r->opt->lr, .final = 0.01, .warmup = steps / 20 + 1, .steps = steps};
    return FER_OK;
}

/* c is there: fit to go on from with these options? */
static fer_status compare(const struct face_run *r, const struct feri_checkpoint *c, fer_error *err)
{
    fer_status st = feri_fingerprint_compare(c->at.options, r->fingerprint, err);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "resume: %s", r->opt->out);
}

static fer_status restore(struct face_run *r, const struct feri_checkpoint *c, fer_error *err)
{
    fer_status st = feri_checkpoint_restore(c, r->trainer, err);
    if (st != FER_OK) return feri_fail_in(err, st, "resume: %s", r->opt->out);
    r->at.epochs = c->at.epochs;
    r->at.best = c->at.best;
    r->at.best_epoch = c->at.best_epoch;
    free(r->log);
    r->log = strdup(c->at.log);
    return r->log ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", r->opt->out);
}

static fer_status open_crops(struct face_run *r, fer_error *err)
{
    static const fer_data_select all;
    struct feri_dataset_options opt = feri_dataset_options_of(&all, FERI_ROLE_TRAIN);
    opt.protocol = FERI_PROTOCOL_DISTRIBUTION; /* of FER+ all that show a face */
    return r->opt->crops ? feri_dataset_open(r->opt->crops, &opt, &r->crops, err) : FER_OK;
}

static fer_status open_data(struct face_run *r, fer_error *err)
{
    const fer_detector_train_options *o = r->opt;
    fer_status st = feri_scenes_open(o->data, &r->data, err);
    if (st == FER_OK && o->val) st = feri_scenes_open(o->val, &r->val, err);
    if (st == FER_OK) st = open_crops(r, err);
    if (st == FER_OK) note_sets(r);
    return st == FER_OK ? feri_canvas_source_new(r->data, r->crops, r->pool, &r->source, err) : st;
}

/* c: the checkpoint to go on from, all zero: none. */
static fer_status open_with(struct face_run *r, const struct feri_checkpoint *c, bool resumes, fer_error *err)
{
    r->at.options = r->fingerprint = fingerprint(r->opt);
    r->log = strdup("Epoch,Score,Box,Points,VAL_AP,VAL_Recall14,VAL_Recall24,VAL_Recall32,VAL_Recall48,LR,Canvases_per_s\n");
    if (!r->fingerprint || !r->log) return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    fer_status st = resumes ? compare(r, c, err) : FER_OK;
    if (st == FER_OK) st = feri_run_dir_kernels(&r->dir, r->opt->isa, resumes ? c->at.isa : NULL, &r->kernels, err);
    if (st == FER_OK) st = make_model(r, err);
    if (st == FER_OK) st = make_batch(r, err);
    if (st == FER_OK) st = open_data(r, err);
    if (st == FER_OK) st = feri_make_dirs(r->opt->out, err);
    if (st != FER_OK) return st;
    r->at.best = -1;
    r->at.isa = r->kernels->isa;
    return resumes ? restore(r, c, err) : FER_OK;
}

static fer_status open_run(struct face_run *r, fer_error *err)
{
    struct feri_checkpoint c = {0};
    char path[FERI_RUN_PATH_MAX];
    bool resumes = false;
    fer_status st = check_options(r->opt, err);
    r->dir = (struct feri_run_dir){r->opt->out, r->opt->resume, r->events->note, r->events->user};
    if (st == FER_OK) st = feri_run_dir_check(&r->dir, &resumes, err);
    if (st == FER_OK) st = feri_run_dir_path(&r->dir, "last.safetensors", path, err);
    if (st == FER_OK && resumes) st = feri_checkpoint_read(path, &c, err);
    if (st == FER_OK) st = open_with(r, &c, resumes, err);
    feri_checkpoint_free(&c);
    return st;
}

static void close_run(struct face_run *r)
{
    for (size_t i = 0; r->canvases && i < r->opt->batch; i++) feri_pixels_free(&r->canvases[i].pixels);
    free(r->canvases);
    free(r->truth);
    free(r->statuses);
    free(r->images);
    free(r->face_of);
    free(r->log);
    json_decref(r->fingerprint);
    feri_canvas_source_free(r->source);
    feri_trainer_free(r->trainer);
    fer_model_free(r->model);
    feri_scenes_close(r->data);
    feri_scenes_close(r->val);
    feri_dataset_close(r->crops);
}

/* ---- steps ----------------------------------------------------------------------------------------------------------------- */

static void compose_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    struct face_run *r = arg;
    struct feri_canvas *c = &r->canvases[task];
    struct feri_rng rng = feri_rng_new(r->opt->seed, CANVAS_STREAM, r->first + task);
    r->statuses[task] = feri_canvas_compose(r->source, &r->canvas, &rng, c, NULL);
    if (r->statuses[task] != FER_OK) return;
    feri_preprocess_apply(&r->preprocess, &c->pixels, r->images + task * 3 * r->opt->size * r->opt->size);
    r->truth[task] = (struct feri_face_truth){c->n, c->faces};
}

static double objective(void *user, size_t n, const float *output, float *gradient)
{
    struct face_run *r = user;
    struct feri_face_losses parts;
    double loss = feri_face_loss(&r->grid, n, output, r->truth, r->face_of, gradient, &parts);
    r->sums.score += parts.score;
    r->sums.box += parts.box;
    r->sums.points += parts.points;
    return loss;
}

static fer_status one_step(struct face_run *r, uint64_t step, double *loss_out, fer_error *err)
{
    const struct feri_objective o = {objective, r};
    r->first = step * r->opt->batch;
    feri_pool_run(r->pool, r->opt->batch, compose_task, r);
    for (size_t i = 0; i < r->opt->batch; i++)
        if (r->statuses[i] != FER_OK) return feri_fail(err, r->statuses[i], "a canvas cannot be composed: %s", fer_status_name(r->statuses[i]));
    return feri_trainer_step_on(r->trainer, r->opt->batch, r->images, &o, (float)feri_schedule_lr(&r->schedule, step), loss_out, err);
}

static fer_status steps_of_epoch(struct face_run *r, fer_error *err)
{
    double loss;
    memset(&r->sums, 0, sizeof r->sums);
    for (size_t b = 0; b < r->batches; b++) {
        fer_status st = one_step(r, (uint64_t)r->at.epochs * r->batches + b, &loss, err);
        if (st != FER_OK) return feri_fail_in(err, st, "%s: epoch %zu, batch %zu", r->opt->out, r->at.epochs + 1, b + 1);
        if (r->events->progress && !r->events->progress(r->events->user, r->at.epochs, (b + 1) * r->opt->batch, loss))
            return feri_fail(err, FER_ERR_STOPPED, "%s: stopped in epoch %zu (%zu are saved)", r->opt->out, r->at.epochs + 1, r->at.epochs);
    }
    return FER_OK;
}

/* ---- epochs ------------------------------------------------------------------------------------------------------------------ */

static fer_status validate(struct face_run *r, fer_detector_epoch *e, fer_error *err)
{
    static const fer_detector_eval_options defaults;
    struct feri_finder_options fo = {.threshold = 0.02f, .smallest = FERI_FINDER_LEAST, .longest = 2048, .kernels = r->kernels, .pool = r->pool};
    struct feri_finder *finder;
    if (!r->val) return FER_OK;
    fer_status st = feri_finder_new(feri_trainer_result(r->trainer), &fo, &finder, err);
    if (st != FER_OK) return st;
    st = feri_face_validate(finder, r->val, &defaults, &e->val, err);
    feri_finder_free(finder);
    e->best = st == FER_OK && e->val.average_precision > r->at.best;
    return st;
}

static fer_status append_log(struct face_run *r, const fer_detector_epoch *e, double lr, fer_error *err)
{
    char row[400];
    const double *recall = e->val.recall;
    int n = feri_snprintf(row, sizeof row, "%zu,%.5f,%.5f,%.5f,%.4f,%.4f,%.4f,%.4f,%.4f,%.6f,%.1f\n", e->epoch + 1, e->score, e->box, e->points,
                     e->val.average_precision, recall[0], recall[1], recall[2], recall[3], lr, e->canvases_per_second);
    char *longer = realloc(r->log, strlen(r->log) + (size_t)n + 1);
    if (!longer) return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    r->log = longer;
    strcat(r->log, row);
    return FER_OK;
}

static fer_status save_model(struct face_run *r, const char *name, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    fer_status st = feri_run_dir_path(&r->dir, name, path, err);
    return st == FER_OK ? fer_model_save(feri_trainer_result(r->trainer), path, FER_FLOAT32, err) : st;
}

static fer_status save_epoch(struct face_run *r, const fer_detector_epoch *e, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    fer_status st = e->best ? save_model(r, "best.safetensors", err) : FER_OK;
    r->at.log = r->log;
    if (st == FER_OK) st = feri_run_dir_path(&r->dir, "last.safetensors", path, err);
    if (st == FER_OK) st = feri_checkpoint_save(path, r->trainer, &r->at, err);
    if (st == FER_OK) st = feri_run_dir_path(&r->dir, "log.csv", path, err);
    return st == FER_OK ? feri_write_text(path, r->log, strlen(r->log), err) : st;
}

static fer_status one_epoch(struct face_run *r, fer_error *err)
{
    double start = now(), steps = (double)r->batches;
    fer_detector_epoch e = {.epoch = r->at.epochs};
    fer_status st = steps_of_epoch(r, err);
    e.canvases_per_second = steps * (double)r->opt->batch / (now() - start);
    e.score = r->sums.score / steps;
    e.box = r->sums.box / steps;
    e.points = r->sums.points / steps;
    if (st == FER_OK) st = feri_trainer_check(r->trainer, err);
    if (st == FER_OK) st = validate(r, &e, err);
    if (st == FER_OK) st = append_log(r, &e, feri_schedule_lr(&r->schedule, (uint64_t)(r->at.epochs + 1) * r->batches - 1), err);
    if (st != FER_OK) return st;
    r->at.epochs++;
    if (e.best) {
        r->at.best = e.val.average_precision;
        r->at.best_epoch = e.epoch;
    }
    st = save_epoch(r, &e, err);
    if (st == FER_OK && r->events->epoch) r->events->epoch(r->events->user, &e);
    return st;
}

fer_status fer_train_detector(const fer_detector_train_options *opt, const fer_detector_train_events *events, fer_error *err)
{
    static const fer_detector_train_events silent;
    if (!opt) return feri_fail(err, FER_ERR_ARGUMENT, "fer_train_detector: options must not be NULL");
    struct face_run r = {.opt = opt, .events = events ? events : &silent};
    fer_status st = open_run(&r, err);
    while (st == FER_OK && r.at.epochs < opt->epochs) st = one_epoch(&r, err);
    if (st == FER_OK) st = save_model(&r, "final.safetensors", err);
    close_run(&r);
    return st;
}
