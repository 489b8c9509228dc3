#include "fer/eval.h"

#include "api/session.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BATCH_DEFAULT 64

/* Everything one evaluation needs; all zero at first. */
struct run {
    const fer_model *model;
    const fer_eval_options *opt;
    struct feri_dataset *ds;
    struct feri_loader *loader;
    fer_session *session;
    size_t *class_map; /* data set class -> model class */
    float *scores;     /* [n_classes] of one image */
    fer_evaluation *result;
    double loss_sum;
};

static bool class_occurs(const struct feri_dataset *ds, size_t k)
{
    for (size_t i = 0; i < feri_dataset_size(ds); i++)
        if (feri_dataset_target(ds, i)[k] > 0) return true;
    return false;
}

static bool find_class(const fer_model *m, const char *name, size_t *k_out)
{
    for (size_t k = 0; k < m->n_classes; k++)
        if (strcasecmp(m->classes[k], name) == 0) {
            *k_out = k;
            return true;
        }
    return false;
}

static fer_status fail_class(const fer_model *m, const char *data, const char *class, fer_error *err)
{
    char list[512] = "";
    for (size_t k = 0, used = 0; k < m->n_classes && used < sizeof list; k++) {
        int n = snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", m->classes[k]);
        if (n > 0) used += (size_t)n;
    }
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: class '%s' of the data is none of the model's: %s", data,
                     class, list);
}

/* Classes are matched by name: the data sets in use number them differently. */
static fer_status match_classes(struct run *r, fer_error *err)
{
    size_t n = feri_dataset_n_classes(r->ds);
    r->class_map = calloc(n ? n : 1, sizeof *r->class_map);
    if (!r->class_map) return feri_fail_memory(err, n * sizeof *r->class_map);
    for (size_t k = 0; k < n; k++) {
        const char *name = feri_dataset_class(r->ds, k);
        /* A class without any image may be missing: where it would go does not matter. */
        if (!find_class(r->model, name, &r->class_map[k]) && class_occurs(r->ds, k))
            return fail_class(r->model, r->opt->data, name, err);
    }
    return FER_OK;
}

static fer_status new_result(struct run *r, fer_error *err)
{
    size_t n = r->model->n_classes, cells;
    if (!feri_size_mul(n, n, &cells)) return feri_fail(err, FER_ERR_ARGUMENT, "%zu classes are too many", n);
    fer_evaluation *e = r->result = calloc(1, sizeof *e);
    if (!e) return feri_fail_memory(err, sizeof *e);
    e->n_classes = n;
    e->per_class = calloc(n, sizeof *e->per_class);
    e->confusion = calloc(cells, sizeof *e->confusion);
    r->scores = calloc(n, sizeof *r->scores);
    if (!e->per_class || !e->confusion || !r->scores)
        return feri_fail_memory(err, cells * sizeof *e->confusion);
    for (size_t k = 0; k < n; k++) e->per_class[k].name = r->model->classes[k];
    return FER_OK;
}

static fer_status open_data(struct run *r, fer_error *err)
{
    struct feri_dataset_options opt = feri_dataset_options_of(&r->opt->select, FERI_ROLE_TEST);
    opt.protocol = (enum feri_protocol)r->opt->protocol;
    opt.skip_bad = r->opt->skip_bad;
    fer_status st = feri_dataset_open(r->opt->data, &opt, &r->ds, err);
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
        .workers = 1 + feri_pool_threads(r->session->pool) / 4, /* decoding is far cheaper than the network */
        .preprocess = r->session->preprocess,
        .skip_bad = r->opt->skip_bad,
        .class_map = r->class_map,
        .n_classes = m->n_classes,
    };
    return feri_loader_new(r->ds, &opt, &r->loader, err);
}

static size_t largest(size_t n, const float *x)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (x[k] > x[best]) best = k;
    return best;
}

/* Sums; derive_calibration() makes means of them. */
static void count_calibration(fer_evaluation *e, const fer_eval_image *im, const float *target)
{
    double confidence = (double)im->scores[im->answer];
    int i = (int)ceil(confidence * FER_CALIBRATION_BINS) - 1;
    fer_calibration_bin *b = &e->bins[i < 0 ? 0 : i < FER_CALIBRATION_BINS ? i : FER_CALIBRATION_BINS - 1];
    b->images++;
    b->confidence += confidence;
    b->accuracy += im->answer == im->label;
    for (size_t k = 0; k < im->n_classes; k++) {
        double d = (double)im->scores[k] - (double)target[k];
        e->brier += d * d;
    }
}

/* Cross-entropy of the target distribution: sum of t * (log sum exp(logits) - logit). */
static void count_image(struct run *r, const struct feri_batch *batch, size_t i, const float *logits)
{
    fer_evaluation *e = r->result;
    size_t n = e->n_classes;
    const float *target = batch->targets + i * n;
    double log_sum = feri_softmax_row(n, logits, r->scores);
    for (size_t k = 0; k < n; k++) r->loss_sum += (double)target[k] * (log_sum - (double)logits[k]);
    fer_eval_image im = {.file = feri_dataset_file(r->ds, batch->indices[i]),
                         .label = batch->labels[i],
                         .answer = largest(n, logits),
                         .n_classes = n,
                         .scores = r->scores};
    e->confusion[im.label * n + im.answer]++;
    e->images++;
    count_calibration(e, &im, target);
    if (r->opt->image) r->opt->image(r->opt->user, &im);
}

