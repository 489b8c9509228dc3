/* The columns of a network's output. A model's graph has one: a row is the logits of the classes and, in a model with
 * valence and arousal, these two behind them, as they come out of tanh. */
#ifndef FERI_MODELS_HEADS_H
#define FERI_MODELS_HEADS_H

#include "models/model.h"

enum { FERI_VA = 2 }; /* valence, arousal */

/** The classifier: features -> logits, a linear layer with a bias. */
feri_value feri_head_classes(struct feri_graph *g, feri_value features, size_t classes);
/** Put the layer of valence and arousal beside the classifier: tanh(W z + b), z being what the classifier reads.
 * Returns both side by side. */
feri_value feri_head_valence_arousal(struct feri_graph *g, feri_value logits);

/** The classifier's bias, one value per class; NULL: the model has no classifier. */
struct feri_param *feri_head_bias(const fer_model *m);
/** What the tensors of a checkpoint show: how many classes (left as it is without a classifier), and whether there are
 * valence and arousal. */
void feri_heads_in(const struct feri_tensors *t, size_t *n_classes, bool *valence_arousal_out);

/* Rows taken apart. Without valence and arousal the rows are the logits, and nothing is copied. */
struct feri_heads {
    const float *logits; /* [n][n_classes] */
    const float *va;     /* [n][FERI_VA], NULL: the model has none */
    float *block;
};

fer_status feri_heads_new(const fer_model *m, size_t batch_max, struct feri_heads *out, fer_error *err);
void feri_heads_free(struct feri_heads *h);
/** rows: the output of a run, [n][columns]. What h points to is valid until the next call, and as long as rows. */
void feri_heads_take(struct feri_heads *h, const fer_model *m, size_t n, const float *rows);
/** The other way, for gradients: rows [n][columns] of logits and va. */
void feri_heads_join(const fer_model *m, size_t n, const float *logits, const float *va, float *rows);

#endif
