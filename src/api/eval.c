#include "api/eval.h"

#include "api/bootstrap.h"
#include "api/face_quality.h"
#include "api/session.h"
#include "base/error.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/scores.h"
#include "data/digest.h"
#include "data/loader.h"
#include "data/match.h"
#include "data/open.h"
#include "models/model.h"
#include "train/agree.h"
#include "train/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_DEFAULT 64

/* The state of one evaluation. All zero at first. */
struct run {
    const fer_model *model;
    const fer_eval_options *opt;
    struct feri_dataset *ds;
    struct feri_loader *loader;
    fer_session *session;
    size_t *class_map; /* data set class -> model class */
    float *scores;     /* [2][n_classes] of one image */
    fer_evaluation *result;
    struct feri_kept *keep;      /* NULL: none */
    struct feri_answer *answers; /* [images] */
    struct feri_concordance va[FERI_VA];
    /* [batch][n_classes] logits of the images while their mirror images run; NULL: no mirror images */
    float *plain;
    float *plain_va; /* [batch][FERI_VA], like `direct` */
    char *rows;      /* what other ranks need of this one's batch; NULL: one process */
    struct feri_resizer resizer;
    uint8_t *pixels; /* of one image, as the loader made them */
};

static fer_status match_classes(struct run *r, fer_error *err)
{
    size_t n = feri_dataset_n_classes(r->ds);
    r->class_map = calloc(n ? n : 1, sizeof *r->class_map);
    if (!r->class_map) return feri_fail_memory(err, n * sizeof *r->class_map);
    return feri_dataset_match(r->ds, r->model->n_classes, (const char *const *)r->model->classes, r->class_map, err);
}

static bool new_array(size_t n, size_t size, void *out)
{
    void *array = calloc(n ? n : 1, size);
    memcpy(out, &array, sizeof array);
    return array != NULL;
}

static fer_status new_kept(struct run *r, fer_error *err)
{
    size_t n = feri_dataset_size(r->ds), floats;
    if (!r->keep) return FER_OK;
    if (!feri_size_mul(n, r->model->n_classes, &floats) || !new_array(floats, sizeof(float), &r->keep->logits) ||
        !new_array(floats, sizeof(float), &r->keep->targets) || !new_array(n, sizeof(size_t), &r->keep->labels) ||
        !new_array(n, sizeof(float), &r->keep->quality) || !new_array(n, sizeof(bool), &r->keep->second))
        return feri_fail(err, FER_ERR_MEMORY, "out of memory for the predictions of %zu images", n);
    return FER_OK;
}

static fer_status new_result(struct run *r, fer_error *err)
{
    size_t n = r->model->n_classes, images = feri_dataset_size(r->ds);
    fer_status st = feri_evaluation_new(n, (const char *const *)r->model->classes, &r->result, err);
    if (st == FER_OK && !new_array(2 * n, sizeof(float), &r->scores)) st = feri_fail_memory(err, 2 * n * sizeof(float));
    if (st == FER_OK && !new_array(images, sizeof *r->answers, &r->answers))
        st = feri_fail_memory(err, images * sizeof *r->answers);
    size_t size = r->model->h * r->model->w * r->model->c;
    if (st == FER_OK && !new_array(size, 1, &r->pixels)) st = feri_fail_memory(err, size);
    return st == FER_OK ? new_kept(r, err) : st;
}

static fer_status open_data(struct run *r, fer_error *err)
{
    fer_status st = feri_dataset_open(&r->opt->data, FERI_USE_TEST, &r->ds, err);
    return st == FER_OK ? match_classes(r, err) : st;
}

static fer_status open_loader(struct run *r, fer_error *err)
{
    const fer_model *m = r->model;
    struct feri_loader_options opt = {
        .h = m->h,
        .w = m->w,
        .c = m->c,
        .batch = r->session->batch_max,
        /* decoding is much cheaper than the network */
        .workers = 1 + feri_pool_threads(r->session->pool) / 4,
        .preprocess = r->model->pixels,
        .degradation = r->opt->degradation,
        .skip_bad = r->opt->data.skip_bad,
        .class_map = r->class_map,
        .n_classes = m->n_classes,
    };
    if (r->opt->ranks) {
        opt.turn = r->opt->ranks->rank;
        opt.turns = r->opt->ranks->size;
    }
    return feri_loader_new(r->ds, &opt, &r->loader, err);
}

static fer_status new_plain(struct run *r, fer_error *err)
{
    size_t batch = r->session->batch_max, n = batch * r->model->n_classes;
    if (!r->opt->tta) return FER_OK;
    if (new_array(n, sizeof *r->plain, &r->plain) && new_array(batch * FERI_VA, sizeof *r->plain_va, &r->plain_va))
        return FER_OK;
    return feri_fail_memory(err, n * sizeof *r->plain);
}

