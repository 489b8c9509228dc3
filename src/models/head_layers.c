#include "models/head_layers.h"

/* The layers' names, as in the published checkpoints. */
#define CLASSIFIER      "fc"
#define VALENCE_AROUSAL "va"

feri_value feri_head_classes(struct feri_graph *g, feri_value features, size_t classes)
{
    return feri_linear(g, features, CLASSIFIER, classes, true);
}

feri_value feri_head_valence_arousal(struct feri_graph *g, feri_value logits)
{
    feri_value va = feri_linear(g, feri_linear_input(g, logits), VALENCE_AROUSAL, FERI_VA, true);
    return feri_concat(g, logits, feri_activation(g, va, FERI_ACT_TANH), 'c');
}

struct feri_param *feri_head_bias(struct feri_graph *g)
{
    return feri_graph_find_param(g, CLASSIFIER ".bias");
}

void feri_heads_in(const struct feri_tensors *t, size_t *n_classes, bool *valence_arousal_out)
{
    const struct feri_tensor *classifier = feri_tensors_find(t, CLASSIFIER ".weight");
    if (classifier && classifier->n_dims == 2) *n_classes = classifier->dims[0];
    *valence_arousal_out = feri_tensors_find(t, VALENCE_AROUSAL ".weight") != NULL;
}
