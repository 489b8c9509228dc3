/* The tokens of a network's attention, as positions of its feature map. */
#ifndef FERI_GRAPH_TOKENS_H
#define FERI_GRAPH_TOKENS_H

#include "graph/graph.h"

struct feri_tokens {
    size_t rows, columns; /* token r * columns + c is position [r][c] of the map */
    size_t layers;        /* number of attention nodes */
};

/** FER_ERR_UNSUPPORTED if the tokens are not positions of one map all the way from the first attention to the only
 * sequence pooling. The message continues a sentence that begins with the model's name ("its 49 tokens are ..."). */
fer_status feri_graph_tokens(const struct feri_graph *g, struct feri_tokens *tokens_out, fer_error *err);

#endif
