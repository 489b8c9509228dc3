/* Who reads a plan's values. */
#ifndef FERI_GRAPH_USES_H
#define FERI_GRAPH_USES_H

#include "graph/exec.h"

/** How many of the plan's nodes read a value (the graph's output counts as one more). */
size_t feri_plan_uses(const struct feri_plan *p, feri_value v);

#endif
