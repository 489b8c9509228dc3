#include "train/validate.h"

#include "base/error.h"
#include "models/heads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The weights to be validated, compiled. */
struct subject {
    const fer_model *model;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_heads heads;
};

/* The answers about one batch, and its truth. */
struct answers {
    size_t n, classes;
    const float *logits, *targets;
    const float *va; /* NULL: none */
    const size_t *labels, *indices;
};

static void count_va(const struct feri_validator *v, const struct answers *a)
{
    for (size_t i = 0; i < a->n; i++) {
        struct feri_annotation truth = feri_dataset_annotation(v->data, a->indices[i]);
        feri_concordance_add(&v->va[0], a->va[i * FERI_VA], truth.valence);
        feri_concordance_add(&v->va[1], a->va[i * FERI_VA + 1], truth.arousal);
    }
}

static fer_status count_answers(const struct feri_validator *v, const struct answers *a, struct feri_tally *tally,
                                fer_error *err)
{
    const struct feri_loss loss = {.classes = a->classes};
    if (a->n == 0) return FER_OK;
    double mean = feri_cross_entropy(&loss, a->n, a->logits, a->targets, NULL);
    if (!isfinite(mean)) return feri_fail(err, FER_ERR_NUMERIC, "the validation loss is %g", mean);
    feri_tally_add(tally, a->n, mean, feri_count_correct(a->n, a->classes, a->logits, a->labels));
    if (a->va) count_va(v, a);
    return FER_OK;
}

static struct answers answer(struct subject *s, const struct feri_batch *batch)
{
    const fer_model *m = s->model;
    if (batch->n == 0) return (struct answers){.classes = m->n_classes};
    memcpy(feri_exec_input(s->exec), batch->images, batch->n * m->h * m->w * m->c * sizeof *batch->images);
    feri_exec_forward(s->exec, batch->n, 0);
    feri_heads_take(&s->heads, m, batch->n, feri_exec_output(s->exec));
    return (struct answers){batch->n,    m->n_classes,  s->heads.logits, batch->targets,
                            s->heads.va, batch->labels, batch->indices};
}

/* ---- many ranks: in each round every rank answers one batch, and all count them in the order of one process ---- */

/* A row has the label and the index, then logits, targets, valence and arousal. */
static size_t row_size(size_t classes)
{
    return 2 * sizeof(uint64_t) + (2 * classes + FERI_VA) * sizeof(float);
}

static void pack_row(const struct answers *a, size_t i, char *to)
{
    const uint64_t numbers[2] = {a->labels[i], a->indices[i]};
    float *floats = (void *)(to + sizeof numbers);
    memcpy(to, numbers, sizeof numbers);
    memcpy(floats, a->logits + i * a->classes, a->classes * sizeof *floats);
    memcpy(floats + a->classes, a->targets + i * a->classes, a->classes * sizeof *floats);
    if (a->va) memcpy(floats + 2 * a->classes, a->va + i * FERI_VA, FERI_VA * sizeof *floats);
}

/* What a round needs: arrays of a batch, and the rows of this rank. */
struct round {
    const struct feri_validator *v;
    struct feri_tally *tally;
    size_t classes;
    bool has_va;
    char *mine;
    float *logits, *targets, *va;
    size_t *labels, *indices;
};

static fer_status round_new(struct round *r, fer_error *err)
{
    size_t n = r->v->batch, k = r->classes;
    r->mine = calloc(n, row_size(k));
    r->logits = calloc(n, (2 * k + FERI_VA) * sizeof *r->logits);
    r->labels = calloc(n, 2 * sizeof *r->labels);
    if (!r->mine || !r->logits || !r->labels) return feri_fail_memory(err, n * row_size(k));
    r->targets = r->logits + n * k;
    r->va = r->targets + n * k;
    r->indices = r->labels + n;
    return FER_OK;
}

static void round_free(struct round *r)
{
    free(r->mine);
    free(r->logits);
    free(r->labels);
}

