/* The last layers of a network: the classifier, and optionally valence and arousal. models/heads.h splits the rows of
 * their output. */
#ifndef FERI_MODELS_HEAD_LAYERS_H
#define FERI_MODELS_HEAD_LAYERS_H

#include "formats/tensors.h"
#include "graph/graph.h"

enum { FERI_VA = 2 }; /* valence, arousal */

/** The classifier: features -> logits, a linear layer with a bias. */
feri_value feri_head_classes(struct feri_graph *g, feri_value features, size_t classes);
/** Add the layer of valence and arousal next to the classifier: tanh(W z + b), where z is the input of the classifier.
 * Returns both, concatenated. */
feri_value feri_head_valence_arousal(struct feri_graph *g, feri_value logits);

/** The classifier's bias, one value per class. NULL: the graph has no classifier. */
struct feri_param *feri_head_bias(struct feri_graph *g);
/** What the tensors of a checkpoint show: the number of classes (unchanged without a classifier), and whether there are
 * valence and arousal. */
void feri_heads_in(const struct feri_tensors *t, size_t *n_classes, bool *valence_arousal_out);

#endif
