/* A temperature that depends on the quality of the picture. */
#include "api/eval.h"
#include "api/metrics.h"
#include "api/temperature.h"
#include "base/error.h"
#include "base/scores.h"
#include "models/model.h"

#include <stdlib.h>
#include <string.h>

struct fitted {
    double temperature, doubt;
};

struct job {
    const fer_model *model;
    struct feri_kept kept[FER_DEGRADATIONS];
    struct fitted halves[2], all;
};

/* Those images whose half is not left out, of all degradations in one array. */
struct pile {
    struct feri_predicted predicted;
    float *floats;
};

enum { NO_HALF = 2 };

static bool chosen(const struct feri_kept *kept, size_t i, int left_out)
{
    return left_out == NO_HALF || kept->second[i] != left_out;
}

static void pile_up(const struct job *j, int left_out, size_t cap, struct pile *p)
{
    size_t n = j->model->n_classes, at = 0;
    float *logits = p->floats, *targets = logits + cap * n, *quality = targets + cap * n, *weight = quality + cap;
    for (int d = 0; d < FER_DEGRADATIONS; d++) {
        const struct feri_kept *kept = &j->kept[d];
        for (size_t i = 0; i < kept->n; i++) {
            if (!chosen(kept, i, left_out)) continue;
            memcpy(logits + at * n, kept->logits + i * n, n * sizeof *logits);
            memcpy(targets + at * n, kept->targets + i * n, n * sizeof *targets);
            quality[at] = kept->quality[i];
            weight[at++] = d == FER_DEGRADE_NONE ? FER_DEGRADATIONS - 1 : 1;
        }
    }
    p->predicted = (struct feri_predicted){at, n, logits, targets, quality, weight};
}

static fer_status fit(const struct job *j, int left_out, struct fitted *out, fer_error *err)
{
    size_t cap = 0;
    for (int d = 0; d < FER_DEGRADATIONS; d++) cap += j->kept[d].n;
    struct pile p = {.floats = calloc(cap * (2 * j->model->n_classes + 2), sizeof *p.floats)};
    if (!p.floats) return feri_fail(err, FER_ERR_MEMORY, "out of memory for the predictions of %zu images", cap);
    pile_up(j, left_out, cap, &p);
    fer_status st = feri_fit_doubt(&p.predicted, &out->temperature, &out->doubt, err);
    free(p.floats);
    return st;
}

static fer_status measure(const struct job *j, const struct feri_kept *kept, double *ece, fer_error *err)
{
    size_t n = j->model->n_classes;
    fer_evaluation *e;
    float *scores = malloc(n * sizeof *scores);
    if (!scores) return feri_fail_memory(err, n * sizeof *scores);
    fer_status st = feri_evaluation_new(n, NULL, &e, err);
    for (size_t i = 0; st == FER_OK && i < kept->n; i++) {
        const float *z = kept->logits + i * n;
        const struct fitted *f = &j->halves[kept->second[i]];
        feri_softmax_row(n, feri_temperature_at(f->temperature, f->doubt, (double)kept->quality[i]), z, scores);
        size_t answer = feri_largest(n, z);
        struct feri_answer a = {.label = kept->labels[i], .answer = answer, .confidence = (double)scores[answer]};
        feri_evaluation_count(e, &a);
    }
    if (st == FER_OK) {
        feri_evaluation_derive(e);
        *ece = e->ece;
        fer_evaluation_free(e);
    }
    free(scores);
    return st;
}

static fer_status predict(struct job *j, const fer_eval_options *opt, fer_quality_calibration *out, fer_error *err)
{
    fer_eval_options plain = *opt;
    plain.tta = false;
    plain.bootstrap = 0;
    for (int d = 0; d < FER_DEGRADATIONS; d++) {
        fer_evaluation *e;
        plain.degradation = (fer_degradation)d;
        fer_status st = feri_evaluate_keeping(j->model, &plain, &j->kept[d], &e, err);
        if (st != FER_OK) return st;
        out->images = e->images;
        out->skipped = e->skipped;
        out->ece_before[d] = e->ece;
        fer_evaluation_free(e);
    }
    return FER_OK;
}

static fer_status calibrate(struct job *j, const fer_eval_options *opt, fer_quality_calibration *out, fer_error *err)
{
    *out = (fer_quality_calibration){.temperature_before = j->model->temperature, .doubt_before = j->model->doubt};
    fer_status st = predict(j, opt, out, err);
    if (st != FER_OK) return st;
    st = fit(j, NO_HALF, &j->all, err);
    for (int half = 0; st == FER_OK && half < 2; half++) st = fit(j, half, &j->halves[half], err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", opt->data.path);
    for (int d = 0; st == FER_OK && d < FER_DEGRADATIONS; d++) st = measure(j, &j->kept[d], &out->ece[d], err);
    out->temperature = j->all.temperature;
    out->doubt = j->all.doubt;
    return st;
}

fer_status fer_calibrate_by_quality(const fer_model *m, const fer_eval_options *opt, fer_quality_calibration *out,
                                    fer_model **calibrated, fer_error *err)
{
    if (!m || !opt || !opt->data.path || !out || !calibrated)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_calibrate_by_quality: model, options, data, out and calibrated must not be NULL");
    *calibrated = NULL;
    struct job j = {.model = m};
    fer_status st = calibrate(&j, opt, out, err);
    for (int d = 0; d < FER_DEGRADATIONS; d++) feri_kept_free(&j.kept[d]);
    if (st == FER_OK) st = fer_model_with(m, NULL, calibrated, err);
    if (st != FER_OK) return st;
    (*calibrated)->temperature = out->temperature;
    (*calibrated)->doubt = out->doubt;
    return FER_OK;
}
