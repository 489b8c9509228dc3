#include "api/eval.h"
#include "api/metrics.h"
#include "api/session.h"
#include "api/temperature.h"
#include "base/error.h"
#include "base/scores.h"
#include "models/model.h"

#include <stdlib.h>

/* Compute loss and ECE of the kept logits at out->temperature. */
static fer_status measure(const struct feri_kept *kept, size_t n, fer_calibration *out, fer_error *err)
{
    fer_evaluation *e;
    float *scores = malloc(n * sizeof *scores);
    if (!scores) return feri_fail_memory(err, n * sizeof *scores);
    fer_status st = feri_evaluation_new(n, NULL, &e, err);
    for (size_t i = 0; st == FER_OK && i < kept->n; i++) {
        const float *z = kept->logits + i * n, *t = kept->targets + i * n;
        double log_sum = feri_softmax_row(n, out->temperature, z, scores);
        for (size_t k = 0; k < n; k++) e->loss += (double)t[k] * (log_sum - (double)z[k] / out->temperature);
        size_t answer = feri_largest(n, z);
        struct feri_answer a = {.label = kept->labels[i], .answer = answer, .confidence = (double)scores[answer]};
        feri_evaluation_count(e, &a);
    }
    if (st == FER_OK) {
        feri_evaluation_derive(e);
        out->loss = e->loss;
        out->ece = e->ece;
        fer_evaluation_free(e);
    }
    free(scores);
    return st;
}

static fer_status fit(const fer_model *m, const fer_eval_options *opt, struct feri_kept *kept, fer_calibration *out,
                      fer_error *err)
{
    fer_evaluation *e;
    fer_status st = feri_evaluate_keeping(m, opt, kept, &e, err);
    if (st != FER_OK) return st;
    *out = (fer_calibration){.images = e->images,
                             .skipped = e->skipped,
                             .temperature_before = m->temperature,
                             .loss_before = e->loss,
                             .ece_before = e->ece};
    fer_evaluation_free(e);
    struct feri_predicted predicted = {
        .n = kept->n, .n_classes = m->n_classes, .logits = kept->logits, .targets = kept->targets};
    st = feri_fit_temperature(&predicted, &out->temperature, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", opt->data.path);
    return measure(kept, m->n_classes, out, err);
}

fer_status fer_calibrate(const fer_model *m, const fer_eval_options *opt, fer_calibration *out, fer_error *err)
{
    if (!m || !opt || !opt->data.path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_calibrate: model, options, data and out must not be NULL");
    fer_eval_options plain = *opt;
    plain.tta = false;
    plain.bootstrap = 0;
    struct feri_kept kept = {0};
    fer_status st = fit(m, &plain, &kept, out, err);
    feri_kept_free(&kept);
    return st;
}
