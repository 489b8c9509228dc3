/* The part of a training step that is specific to models with valence and arousal: it splits the output rows, and joins
 * the gradients of both parts. */
#ifndef FERI_TRAIN_VA_HEAD_H
#define FERI_TRAIN_VA_HEAD_H

#include "models/heads.h"

struct feri_va_head {
    const fer_model *model;
    float weight;
    struct feri_heads out; /* of the last pass */
    float *dlogits;        /* [batch_max][classes]; the caller fills it between the two calls below */
    float *dva;
};

/** *out is NULL for a model without valence and arousal. */
fer_status feri_va_head_new(const fer_model *m, size_t batch_max, float weight, struct feri_va_head **out,
                            fer_error *err);
void feri_va_head_free(struct feri_va_head *h);

/** rows: the network's output for n samples. h->out receives the columns. */
void feri_va_head_take(struct feri_va_head *h, size_t n, const float *rows);
/** Loss of valence and arousal against truth [n][2], where NaN means unknown; NULL: nothing is known. drows, with the
 * layout of rows, receives its derivative next to h->dlogits. */
double feri_va_head_loss(struct feri_va_head *h, size_t n, const float *truth, float *drows);

#endif