static fer_status count_batch(struct run *r, const struct feri_batch *batch, fer_error *err)
{
    const fer_model *m = r->model;
    struct feri_exec *exec = r->session->exec;
    memcpy(feri_exec_input(exec), batch->images, batch->n * m->h * m->w * m->c * sizeof(float));
    feri_exec_forward(exec, batch->n, 0);
    const float *logits = feri_exec_output(exec);
    fer_status st = feri_check_logits(m, batch->n, logits, err);
    if (st != FER_OK) return st;
    for (size_t i = 0; i < batch->n; i++) count_image(r, batch, i, logits + i * m->n_classes);
    return FER_OK;
}

static fer_status count_all(struct run *r, fer_error *err)
{
    const fer_eval_options *opt = r->opt;
    size_t total = feri_dataset_size(r->ds);
    fer_status st = feri_loader_start(r->loader, 0, err);
    while (st == FER_OK) {
        struct feri_batch batch;
        st = feri_loader_next(r->loader, &batch, err);
        if (st != FER_OK || batch.n == 0) break;
        st = count_batch(r, &batch, err);
        if (st == FER_OK && opt->progress &&
            !opt->progress(opt->user, r->result->images + feri_loader_n_skipped(r->loader), total))
            st = feri_fail(err, FER_ERR_STOPPED, "%s: the evaluation was stopped", opt->data);
    }
    return st;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static void derive_class(fer_evaluation *e, size_t k)
{
    size_t truth = 0, answered = 0, n = e->n_classes;
    for (size_t j = 0; j < n; j++) {
        truth += e->confusion[k * n + j];
        answered += e->confusion[j * n + k];
    }
    fer_class_metrics *c = &e->per_class[k];
    double right = (double)e->confusion[k * n + k];
    c->support = truth;
    c->precision = ratio(right, (double)answered);
    c->recall = ratio(right, (double)truth);
    c->f1 = ratio(2 * right, (double)(truth + answered));
}

static void derive_calibration(fer_evaluation *e)
{
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) {
        fer_calibration_bin *b = &e->bins[i];
        e->ece += fabs(b->accuracy - b->confidence) / (double)e->images;
        b->confidence = ratio(b->confidence, (double)b->images);
        b->accuracy = ratio(b->accuracy, (double)b->images);
    }
    e->brier = ratio(e->brier, (double)e->images);
}

static void derive_metrics(fer_evaluation *e, double loss_sum)
{
    size_t right = 0, occurring = 0;
    for (size_t k = 0; k < e->n_classes; k++) {
        derive_class(e, k);
        right += e->confusion[k * e->n_classes + k];
        if (e->per_class[k].support == 0) continue;
        occurring++;
        e->mean_recall += e->per_class[k].recall;
        e->macro_f1 += e->per_class[k].f1;
    }
    e->accuracy = ratio((double)right, (double)e->images);
    e->loss = ratio(loss_sum, (double)e->images);
    e->mean_recall = ratio(e->mean_recall, (double)occurring);
    e->macro_f1 = ratio(e->macro_f1, (double)occurring);
    derive_calibration(e);
}

static void close_run(struct run *r)
{
    feri_loader_free(r->loader);
    feri_dataset_close(r->ds);
    fer_session_free(r->session);
    fer_evaluation_free(r->result);
    free(r->class_map);
    free(r->scores);
}

static fer_status evaluate(struct run *r, fer_error *err)
{
    const fer_eval_options *opt = r->opt;
    fer_session_options session = {
        .threads = opt->threads, .batch_max = opt->batch ? opt->batch : BATCH_DEFAULT, .isa = opt->isa};
    fer_status st;
    if ((st = open_data(r, err)) != FER_OK || (st = new_result(r, err)) != FER_OK ||
        (st = fer_session_new(r->model, &session, &r->session, err)) != FER_OK ||
        (st = open_loader(r, err)) != FER_OK || (st = count_all(r, err)) != FER_OK)
        return st;
    r->result->skipped = feri_dataset_n_skipped(r->ds) + feri_loader_n_skipped(r->loader);
    if (r->result->images == 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: none of the %zu pictures could be read", opt->data,
                         r->result->skipped);
    derive_metrics(r->result, r->loss_sum);
    return FER_OK;
}

fer_status fer_evaluate(const fer_model *m, const fer_eval_options *opt, fer_evaluation **out, fer_error *err)
{
    if (out) *out = NULL;
    if (!m || !opt || !opt->data || !out)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_evaluate: model, options, data and out must not be NULL");
    if (strcmp(fer_protocol_name(opt->protocol), "unknown") == 0)
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a protocol", (int)opt->protocol);
    struct run r = {.model = m, .opt = opt};
    fer_status st = evaluate(&r, err);
    if (st == FER_OK) {
        *out = r.result;
        r.result = NULL; /* the caller's now */
    }
    close_run(&r);
    return st;
}

void fer_evaluation_free(fer_evaluation *e)
{
    if (!e) return;
    free(e->per_class);
    free(e->confusion);
    free(e);
}
