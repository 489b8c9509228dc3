/* The columns of a network's output. A model's graph has one output. A row holds the logits of the classes; in a model
 * with valence and arousal these two values, which come from tanh, follow. */
#ifndef FERI_MODELS_HEADS_H
#define FERI_MODELS_HEADS_H

#include "models/head_layers.h"
#include "models/model.h"

/* Rows split into heads. Without valence and arousal the rows are the logits, and nothing is copied. */
struct feri_heads {
    const float *logits; /* [n][n_classes] */
    const float *va;     /* [n][FERI_VA], NULL: the model has none */
    float *block;
};

fer_status feri_heads_new(const fer_model *m, size_t batch_max, struct feri_heads *out, fer_error *err);
void feri_heads_free(struct feri_heads *h);
/** rows: the output of a run, [n][columns]. The pointers in h are valid until the next call, and as long as rows. */
void feri_heads_take(struct feri_heads *h, const fer_model *m, size_t n, const float *rows);
/** The reverse, for gradients: build rows [n][columns] from logits and va. */
void feri_heads_join(const fer_model *m, size_t n, const float *logits, const float *va, float *rows);

#endif
