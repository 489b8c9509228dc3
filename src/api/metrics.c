#include "api/metrics.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

fer_status feri_evaluation_new(size_t n, const char *const *classes, fer_evaluation **out, fer_error *err)
{
    size_t cells;
    *out = NULL;
    if (!feri_size_mul(n, n, &cells)) return feri_fail(err, FER_ERR_ARGUMENT, "%zu classes are too many", n);
    fer_evaluation *e = calloc(1, sizeof *e);
    if (!e) return feri_fail_memory(err, sizeof *e);
    e->n_classes = n;
    e->per_class = calloc(n, sizeof *e->per_class);
    e->confusion = calloc(cells, sizeof *e->confusion);
    if (!e->per_class || !e->confusion) {
        fer_evaluation_free(e);
        return feri_fail_memory(err, cells * sizeof *e->confusion);
    }
    for (size_t k = 0; classes && k < n; k++) e->per_class[k].name = classes[k];
    *out = e;
    return FER_OK;
}

void feri_evaluation_count(fer_evaluation *e, const struct feri_answer *a)
{
    int i = (int)ceil(a->confidence * FER_CALIBRATION_BINS) - 1;
    fer_calibration_bin *b = &e->bins[i < 0 ? 0 : i < FER_CALIBRATION_BINS ? i : FER_CALIBRATION_BINS - 1];
    b->images++;
    b->confidence += a->confidence;
    b->accuracy += a->answer == a->label;
    e->confusion[a->label * e->n_classes + a->answer]++;
    e->images++;
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

void feri_evaluation_derive(fer_evaluation *e)
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
    e->loss = ratio(e->loss, (double)e->images);
    e->mean_recall = ratio(e->mean_recall, (double)occurring);
    e->macro_f1 = ratio(e->macro_f1, (double)occurring);
    derive_calibration(e);
}

void fer_evaluation_free(fer_evaluation *e)
{
    if (!e) return;
    free(e->per_class);
    free(e->confusion);
    if (e->intervals) free(e->intervals->recall);
    free(e->intervals);
    free(e);
}
