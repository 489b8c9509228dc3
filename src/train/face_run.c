#include "train/face_run.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "data/digest.h"
#include "data/open.h"
#include "train/face_options.h"
#include "train/option_json.h"
#include "train/provenance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char header[] =
    "Epoch,Score,Box,Points,VAL_AP,VAL_Recall14,VAL_Recall24,VAL_Recall32,VAL_Recall48,LR,Canvases_per_s\n";

static void note_set(const struct feri_face_run *r, const char *path, const struct feri_scenes *scenes)
{
    size_t faces = 0, empty = 0, n;
    for (size_t i = 0; i < feri_scenes_count(scenes); i++) {
        const struct feri_scene_face *f = feri_scenes_faces(scenes, i, &n);
        empty += n == 0;
        for (size_t j = 0; j < n; j++) faces += !f[j].ignored;
    }
    feri_run_dir_note(&r->core.dir, "%s: %zu pictures, %zu faces, %zu pictures without faces", path,
                      feri_scenes_count(scenes), faces, empty);
}

static void note_sets(const struct feri_face_run *r)
{
    for (size_t k = 0; k < r->data.list.n; k++) note_set(r, r->data.list.items[k].path, r->data.scenes[k]);
    if (r->val) note_set(r, r->opt->val, r->val);
    if (r->crops) feri_run_dir_note(&r->core.dir, "%s: %zu cropped faces", r->opt->crops, feri_dataset_size(r->crops));
}

/* ---- creation ---- */

/* Few cells have a face. Initial scores of 1 in 100 prevent the many others from dominating the first steps (Lin et al.
 * 2017). */
static fer_status expect_few_faces(fer_model *m, fer_error *err)
{
    fer_status st = feri_tensors_check_reads(&m->stored, feri_graph_hold(m->graph, err), err);
    for (size_t level = 0; st == FER_OK && level < FERI_FACE_LEVELS; level++) {
        char name[64];
        snprintf(name, sizeof name, "head%zu.cell.bias", feri_face_stride(level));
        struct feri_param *p = feri_graph_find_param(m->graph, name);
        if (p) p->data[FERI_FACE_SCORE] = -logf(99);
    }
    return st;
}

static fer_status make_model(struct feri_face_run *r, fer_error *err)
{
    const fer_detector_train_options *o = r->opt;
    const struct feri_origin origin = {
        .data = o->data, .crops = o->crops, .init = o->init, .epochs = o->epochs, .seed = o->seed};
    char provenance[FERI_PROVENANCE_MAX];
    feri_provenance(&origin, provenance);
    fer_model_options mo = {.height = o->size, .width = o->size, .provenance = provenance, .seed = o->seed};
    fer_load_options lo = {.override = mo};
    fer_status st =
        o->init ? fer_model_load(o->init, &lo, &r->core.model, err) : fer_model_new(o->model, &mo, &r->core.model, err);
    if (st != FER_OK) return st;
    if (!r->core.model->family->detects)
        return feri_fail(err, FER_ERR_ARGUMENT, "model %s predicts expressions, expected a face detector (face-s)",
                         r->core.model->name);
    if (!o->init && (st = expect_few_faces(r->core.model, err)) != FER_OK) return st;
    struct feri_trainer_options to = feri_trainer_defaults();
    to.train.weight_decay = o->weight_decay;
    to.train.clip = 10;
    to.train.ema = o->ema;
    to.train.seed = o->seed;
    to.train.batch = o->batch;
    to.train.threads = o->threads;
    to.train.ranks = r->core.ranks;
    to.kernels = r->core.kernels;
    if ((st = feri_trainer_new(r->core.model, &to, &r->core.trainer, err)) != FER_OK) return st;
    r->pool = feri_trainer_pool(r->core.trainer);
    return FER_OK;
}

static fer_status make_batch(struct feri_face_run *r, fer_error *err)
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
    r->slot_sums =
        calloc(feri_slots_mine(feri_trainer_slots(r->core.trainer)), FERI_CREW_NUMBERS * sizeof *r->slot_sums);
    if (!r->slot_sums || !r->canvases || !r->truth || !r->statuses || !r->images || !r->face_of)
        return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    r->batches = r->opt->canvases / n;
    uint64_t steps = (uint64_t)r->batches * r->opt->epochs;
    r->schedule = (struct feri_schedule){
        .kind = FER_ONE_CYCLE, .lr = (double)r->opt->lr, .final = 0.01, .warmup = steps / 20 + 1, .steps = steps};
    return FER_OK;
}

/* The digests of all training sets with their weights, separated by spaces. */
static fer_status digest_data(const struct feri_scene_sets *sets, json_t **out, fer_error *err)
{
    char text[FERI_WEIGHTED_MAX * (FERI_DIGEST_MAX + 24)] = "";
    size_t used = 0;
    for (size_t k = 0; k < sets->list.n; k++) {
        char digest[FERI_DIGEST_MAX];
        fer_status st = feri_scenes_digest(sets->scenes[k], digest, err);
        if (st != FER_OK) return st;
        used += (size_t)feri_snprintf(text + used, sizeof text - used, k ? " %s" : "%s", digest);
        if (sets->list.n > 1)
            used += (size_t)feri_snprintf(text + used, sizeof text - used, ":%.6g", (double)sets->list.items[k].weight);
    }
    *out = json_string(text);
    return *out ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
}

