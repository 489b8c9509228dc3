/* The tokens of a network's attention as positions of its feature map. */
#ifndef FERI_GRAPH_TOKENS_H
#define FERI_GRAPH_TOKENS_H

#include "graph/graph.h"

struct feri_tokens {
    size_t rows, columns; /* token r * columns + c is position [r][c] of the map */
    size_t layers;        /* nodes of attention, each of the tokens before it in the graph */
};

/** FER_ERR_UNSUPPORTED when they are not positions of one map, from the first attention to the one sequence pooling;
 * the sentence begins behind the model's name ("its 49 tokens are ..."). */
fer_status feri_graph_tokens(const struct feri_graph *g, struct feri_tokens *tokens_out, fer_error *err);

#endif