/* Logits of one image, and of its mirror image or NULL. */
struct logits {
    const float *plain, *mirrored;
};

/* log of (e^a + e^b) / 2. */
static double log_mean(double a, double b)
{
    double top = fmax(a, b);
    return top + log((exp(a - top) + exp(b - top)) / 2);
}

/* Compute scores at temperature t, and the cross-entropy with the target distribution: sum of target * (log sum
 * exp(logits / t) - logit / t). */
static void count_scores(struct run *r, struct logits z, double t, const float *target)
{
    fer_evaluation *e = r->result;
    size_t n = e->n_classes;
    float *mirrored = r->scores + n;
    double log_sum = feri_softmax_row(n, t, z.plain, r->scores);
    double other_sum = z.mirrored ? feri_softmax_row(n, t, z.mirrored, mirrored) : 0;
    for (size_t k = 0; k < n; k++) {
        double log_score = (double)z.plain[k] / t - log_sum;
        if (z.mirrored) {
            log_score = log_mean(log_score, (double)z.mirrored[k] / t - other_sum);
            r->scores[k] = (r->scores[k] + mirrored[k]) / 2;
        }
        double d = (double)r->scores[k] - (double)target[k];
        e->loss -= (double)target[k] * log_score;
        e->brier += d * d;
    }
}

/* The mean of both sides if mirror images were run. */
static float va_of(const struct run *r, size_t at)
{
    float va = r->session->heads.va[at];
    return r->plain ? (r->plain_va[at] + va) / 2 : va;
}

static void count_va(struct run *r, const fer_eval_image *im)
{
    feri_concordance_add(&r->va[0], im->valence, im->true_valence);
    feri_concordance_add(&r->va[1], im->arousal, im->true_arousal);
}

/* What is known of one image after the network. */
struct seen {
    size_t label, index;
    struct logits z;
    const float *target;
    float va[FERI_VA];
    struct feri_quality q;
};

static void keep_image(struct feri_kept *keep, size_t n, const struct seen *s, const char *file)
{
    keep->labels[keep->n] = s->label;
    keep->quality[keep->n] = s->q.quality;
    keep->second[keep->n] = feri_fnv(FERI_FNV_START, file, strlen(file)) >> 32 & 1;
    memcpy(keep->logits + keep->n * n, s->z.plain, n * sizeof *keep->logits);
    memcpy(keep->targets + keep->n * n, s->target, n * sizeof *keep->targets);
    keep->n++;
}

static void count_image(struct run *r, const struct seen *s)
{
    size_t n = r->result->n_classes;
    struct feri_annotation truth = feri_dataset_annotation(r->ds, s->index);
    count_scores(r, s->z, feri_model_temperature_at(r->model, s->q.quality), s->target);
    fer_eval_image im = {.file = feri_dataset_file(r->ds, s->index),
                         .label = s->label,
                         .answer = feri_largest(n, s->z.mirrored ? r->scores : s->z.plain),
                         .n_classes = n,
                         .scores = r->scores,
                         .valence = s->va[0],
                         .arousal = s->va[1],
                         .true_valence = truth.valence,
                         .true_arousal = truth.arousal,
                         .sharpness = s->q.sharpness,
                         .occlusion = s->q.occlusion,
                         .quality = s->q.quality};
    struct feri_answer answer = {im.label, im.answer, (double)im.scores[im.answer], (double)im.quality};
    r->answers[r->result->images] = answer;
    feri_evaluation_count(r->result, &answer);
    if (r->keep) keep_image(r->keep, n, s, im.file);
    if (r->session->heads.va || r->model->valence_arousal) count_va(r, &im);
    if (r->opt->image) r->opt->image(r->opt->image_user, &im);
}

static fer_status run_images(struct run *r, const struct feri_batch *batch, bool mirrored, fer_error *err)
{
    const fer_model *m = r->model;
    float *input = feri_exec_input(r->session->exec);
    memcpy(input, batch->images, batch->n * m->h * m->w * m->c * sizeof *input);
    if (mirrored) feri_mirror(batch->n * m->h, m->w, m->c, input);
    return feri_session_forward(r->session, batch->n, err);
}

/* The network's answers about a batch: the last ones are in the session, those before mirroring in r->plain. */
static fer_status answer_batch(struct run *r, const struct feri_batch *batch, fer_error *err)
{
    size_t n = r->model->n_classes;
    const struct feri_heads *heads = &r->session->heads;
    if (batch->n == 0) return FER_OK;
    fer_status st = run_images(r, batch, false, err);
    if (st != FER_OK || !r->plain) return st;
    memcpy(r->plain, heads->logits, batch->n * n * sizeof *r->plain);
    if (heads->va) memcpy(r->plain_va, heads->va, batch->n * FERI_VA * sizeof *r->plain_va);
    return run_images(r, batch, true, err);
}