/* The options that determine the run. */
static fer_status make_fingerprint(struct feri_face_run *r, fer_error *err)
{
    char val[FERI_DIGEST_MAX] = "none", crops[FERI_DIGEST_MAX] = "none";
    json_t *data = NULL;
    fer_status st = FER_OK;
    if (r->val) st = feri_scenes_digest(r->val, val, err);
    if (st == FER_OK && r->crops) st = feri_dataset_digest(r->crops, crops, err);
    if (st == FER_OK) st = digest_data(&r->data, &data, err);
    if (st != FER_OK) return st;
    r->core.fingerprint = feri_options_json(fer_detector_train_table(), r->opt, FER_OPTION_CHANCE);
    if (json_object_set_new(r->core.fingerprint, "data", data) != 0 ||
        json_object_set_new(r->core.fingerprint, "val", json_string(val)) != 0 ||
        json_object_set_new(r->core.fingerprint, "crops", json_string(crops)) != 0)
        return feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    return FER_OK;
}

static fer_status open_crops(struct feri_face_run *r, fer_error *err)
{
    /* The images of FER+ that show a face. */
    const fer_data_source source = {.path = r->opt->crops, .protocol = FER_DISTRIBUTION};
    return source.path ? feri_dataset_open(&source, FERI_USE_TRAIN, &r->crops, err) : FER_OK;
}

static fer_status open_data(struct feri_face_run *r, fer_error *err)
{
    const fer_detector_train_options *o = r->opt;
    fer_status st = feri_scene_sets_open(o->data, &r->data, err);
    if (st == FER_OK && o->val) st = feri_scenes_open(o->val, &r->val, err);
    if (st == FER_OK) st = open_crops(r, err);
    if (st == FER_OK) note_sets(r);
    return st;
}

/* c: the checkpoint to continue from; all zero: none. */
static fer_status open_with(struct feri_face_run *r, const struct feri_checkpoint *c, bool resumes, fer_error *err)
{
    fer_status st = open_data(r, err);
    if (st == FER_OK) st = make_fingerprint(r, err);
    if (st == FER_OK && resumes) st = feri_run_core_compare(&r->core, c, NULL, err);
    if (st == FER_OK)
        st = feri_run_dir_kernels(&r->core.dir, r->opt->isa, resumes ? c->at.isa : NULL, &r->core.kernels, err);
    if (st == FER_OK) st = feri_run_core_agree(&r->core, r->opt->epochs, resumes ? c : NULL, err);
    if (st == FER_OK) st = make_model(r, err);
    if (st == FER_OK) st = make_batch(r, err);
    if (st == FER_OK) st = feri_canvas_source_new(&r->data, r->crops, r->pool, &r->source, err);
    if (st == FER_OK) st = feri_run_core_begin(&r->core, resumes ? c : NULL, header, err);
    if (st == FER_OK && feri_ranks_write(r->core.ranks)) st = feri_make_dirs(r->opt->out, err);
    if (st != FER_OK || !resumes) return st;
    feri_run_dir_note(&r->core.dir, "resume: %zu of %zu epochs are done", c->at.epochs, r->opt->epochs);
    /* If the run stopped between checkpoint and log, the log lacks one row. */
    return feri_run_core_write_log(&r->core, err);
}

fer_status feri_face_run_open(struct feri_face_run *r, fer_error *err)
{
    struct feri_checkpoint c = {0};
    bool resumes = false;
    fer_status st = feri_face_options_check(r->opt, err);
    r->core.ranks = feri_ranks_size(r->opt->ranks) > 1 ? r->opt->ranks : NULL;
    r->core.dir = (struct feri_run_dir){
        r->opt->out, r->opt->resume, feri_ranks_write(r->core.ranks) ? r->events->note : NULL, r->events->user, NULL};
    if (st == FER_OK) st = feri_crew_check(r->core.ranks, r->opt->batch, err);
    if (st == FER_OK) st = feri_run_core_look(&r->core, &c, &resumes, err);
    if (st == FER_OK) st = open_with(r, &c, resumes, err);
    feri_checkpoint_free(&c);
    return st;
}

void feri_face_run_close(struct feri_face_run *r)
{
    for (size_t i = 0; r->canvases && i < r->opt->batch; i++) feri_pixels_free(&r->canvases[i].pixels);
    free(r->canvases);
    free(r->truth);
    free(r->statuses);
    free(r->images);
    free(r->face_of);
    free(r->slot_sums);
    feri_canvas_source_free(r->source);
    feri_run_core_close(&r->core);
    feri_scene_sets_close(&r->data);
    feri_scenes_close(r->val);
    feri_dataset_close(r->crops);
}