static fer_status count_rows(void *user, size_t rank, size_t n, const void *rows, fer_error *err)
{
    const struct round *r = user;
    size_t k = r->classes;
    (void)rank;
    for (size_t i = 0; i < n; i++) {
        const char *row = (const char *)rows + i * row_size(k);
        uint64_t numbers[2];
        const float *floats = (const void *)(row + sizeof numbers);
        memcpy(numbers, row, sizeof numbers);
        r->labels[i] = (size_t)numbers[0];
        r->indices[i] = (size_t)numbers[1];
        memcpy(r->logits + i * k, floats, k * sizeof *floats);
        memcpy(r->targets + i * k, floats + k, k * sizeof *floats);
        memcpy(r->va + i * FERI_VA, floats + 2 * k, FERI_VA * sizeof *floats);
    }
    const struct answers a = {n, k, r->logits, r->targets, r->has_va ? r->va : NULL, r->labels, r->indices};
    return count_answers(r->v, &a, r->tally, err);
}

static fer_status count_round(struct round *r, const struct answers *own, fer_error *err)
{
    for (size_t i = 0; i < own->n; i++) pack_row(own, i, r->mine + i * row_size(r->classes));
    const struct feri_rank_rows rows = {own->n, row_size(r->classes), r->mine};
    return feri_ranks_rows(r->v->ranks, &rows, count_rows, r, err);
}

static fer_status count_shared(const struct feri_validator *v, struct subject *s, struct feri_tally *tally,
                               fer_error *err)
{
    size_t batches = feri_loader_n_batches(v->loader), ranks = v->ranks->size;
    struct round r = {.v = v, .tally = tally, .classes = s->model->n_classes, .has_va = s->model->valence_arousal};
    fer_status st = round_new(&r, err);
    for (size_t first = 0; st == FER_OK && first < batches; first += ranks) {
        struct feri_batch batch = {0};
        if (first + v->ranks->rank < batches) st = feri_loader_next(v->loader, &batch, err);
        if (st != FER_OK) break;
        const struct answers own = answer(s, &batch);
        st = count_round(&r, &own, err);
    }
    round_free(&r);
    return st;
}

/* ---- one process ---- */

static fer_status count_alone(const struct feri_validator *v, struct subject *s, struct feri_tally *tally,
                              fer_error *err)
{
    for (;;) {
        struct feri_batch batch;
        fer_status st = feri_loader_next(v->loader, &batch, err);
        if (st != FER_OK || batch.n == 0) return st;
        const struct answers a = answer(s, &batch);
        if ((st = count_answers(v, &a, tally, err)) != FER_OK) return st;
    }
}

static fer_status count_all(const struct feri_validator *v, struct subject *s, struct feri_tally *tally, fer_error *err)
{
    fer_status st = feri_loader_start(v->loader, 0, err);
    if (st != FER_OK) return st;
    return v->ranks ? count_shared(v, s, tally, err) : count_alone(v, s, tally, err);
}

fer_status feri_validate(const struct feri_validator *v, fer_model *m, struct feri_tally *out, fer_error *err)
{
    const struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = v->kernels};
    struct subject s = {.model = m}; /* the model's cached plan would have older weights */
    *out = (struct feri_tally){0};
    fer_status st = feri_plan_new(m->graph, &opt, &s.plan, err);
    if (st == FER_OK) st = feri_exec_new(s.plan, v->batch, v->pool, &s.exec, err);
    if (st == FER_OK) st = feri_heads_new(m, v->batch, &s.heads, err);
    if (st == FER_OK) st = count_all(v, &s, out, err);
    if (st == FER_OK && out->images == 0) st = feri_fail(err, FER_ERR_FORMAT, "validation: no picture could be read");
    feri_heads_free(&s.heads);
    feri_exec_free(s.exec);
    feri_plan_free(s.plan);
    return st;
}
