/* The second half of a training step for a model with valence and arousal: its rows taken apart, and the gradients of
 * both parts joined. */
#ifndef FERI_TRAIN_VA_HEAD_H
#define FERI_TRAIN_VA_HEAD_H

#include "models/heads.h"

struct feri_va_head {
    const fer_model *model;
    float weight;
    struct feri_heads out; /* of the last pass */
    float *dlogits;        /* [batch_max][classes], the caller's to fill in between the two calls below */
    float *dva;
};

/** NULL in *out for a model without valence and arousal. */
fer_status feri_va_head_new(const fer_model *m, size_t batch_max, float weight, struct feri_va_head **out,
                            fer_error *err);
void feri_va_head_free(struct feri_va_head *h);

/** rows: what the network answered to n samples; h->out has the columns. */
void feri_va_head_take(struct feri_va_head *h, size_t n, const float *rows);
/** Loss of valence and arousal against truth, [n][2], NaN: not known, NULL: none is known. drows, like rows, receives
 * its derivative beside h->dlogits. */
double feri_va_head_loss(struct feri_va_head *h, size_t n, const float *truth, float *drows);

#endif