/* Image i of the batch. */
static fer_status see(struct run *r, const struct feri_batch *batch, size_t i, struct seen *s, fer_error *err)
{
    size_t n = r->model->n_classes;
    const float *last = r->session->heads.logits + i * n;
    *s = (struct seen){.label = batch->labels[i],
                       .index = batch->indices[i],
                       .z = r->plain ? (struct logits){r->plain + i * n, last} : (struct logits){last, NULL},
                       .target = batch->targets + i * n};
    for (size_t k = 0; k < FERI_VA; k++) s->va[k] = r->session->heads.va ? va_of(r, i * FERI_VA + k) : NAN;
    const float *input = batch->images + i * r->model->h * r->model->w * r->model->c;
    return feri_quality_of_input(r->model, &r->resizer, input, r->pixels, &s->q, err);
}

static fer_status report_progress(const struct run *r, fer_error *err)
{
    const fer_eval_options *opt = r->opt;
    if (feri_progress(opt->progress, opt->progress_user, "evaluating",
                      r->result->images + feri_loader_n_skipped(r->loader), feri_dataset_size(r->ds)))
        return FER_OK;
    return feri_fail(err, FER_ERR_STOPPED, "%s: the evaluation was stopped", opt->data.path);
}

static fer_status count_alone(struct run *r, fer_error *err)
{
    fer_status st = FER_OK;
    while (st == FER_OK) {
        struct feri_batch batch;
        struct seen s;
        st = feri_loader_next(r->loader, &batch, err);
        if (st != FER_OK || batch.n == 0) break;
        st = answer_batch(r, &batch, err);
        for (size_t i = 0; st == FER_OK && i < batch.n; i++)
            if ((st = see(r, &batch, i, &s, err)) == FER_OK) count_image(r, &s);
        if (st == FER_OK) st = report_progress(r, err);
    }
    return st;
}

/* ---- many ranks: each answers every size-th batch, and all count all images in their order ---- */

/* A row is a struct seen whose pointers count for nothing, then target, logits and those of the mirror image. */
static size_t row_size(const struct run *r)
{
    size_t n = r->model->n_classes;
    return sizeof(struct seen) + (3 * n + n % 2) * sizeof(float);
}

static void pack_row(const struct run *r, const struct seen *s, char *to)
{
    size_t n = r->model->n_classes;
    float *floats = (void *)(to + sizeof *s);
    memcpy(to, s, sizeof *s);
    memcpy(floats, s->target, n * sizeof *floats);
    memcpy(floats + n, s->z.plain, n * sizeof *floats);
    if (s->z.mirrored) memcpy(floats + 2 * n, s->z.mirrored, n * sizeof *floats);
}

static fer_status count_rows(void *user, size_t rank, size_t n_rows, const void *rows, fer_error *err)
{
    struct run *r = user;
    size_t n = r->model->n_classes;
    (void)rank;
    (void)err;
    for (size_t i = 0; i < n_rows; i++) {
        const char *row = (const char *)rows + i * row_size(r);
        const float *floats = (const void *)(row + sizeof(struct seen));
        struct seen s;
        memcpy(&s, row, sizeof s);
        s.target = floats;
        s.z = (struct logits){floats + n, r->plain ? floats + 2 * n : NULL};
        count_image(r, &s);
    }
    return FER_OK;
}

static fer_status pack_batch(struct run *r, const struct feri_batch *batch, fer_error *err)
{
    struct seen s;
    fer_status st = answer_batch(r, batch, err);
    for (size_t i = 0; st == FER_OK && i < batch->n; i++)
        if ((st = see(r, batch, i, &s, err)) == FER_OK) pack_row(r, &s, r->rows + i * row_size(r));
    return st;
}

/* What must be the same on all ranks: their rows are counted as if one process had made them. */
static fer_status agree(const struct run *r, fer_error *err)
{
    char digest[FERI_DIGEST_MAX];
    uint64_t weights;
    const fer_eval_options *opt = r->opt;
    enum feri_isa isa;
    fer_status st = feri_isa_find(opt->isa, &isa, err);
    if (st == FER_OK) st = feri_dataset_digest(r->ds, digest, err);
    if (st == FER_OK) st = feri_weights_hash(r->model, &weights, err);
    if (st != FER_OK) return st;
    json_t *facts = json_pack("{s:s, s:I, s:I, s:b, s:i}", "data", digest, "weights", (json_int_t)weights, "batch",
                              (json_int_t)r->session->batch_max, "tta", opt->tta, "degrade", (int)opt->degradation);
    st = facts ? feri_ranks_agree(opt->ranks, facts, feri_kernels_get(isa), err)
               : feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    json_decref(facts);
    return st;
}

