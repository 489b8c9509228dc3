/* Blocks that several model families share. */
#ifndef FERI_MODELS_ENCODER_H
#define FERI_MODELS_ENCODER_H

#include "graph/graph.h"

/* A transformer encoder and classifier over tokens 1 x t x d (spec: heads 8, feed-forward 768). */
struct feri_encoder {
    size_t layers, heads, ff, classes;
};

/** Tokens -> logits: encoder layers, sequence pooling, classifier. Parameters: transformer.*, attention_pool.*, norm.*,
 * fc.*. */
feri_value feri_encoder_head(struct feri_graph *g, feri_value tokens, struct feri_encoder e);

#endif
