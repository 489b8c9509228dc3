/* The networks: one file each. They describe; models/registry.c names them. */
#ifndef FERI_MODELS_FAMILIES_H
#define FERI_MODELS_FAMILIES_H

#include "graph/graph.h"

feri_value feri_build_mcct(struct feri_graph *g, feri_value x, size_t n, size_t classes);
feri_value feri_build_vcct(struct feri_graph *g, feri_value x, size_t n, size_t classes);
feri_value feri_build_cct(struct feri_graph *g, feri_value x, size_t n, size_t classes);
feri_value feri_build_libfer(struct feri_graph *g, feri_value x, size_t n, size_t classes);
/** A detector: its output is no row of logits but cells, see models/face_cells.h. */
feri_value feri_build_face(struct feri_graph *g, feri_value x, size_t n, size_t classes);
feri_value feri_build_resnet(struct feri_graph *g, feri_value x, size_t n, size_t classes);

/** What follows a backbone's map in MCCT and VCCT: patch extractor, tokens, encoder, classifier. */
feri_value feri_patch_head(struct feri_graph *g, feri_value x, size_t layers, size_t classes);

#endif
