#include "train/va_head.h"

#include "base/error.h"
#include "base/mem.h"
#include "train/va_loss.h"

#include <stdlib.h>
#include <string.h>

static fer_status allocate(struct feri_va_head *h, size_t batch_max, fer_error *err)
{
    size_t va = batch_max * FERI_VA, logits = batch_max * h->model->n_classes;
    h->dva = feri_alloc(va * sizeof *h->dva);
    h->dlogits = feri_alloc(logits * sizeof *h->dlogits);
    if (!h->dva || !h->dlogits) return feri_fail_memory(err, logits * sizeof *h->dlogits);
    return feri_heads_new(h->model, batch_max, &h->out, err);
}

fer_status feri_va_head_new(const fer_model *m, size_t batch_max, float weight, struct feri_va_head **out,
                            fer_error *err)
{
    *out = NULL;
    if (!m->valence_arousal) return FER_OK;
    struct feri_va_head *h = calloc(1, sizeof *h);
    if (!h) return feri_fail_memory(err, sizeof *h);
    h->model = m;
    h->weight = weight;
    fer_status st = allocate(h, batch_max, err);
    if (st != FER_OK) {
        feri_va_head_free(h);
        return st;
    }
    *out = h;
    return FER_OK;
}

void feri_va_head_free(struct feri_va_head *h)
{
    if (!h) return;
    feri_heads_free(&h->out);
    feri_free(h->dva);
    feri_free(h->dlogits);
    free(h);
}

void feri_va_head_take(struct feri_va_head *h, size_t n, const float *rows)
{
    feri_heads_take(&h->out, h->model, n, rows);
}

double feri_va_head_loss(struct feri_va_head *h, size_t n, const float *truth, float *drows)
{
    double loss = 0;
    if (truth) loss = feri_va_loss(h->weight, n, h->out.va, truth, h->dva);
    else memset(h->dva, 0, n * FERI_VA * sizeof *h->dva);
    feri_heads_join(h->model, n, h->dlogits, h->dva, drows);
    return loss;
}
