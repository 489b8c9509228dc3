/* The compiler's rewrites of a plan's nodes, which are copies of the graph's. */
#ifndef FERI_GRAPH_PASSES_H
#define FERI_GRAPH_PASSES_H

#include "graph/exec.h"

fer_status feri_plan_fuse_training(struct feri_plan *p);
fer_status feri_plan_fuse_inference(struct feri_plan *p, fer_error *err);

#endif
