/* The last layers of a network: the classifier, and valence and arousal beside it. models/heads.h takes the rows of
 * their output apart. */
#ifndef FERI_MODELS_HEAD_LAYERS_H
#define FERI_MODELS_HEAD_LAYERS_H

#include "formats/tensors.h"
#include "graph/graph.h"

enum { FERI_VA = 2 }; /* valence, arousal */

/** The classifier: features -> logits, a linear layer with a bias. */
feri_value feri_head_classes(struct feri_graph *g, feri_value features, size_t classes);
/** Put the layer of valence and arousal beside the classifier: tanh(W z + b), z being what the classifier reads.
 * Returns both side by side. */
feri_value feri_head_valence_arousal(struct feri_graph *g, feri_value logits);

/** The classifier's bias, one value per class; NULL: the graph has no classifier. */
struct feri_param *feri_head_bias(struct feri_graph *g);
/** What the tensors of a checkpoint show: how many classes (left as it is without a classifier), and whether there are
 * valence and arousal. */
void feri_heads_in(const struct feri_tensors *t, size_t *n_classes, bool *valence_arousal_out);

#endif
