#include "train/ema.h"

#include "base/error.h"
#include "train/chunks.h"

#include <stdlib.h>
#include <string.h>

struct feri_ema {
    struct feri_ema_options opt;
    const fer_model *model;
    fer_model *average;
    struct feri_chunks chunks; /* array: number of the parameter */
};

static fer_status make_chunks(struct feri_ema *e, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < feri_graph_n_params(e->model->graph); i++) {
        const struct feri_param *p = feri_graph_param(e->model->graph, i);
        if (p->used && p->kind != FERI_PARAM_COUNTER) st = feri_chunks_add(&e->chunks, i, p->count, err);
    }
    return st;
}

fer_status feri_ema_new(const fer_model *m, const struct feri_ema_options *opt, struct feri_ema **out, fer_error *err)
{
    *out = NULL;
    struct feri_ema *e = calloc(1, sizeof *e);
    if (!e) return feri_fail_memory(err, sizeof *e);
    *e = (struct feri_ema){.opt = *opt, .model = m};
    fer_status st = fer_model_with(m, NULL, &e->average, err);
    if (st == FER_OK) st = make_chunks(e, err);
    if (st != FER_OK) {
        feri_ema_free(e);
        return st;
    }
    *out = e;
    return FER_OK;
}

void feri_ema_free(struct feri_ema *e)
{
    if (!e) return;
    fer_model_free(e->average);
    feri_chunks_free(&e->chunks);
    free(e);
}

struct job {
    const struct feri_ema *e;
    float decay;
};

static void average_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct job *j = arg;
    const struct feri_chunk *c = &j->e->chunks.items[task];
    const float *x = feri_graph_param(j->e->model->graph, c->array)->data + c->first;
    float *y = feri_graph_param(j->e->average->graph, c->array)->data + c->first;
    /* Frozen weights and statistics are not updated: d y + (1 - d) y equals y only up to rounding. */
    if (memcmp(x, y, c->n * sizeof *x) != 0) j->e->opt.kernels->ema(c->n, j->decay, x, y);
}

static void copy_counters(struct feri_ema *e)
{
    for (size_t i = 0; i < feri_graph_n_params(e->model->graph); i++) {
        const struct feri_param *p = feri_graph_param(e->model->graph, i);
        if (p->kind == FERI_PARAM_COUNTER) feri_graph_param(e->average->graph, i)->data[0] = p->data[0];
    }
}

void feri_ema_update(struct feri_ema *e, uint64_t t)
{
    double young = (1 + (double)t) / (10 + (double)t), decay = (double)e->opt.decay;
    struct job j = {e, (float)(young < decay ? young : decay)};
    feri_pool_run(e->opt.pool, e->chunks.n, average_task, &j);
    copy_counters(e);
}

fer_model *feri_ema_model(struct feri_ema *e)
{
    return e->average;
}