static fer_status count_shared(struct run *r, fer_error *err)
{
    const fer_ranks *ranks = r->opt->ranks;
    size_t batches = feri_loader_n_batches(r->loader);
    r->rows = calloc(r->session->batch_max, row_size(r));
    fer_status st = r->rows ? agree(r, err) : feri_fail_memory(err, r->session->batch_max * row_size(r));
    for (size_t first = 0; st == FER_OK && first < batches; first += ranks->size) {
        struct feri_batch batch = {0};
        if (first + ranks->rank < batches) st = feri_loader_next(r->loader, &batch, err);
        if (st == FER_OK) st = pack_batch(r, &batch, err);
        const struct feri_rank_rows rows = {batch.n, row_size(r), r->rows};
        if (st == FER_OK) st = feri_ranks_rows(ranks, &rows, count_rows, r, err);
        if (st == FER_OK) st = report_progress(r, err);
    }
    return st;
}

static fer_status count_all(struct run *r, size_t *skipped_out, fer_error *err)
{
    fer_status st = feri_loader_start(r->loader, 0, err);
    if (st == FER_OK) st = r->opt->ranks ? count_shared(r, err) : count_alone(r, err);
    return st == FER_OK ? feri_ranks_sum(r->opt->ranks, feri_loader_n_skipped(r->loader), skipped_out, err) : st;
}

static fer_concordance concordance(const struct feri_concordance *c)
{
    return (fer_concordance){.images = c->n,
                             .ccc = feri_concordance_ccc(c),
                             .rmse = feri_concordance_rmse(c),
                             .sagr = feri_concordance_sagr(c)};
}

static void close_run(struct run *r)
{
    feri_loader_free(r->loader);
    feri_dataset_close(r->ds);
    fer_session_free(r->session);
    fer_evaluation_free(r->result);
    free(r->class_map);
    free(r->scores);
    free(r->answers);
    free(r->plain);
    free(r->plain_va);
    free(r->rows);
    feri_resizer_free(&r->resizer);
    free(r->pixels);
}

static fer_status evaluate(struct run *r, fer_error *err)
{
    const fer_eval_options *opt = r->opt;
    fer_session_options session = {
        .threads = opt->threads, .batch_max = opt->batch ? opt->batch : BATCH_DEFAULT, .isa = opt->isa};
    fer_status st;
    size_t skipped = 0;
    if ((st = open_data(r, err)) != FER_OK || (st = new_result(r, err)) != FER_OK ||
        (st = fer_session_new(r->model, &session, &r->session, err)) != FER_OK ||
        (st = open_loader(r, err)) != FER_OK || (st = new_plain(r, err)) != FER_OK ||
        (st = count_all(r, &skipped, err)) != FER_OK)
        return st;
    r->result->skipped = feri_dataset_n_skipped(r->ds) + skipped;
    if (r->result->images == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: none of its %zu pictures could be read", opt->data.path,
                         r->result->skipped);
    feri_evaluation_derive(r->result);
    r->result->valence = concordance(&r->va[0]);
    r->result->arousal = concordance(&r->va[1]);
    st = feri_evaluation_select(r->result, r->answers, err);
    return st == FER_OK && opt->bootstrap ? feri_bootstrap(r->result, r->answers, opt->bootstrap, err) : st;
}

fer_status feri_evaluate_keeping(const fer_model *m, const fer_eval_options *opt, struct feri_kept *keep,
                                 fer_evaluation **out, fer_error *err)
{
    if ((unsigned)opt->degradation >= FER_DEGRADATIONS)
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a degradation", (int)opt->degradation);
    if (opt->bootstrap > FERI_RESAMPLES_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "%zu resamples, expected at most %d", opt->bootstrap,
                         FERI_RESAMPLES_MAX);
    struct run r = {.model = m, .opt = opt, .keep = keep};
    fer_status st = evaluate(&r, err);
    if (st == FER_OK) {
        *out = r.result;
        r.result = NULL; /* ownership passes to the caller */
    }
    close_run(&r);
    return st;
}

void feri_kept_free(struct feri_kept *keep)
{
    free(keep->logits);
    free(keep->targets);
    free(keep->labels);
    free(keep->quality);
    free(keep->second);
}

fer_status fer_evaluate(const fer_model *m, const fer_eval_options *opt, fer_evaluation **out, fer_error *err)
{
    if (out) *out = NULL;
    if (!m || !opt || !opt->data.path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_evaluate: model, options, data and out must not be NULL");
    return feri_evaluate_keeping(m, opt, NULL, out, err);
}
