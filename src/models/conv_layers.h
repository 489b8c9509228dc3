/* Convolutions with batch norm, as residual networks use them. */
#ifndef FERI_MODELS_CONV_LAYERS_H
#define FERI_MODELS_CONV_LAYERS_H

#include "graph/graph.h"

static inline feri_value feri_conv_bn(struct feri_graph *g, feri_value x, const char *conv, const char *bn,
                                      struct feri_conv c)
{
    return feri_batch_norm(g, feri_conv2d(g, x, conv, c), bn);
}

static inline feri_value feri_relu(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_RELU);
}

#endif
