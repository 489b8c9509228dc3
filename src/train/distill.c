#include "train/distill.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "models/heads.h"
#include "train/teacher_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEACHERS_MAX 16

struct teacher {
    fer_model *model;
    struct feri_exec *exec;
    struct feri_heads heads; /* of the last batch; valence and arousal are not learned from teachers */
    size_t *column;          /* index in the teacher's output of a class of the student */
};

struct feri_distill {
    const fer_model *student;
    struct feri_pool *pool;
    size_t classes;
    double weight, temperature;
    size_t n;
    struct teacher teachers[TEACHERS_MAX];
    double *p, *q, *terms; /* [classes] */
};

/* ---- creation ---- */

static fer_status match_classes(struct teacher *t, const fer_model *s, fer_error *err)
{
    t->column = calloc(s->n_classes, sizeof *t->column);
    if (!t->column) return feri_fail_memory(err, s->n_classes * sizeof *t->column);
    if (t->model->n_classes != s->n_classes)
        return feri_fail(err, FER_ERR_SHAPE, "it has %zu classes, expected the student's %zu", t->model->n_classes,
                         s->n_classes);
    for (size_t k = 0; k < s->n_classes; k++)
        if (!feri_model_find_class(t->model, s->classes[k], &t->column[k]))
            return feri_fail(err, FER_ERR_SHAPE, "it has no class '%s', which the student has", s->classes[k]);
    return FER_OK;
}

static fer_status open_teacher(struct teacher *t, const char *path, const struct feri_distill_options *opt,
                               fer_error *err)
{
    const struct feri_plan *plan;
    enum feri_isa isa = FERI_ISA_AUTO;
    feri_isa_parse(opt->kernels->isa, &isa);
    fer_status st = fer_model_load(path, NULL, &t->model, err);
    if (st != FER_OK) return st;
    st = match_classes(t, opt->student, err);
    if (st == FER_OK) st = feri_model_plan(t->model, isa, &plan, err);
    if (st == FER_OK) st = feri_exec_new(plan, opt->batch_max, opt->pool, &t->exec, err);
    if (st == FER_OK) st = feri_heads_new(t->model, opt->batch_max, &t->heads, err);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "teacher: %s", path);
}

static fer_status open_all(struct feri_distill *d, const struct feri_distill_options *opt, fer_error *err)
{
    char *list = feri_strdup(opt->teachers), *at = list;
    fer_status st = list ? FER_OK : feri_fail_memory(err, strlen(opt->teachers));
    while (st == FER_OK && at) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        if (!*at)
            st = feri_fail(err, FER_ERR_ARGUMENT, "teacher: '%s': a name is empty, expected files separated by commas",
                           opt->teachers);
        else if (d->n == TEACHERS_MAX)
            st = feri_fail(err, FER_ERR_ARGUMENT, "teacher: more than %d files", TEACHERS_MAX);
        else st = open_teacher(&d->teachers[d->n++], at, opt, err);
        at = comma ? comma + 1 : NULL;
    }
    free(list);
    return st;
}

fer_status feri_distill_new(const struct feri_distill_options *opt, struct feri_distill **out, fer_error *err)
{
    *out = NULL;
    if (!opt->teachers) return FER_OK;
    struct feri_distill *d = calloc(1, sizeof *d);
    if (!d) return feri_fail_memory(err, sizeof *d);
    const fer_model *s = opt->student;
    *d = (struct feri_distill){.student = s,
                               .pool = opt->pool,
                               .classes = s->n_classes,
                               .weight = (double)opt->weight,
                               .temperature = (double)opt->temperature};
    d->p = calloc(3 * d->classes, sizeof *d->p);
    d->q = d->p ? d->p + d->classes : NULL;
    d->terms = d->p ? d->p + 2 * d->classes : NULL;
    fer_status st = d->p ? open_all(d, opt, err) : feri_fail_memory(err, 3 * d->classes * sizeof *d->p);
    if (st != FER_OK) {
        feri_distill_free(d);
        return st;
    }
    *out = d;
    return FER_OK;
}

void feri_distill_free(struct feri_distill *d)
{
    if (!d) return;
    for (size_t i = 0; i < d->n; i++) {
        feri_heads_free(&d->teachers[i].heads);
        feri_exec_free(d->teachers[i].exec);
        fer_model_free(d->teachers[i].model);
        free(d->teachers[i].column);
    }
    free(d->p);
    free(d);
}

/* ---- a batch ---- */

/* out += share * softmax(x / temperature). x's classes are read in the order of column; NULL: their own order. */
static void add_softmax(const struct feri_distill *d, const float *x, const size_t *column, double share, double *out)
{
    for (size_t k = 0; k < d->classes; k++) d->terms[k] = (double)x[k];
    double sum = feri_softmax_terms(d->classes, d->temperature, d->terms, d->terms);
    for (size_t k = 0; k < d->classes; k++) out[k] += share * d->terms[column ? column[k] : k] / sum;
}

/* Compute the second term of one image's L, and add its derivative to dx, which holds that of the first term. */
static double row(const struct feri_distill *d, size_t i, const float *x, double scale, float *dx)
{
    double t = d->temperature, divergence = 0;
    memset(d->p, 0, 2 * d->classes * sizeof *d->p);
    add_softmax(d, x, NULL, 1, d->p);
    for (size_t j = 0; j < d->n; j++) {
        const struct teacher *teacher = &d->teachers[j];
        add_softmax(d, teacher->heads.logits + i * d->classes, teacher->column, 1 / (double)d->n, d->q);
    }
    for (size_t k = 0; k < d->classes; k++) {
        if (d->q[k] > 0) divergence += d->q[k] * log(d->q[k] / d->p[k]);
        dx[k] = (float)((1 - d->weight) * (double)dx[k] + d->weight * scale * t * (d->p[k] - d->q[k]));
    }
    return t * t * divergence;
}

fer_status feri_distill_ask(struct feri_distill *d, size_t n, const float *images, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t j = 0; st == FER_OK && j < d->n; j++) {
        struct teacher *t = &d->teachers[j];
        st = feri_teacher_input(d->student, t->model, n, images, feri_exec_input(t->exec), d->pool, err);
        if (st != FER_OK) break;
        feri_exec_forward(t->exec, n, 0);
        feri_heads_take(&t->heads, t->model, n, feri_exec_output(t->exec));
    }
    return st;
}

size_t feri_distill_count(const struct feri_distill *d)
{
    return d ? d->n : 0;
}

const float *feri_distill_logits(const struct feri_distill *d, size_t j)
{
    return d->teachers[j].heads.logits;
}

void feri_distill_set_logits(struct feri_distill *d, size_t j, const float *logits)
{
    d->teachers[j].heads.logits = logits;
}

double feri_distill_apply(const struct feri_distill *d, size_t n, const float *logits, double cross_entropy,
                          float *dlogits)
{
    double sum = 0, scale = 1 / (double)n;
    for (size_t i = 0; i < n; i++) sum += row(d, i, logits + i * d->classes, scale, dlogits + i * d->classes);
    return (1 - d->weight) * cross_entropy + d->weight * sum * scale;
}
