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

static size_t packed_size(const struct answers *a, bool va)
{
    return a->n * ((2 * a->classes + (va ? FERI_VA : 0)) * sizeof(float) + 2 * sizeof(size_t));
}

static char *put(char *to, const void *from, size_t size)
{
    if (size) memcpy(to, from, size);
    return to + size;
}

static void pack(const struct answers *a, char *to)
{
    to = put(to, a->labels, a->n * sizeof *a->labels);
    to = put(to, a->indices, a->n * sizeof *a->indices);
    to = put(to, a->logits, a->n * a->classes * sizeof *a->logits);
    to = put(to, a->targets, a->n * a->classes * sizeof *a->targets);
    if (a->va) put(to, a->va, a->n * FERI_VA * sizeof *a->va);
}

/* Points into what pack() wrote, whose size is a multiple of that of a float, and of size_t for the first two. */
static struct answers unpack(const void *from, size_t n, size_t classes, bool va)
{
    const size_t *labels = from;
    const float *logits = (const void *)(labels + 2 * n);
    return (struct answers){n,      classes,   logits, logits + n * classes, va ? logits + 2 * n * classes : NULL,
                            labels, labels + n};
}

/* One rank's answers from `from`; copied, so that they are aligned. */
static fer_status count_packed(const struct feri_validator *v, const char *from, const struct answers *like,
                               struct feri_tally *tally, fer_error *err)
{
    size_t size = packed_size(like, like->va != NULL);
    void *copy = malloc(size + 1);
    if (!copy) return feri_fail_memory(err, size);
    memcpy(copy, from, size);
    const struct answers a = unpack(copy, like->n, like->classes, like->va != NULL);
    fer_status st = count_answers(v, &a, tally, err);
    free(copy);
    return st;
}

static fer_status count_round(const struct feri_validator *v, const struct answers *own, bool va,
                              struct feri_tally *tally, fer_error *err)
{
    static const float some = 0;
    size_t ranks = v->ranks->size, total = 0, *sizes = calloc(ranks, sizeof *sizes);
    uint64_t *numbers = NULL;
    fer_status st = sizes ? feri_ranks_numbers(v->ranks, own->n, &numbers, err) : feri_fail_memory(err, ranks);
    for (size_t r = 0; st == FER_OK && r < ranks; r++)
        total += sizes[r] = packed_size(&(struct answers){.n = (size_t)numbers[r], .classes = own->classes}, va);
    char *mine = malloc(packed_size(own, va) + 1), *all = malloc(total + 1), *at = all;
    if (st == FER_OK && (!mine || !all)) st = feri_fail_memory(err, total);
    if (st == FER_OK) {
        pack(own, mine);
        feri_ranks_share(v->ranks, mine, sizes, all);
    }
    for (size_t r = 0; st == FER_OK && r < ranks; at += sizes[r++]) {
        const struct answers like = {.n = (size_t)numbers[r], .classes = own->classes, .va = va ? &some : NULL};
        st = count_packed(v, at, &like, tally, err);
    }
    free(sizes);
    free(numbers);
    free(mine);
    free(all);
    return st;
}

static fer_status count_shared(const struct feri_validator *v, struct subject *s, struct feri_tally *tally,
                               fer_error *err)
{
    size_t batches = feri_loader_n_batches(v->loader), ranks = v->ranks->size;
    fer_status st = FER_OK;
    for (size_t first = 0; st == FER_OK && first < batches; first += ranks) {
        struct feri_batch batch = {0};
        if (first + v->ranks->rank < batches) st = feri_loader_next(v->loader, &batch, err);
        if (st != FER_OK) break;
        const struct answers own = answer(s, &batch);
        st = count_round(v, &own, s->model->valence_arousal, tally, err);
    }
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
