/* The layers after the backbone's map in MCCT and VCCT. */
#ifndef FERI_MODELS_PATCHER_H
#define FERI_MODELS_PATCHER_H

#include "graph/graph.h"

/** Map -> logits: patch extractor, tokens, encoder, classifier. */
feri_value feri_patch_head(struct feri_graph *g, feri_value x, size_t layers, size_t classes);

#endif
