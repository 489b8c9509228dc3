#include "graph/uses.h"

size_t feri_plan_uses(const struct feri_plan *p, feri_value v)
{
    size_t n = v == p->output;
    for (size_t i = 0; i < p->n_nodes; i++)
        for (int k = 0; p->nodes[i].op && k < p->nodes[i].n_in; k++) n += p->nodes[i].in[k] == v;
    return n;
}
