#include "api/bootstrap.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/sorted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAM 0x626f6f74 /* seed of the random numbers */
#define LOW    0.025
#define HIGH   0.975

enum { ACCURACY, MEAN_RECALL, MACRO_F1, ECE, RECALL /* plus one per class */ };

/* NaN: undefined in that resample. */
struct table {
    size_t n_figures, resamples;
    double *values; /* [n_figures][resamples] */
};

static void clear(fer_evaluation *e)
{
    memset(e->confusion, 0, e->n_classes * e->n_classes * sizeof *e->confusion);
    memset(e->bins, 0, sizeof e->bins);
    e->images = 0;
    e->mean_recall = e->macro_f1 = e->ece = 0;
}

static void resample(fer_evaluation *drawn, const struct feri_answer *answers, size_t n, size_t number)
{
    struct feri_rng rng = feri_rng_new(0, STREAM, number);
    clear(drawn);
    for (size_t i = 0; i < n; i++) feri_evaluation_count(drawn, &answers[feri_rng_below(&rng, (uint32_t)n)]);
    feri_evaluation_derive(drawn);
}

static void note(const struct table *t, const fer_evaluation *drawn, size_t number)
{
    double *to = t->values + number;
    to[ACCURACY * t->resamples] = drawn->accuracy;
    to[MEAN_RECALL * t->resamples] = drawn->mean_recall;
    to[MACRO_F1 * t->resamples] = drawn->macro_f1;
    to[ECE * t->resamples] = drawn->ece;
    for (size_t k = 0; k < drawn->n_classes; k++)
        to[(RECALL + k) * t->resamples] = drawn->per_class[k].support ? drawn->per_class[k].recall : (double)NAN;
}

static fer_interval interval(const struct table *t, size_t figure)
{
    double *values = t->values + figure * t->resamples;
    size_t n = 0;
    for (size_t i = 0; i < t->resamples; i++)
        if (!isnan(values[i])) values[n++] = values[i];
    if (n == 0) return (fer_interval){0, 0};
    feri_sort(n, values);
    return (fer_interval){feri_quantile(n, values, LOW), feri_quantile(n, values, HIGH)};
}

static fer_status new_table(struct table *t, size_t n_classes, size_t resamples, fer_error *err)
{
    size_t cells;
    *t = (struct table){.n_figures = RECALL + n_classes, .resamples = resamples};
    if (feri_size_mul(t->n_figures, resamples, &cells)) t->values = calloc(cells, sizeof *t->values);
    return t->values ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "out of memory for %zu resamples", resamples);
}

static fer_status fill(fer_intervals *to, const struct table *t, size_t n_classes, fer_error *err)
{
    to->recall = calloc(n_classes, sizeof *to->recall);
    if (!to->recall) return feri_fail_memory(err, n_classes * sizeof *to->recall);
    to->resamples = t->resamples;
    to->accuracy = interval(t, ACCURACY);
    to->mean_recall = interval(t, MEAN_RECALL);
    to->macro_f1 = interval(t, MACRO_F1);
    to->ece = interval(t, ECE);
    for (size_t k = 0; k < n_classes; k++) to->recall[k] = interval(t, RECALL + k);
    return FER_OK;
}

fer_status feri_bootstrap(fer_evaluation *e, const struct feri_answer *answers, size_t resamples, fer_error *err)
{
    struct table t;
    fer_evaluation *drawn = NULL;
    if (e->images > UINT32_MAX)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%zu images are too many to resample", e->images);
    e->intervals = calloc(1, sizeof *e->intervals);
    if (!e->intervals) return feri_fail_memory(err, sizeof *e->intervals);
    fer_status st = new_table(&t, e->n_classes, resamples, err);
    if (st == FER_OK) st = feri_evaluation_new(e->n_classes, NULL, &drawn, err);
    for (size_t i = 0; st == FER_OK && i < resamples; i++) {
        resample(drawn, answers, e->images, i);
        note(&t, drawn, i);
    }
    if (st == FER_OK) st = fill(e->intervals, &t, e->n_classes, err);
    fer_evaluation_free(drawn);
    free(t.values);
    return st;
}
