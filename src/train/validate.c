#include "train/validate.h"

#include "base/error.h"
#include "models/heads.h"

#include <math.h>
#include <string.h>

/* The weights to be validated, compiled. */
struct subject {
    const fer_model *model;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_heads heads;
};

static void count_va(const struct feri_validator *v, const struct feri_batch *batch, const float *va)
{
    for (size_t i = 0; i < batch->n; i++) {
        struct feri_annotation truth = feri_dataset_annotation(v->data, batch->indices[i]);
        feri_concordance_add(&v->va[0], va[i * FERI_VA], truth.valence);
        feri_concordance_add(&v->va[1], va[i * FERI_VA + 1], truth.arousal);
    }
}

static fer_status count_batch(const struct feri_validator *v, struct subject *s, const struct feri_batch *batch,
                              struct feri_tally *tally, fer_error *err)
{
    const fer_model *m = s->model;
    const struct feri_loss loss = {.classes = m->n_classes};
    memcpy(feri_exec_input(s->exec), batch->images, batch->n * m->h * m->w * m->c * sizeof *batch->images);
    feri_exec_forward(s->exec, batch->n, 0);
    feri_heads_take(&s->heads, m, batch->n, feri_exec_output(s->exec));
    const float *logits = s->heads.logits;
    double mean = feri_cross_entropy(&loss, batch->n, logits, batch->targets, NULL);
    if (!isfinite(mean)) return feri_fail(err, FER_ERR_NUMERIC, "the validation loss is %g", mean);
    feri_tally_add(tally, batch->n, mean, feri_count_correct(batch->n, m->n_classes, logits, batch->labels));
    if (s->heads.va) count_va(v, batch, s->heads.va);
    return FER_OK;
}

static fer_status count_all(const struct feri_validator *v, struct subject *s, struct feri_tally *tally, fer_error *err)
{
    fer_status st = feri_loader_start(v->loader, 0, err);
    while (st == FER_OK) {
        struct feri_batch batch;
        st = feri_loader_next(v->loader, &batch, err);
        if (st != FER_OK || batch.n == 0) break;
        st = count_batch(v, s, &batch, tally, err);
    }
    return st;
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
