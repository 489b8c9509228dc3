#include "train/validate.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static fer_status count_batch(const fer_model *m, struct feri_exec *exec, const struct feri_batch *batch,
                              struct feri_tally *tally, fer_error *err)
{
    const struct feri_loss loss = {.classes = m->n_classes};
    memcpy(feri_exec_input(exec), batch->images, batch->n * m->h * m->w * m->c * sizeof *batch->images);
    feri_exec_forward(exec, batch->n, 0);
    const float *logits = feri_exec_output(exec);
    double mean = feri_cross_entropy(&loss, batch->n, logits, batch->targets, NULL);
    if (!isfinite(mean)) return feri_fail(err, FER_ERR_NUMERIC, "the validation loss is %g", mean);
    feri_tally_add(tally, batch->n, mean, feri_count_correct(batch->n, m->n_classes, logits, batch->labels));
    return FER_OK;
}

static fer_status count_all(const struct feri_validator *v, const fer_model *m, struct feri_exec *exec,
                            struct feri_tally *tally, fer_error *err)
{
    fer_status st = feri_loader_start(v->loader, 0, err);
    while (st == FER_OK) {
        struct feri_batch batch;
        st = feri_loader_next(v->loader, &batch, err);
        if (st != FER_OK || batch.n == 0) break;
        st = count_batch(m, exec, &batch, tally, err);
    }
    return st;
}

fer_status feri_validate(const struct feri_validator *v, fer_model *m, struct feri_tally *out, fer_error *err)
{
    const struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = v->kernels};
    struct feri_plan *plan =
        NULL; /* a plan of the weights as they are now: the model's own cached plan would be of old ones */
    struct feri_exec *exec = NULL;
    *out = (struct feri_tally){0};
    fer_status st = feri_plan_new(m->graph, &opt, &plan, err);
    if (st == FER_OK) st = feri_exec_new(plan, v->batch, v->pool, &exec, err);
    if (st == FER_OK) st = count_all(v, m, exec, out, err);
    if (st == FER_OK && out->images == 0)
        st = feri_fail(err, FER_ERR_FORMAT, "validation: none of the pictures could be read");
    feri_exec_free(exec);
    feri_plan_free(plan);
    return st;
}
