#include "train/distill.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "image/image.h"
#include "models/heads.h"
#include "train/kept_answers.h"
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

/* A teacher gives an answer to the picture and, if asked to, a second one to its mirror image. */
struct feri_distill {
    const fer_model *student;
    struct feri_pool *pool;
    size_t classes, batch_max;
    double weight, temperature;
    size_t n, looks; /* teachers; answers of each, 1 or 2 */
    struct teacher teachers[TEACHERS_MAX];
    struct feri_kept_answers *kept;        /* NULL: none come again */
    const float *logits[2 * TEACHERS_MAX]; /* [n * looks] of the last batch, each [batch][classes] */
    float *rows;                           /* [n * looks][batch_max][classes]; logits point into it */
    float *images;                         /* [batch_max] of the student: those asked about, then their mirror images */
    size_t *asked;                         /* [batch_max] samples of the batch that are asked about */
    double *p, *q, *terms;                 /* [classes] */
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

static size_t count(const struct feri_distill *d)
{
    return d->n * d->looks;
}

static size_t image_size(const struct feri_distill *d)
{
    return d->student->h * d->student->w * d->student->c;
}

static fer_status allocate(struct feri_distill *d, const struct feri_distill_options *opt, fer_error *err)
{
    size_t n = opt->batch_max, row = count(d) * d->classes;
    d->p = calloc(3 * d->classes, sizeof *d->p);
    d->rows = calloc(n, row * sizeof *d->rows);
    d->images = calloc(n, image_size(d) * sizeof *d->images);
    d->asked = calloc(n, sizeof *d->asked);
    if (!d->p || !d->rows || !d->images || !d->asked)
        return feri_fail_memory(err, n * (row + image_size(d)) * sizeof *d->rows);
    d->q = d->p + d->classes;
    d->terms = d->q + d->classes;
    return opt->views ? feri_kept_answers_new(opt->views, opt->samples, row, &d->kept, err) : FER_OK;
}

fer_status feri_distill_new(const struct feri_distill_options *opt, struct feri_distill **out, fer_error *err)
{
    *out = NULL;
    if (!opt->teachers) return FER_OK;
    struct feri_distill *d = calloc(1, sizeof *d);
    if (!d) return feri_fail_memory(err, sizeof *d);
    *d = (struct feri_distill){.student = opt->student,
                               .pool = opt->pool,
                               .classes = opt->student->n_classes,
                               .batch_max = opt->batch_max,
                               .weight = (double)opt->weight,
                               .temperature = (double)opt->temperature,
                               .looks = opt->mirror ? 2 : 1};
    fer_status st = open_all(d, opt, err);
    if (st == FER_OK) st = allocate(d, opt, err);
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
    feri_kept_answers_free(d->kept);
    free(d->p);
    free(d->rows);
    free(d->images);
    free(d->asked);
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
    for (size_t a = 0; a < count(d); a++)
        add_softmax(d, d->logits[a] + i * d->classes, d->teachers[a / d->looks].column, 1 / (double)count(d), d->q);
    for (size_t k = 0; k < d->classes; k++) {
        if (d->q[k] > 0) divergence += d->q[k] * log(d->q[k] / d->p[k]);
        dx[k] = (float)((1 - d->weight) * (double)dx[k] + d->weight * scale * t * (d->p[k] - d->q[k]));
    }
    return t * t * divergence;
}

static float *row_of(const struct feri_distill *d, size_t answer, size_t i)
{
    return d->rows + (answer * d->batch_max + i) * d->classes;
}

/* Fill what is known of sample i; false: nothing is. */
static bool recall(const struct feri_distill *d, const struct feri_distill_batch *b, size_t i)
{
    const float *kept = d->kept ? feri_kept_answers_find(d->kept, b->view, b->samples[i]) : NULL;
    for (size_t a = 0; kept && a < count(d); a++)
        memcpy(row_of(d, a, i), kept + a * d->classes, d->classes * sizeof *kept);
    return kept;
}

static void keep(const struct feri_distill *d, const struct feri_distill_batch *b, size_t i)
{
    float *kept = feri_kept_answers_add(d->kept, b->view, b->samples[i]);
    for (size_t a = 0; a < count(d); a++) memcpy(kept + a * d->classes, row_of(d, a, i), d->classes * sizeof *kept);
}

/* One look of a teacher at d->images: an answer for each of the n samples that are asked about. */
static fer_status look(struct feri_distill *d, size_t answer, size_t n, fer_error *err)
{
    struct teacher *t = &d->teachers[answer / d->looks];
    fer_status st = feri_teacher_input(d->student, t->model, n, d->images, feri_exec_input(t->exec), d->pool, err);
    if (st != FER_OK) return st;
    feri_exec_forward(t->exec, n, 0);
    feri_heads_take(&t->heads, t->model, n, feri_exec_output(t->exec));
    for (size_t i = 0; i < n; i++)
        memcpy(row_of(d, answer, d->asked[i]), t->heads.logits + i * d->classes, d->classes * sizeof *t->heads.logits);
    return FER_OK;
}

fer_status feri_distill_ask(struct feri_distill *d, const struct feri_distill_batch *b, fer_error *err)
{
    const fer_model *s = d->student;
    size_t n = 0, size = image_size(d);
    fer_status st = FER_OK;
    for (size_t a = 0; a < count(d); a++) d->logits[a] = row_of(d, a, 0);
    for (size_t i = 0; i < b->n; i++) {
        if (recall(d, b, i)) continue;
        memcpy(d->images + n * size, b->images + i * size, size * sizeof *d->images);
        d->asked[n++] = i;
    }
    if (n == 0) return FER_OK;
    for (size_t second = 0; st == FER_OK && second < d->looks; second++) {
        if (second) feri_mirror(n * s->h, s->w, s->c, d->images);
        for (size_t j = 0; st == FER_OK && j < d->n; j++) st = look(d, j * d->looks + second, n, err);
    }
    for (size_t i = 0; st == FER_OK && d->kept && i < n; i++) keep(d, b, d->asked[i]);
    return st;
}

size_t feri_distill_count(const struct feri_distill *d)
{
    return d ? count(d) : 0;
}

const float *feri_distill_logits(const struct feri_distill *d, size_t a)
{
    return d->logits[a];
}

void feri_distill_set_logits(struct feri_distill *d, size_t a, const float *logits)
{
    d->logits[a] = logits;
}

double feri_distill_apply(const struct feri_distill *d, size_t n, const float *logits, double cross_entropy,
                          float *dlogits)
{
    double sum = 0, scale = 1 / (double)n;
    for (size_t i = 0; i < n; i++) sum += row(d, i, logits + i * d->classes, scale, dlogits + i * d->classes);
    return (1 - d->weight) * cross_entropy + d->weight * sum * scale;
}
