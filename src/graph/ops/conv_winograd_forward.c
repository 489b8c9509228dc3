/* The forward pass of a node by Winograd: inference uses packed weights, training uses those of the current step. */
#include "graph/conv.h"

void feri_winograd_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_TRAIN) feri_winograd_train_sizes(p, nd, n, s);
    else feri_winograd_scratch(p, feri_shape_of(p, nd->in[0]), feri_shape_of(p, nd->out), n, &s->forward, &s->worker);
}

void feri_winograd_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct feri_winograd_conv w = {.x = feri_shape_of(e->plan, nd->in[0]),
                                   .y = feri_shape_of(e->plan, nd->out),
                                   .in = feri_in(e, nd, 0),
                                   .out = feri_out(e, nd),
                                   .u = nd->weight,
                                   .epi = {.bias = nd->bias, .act = nd->act, .slope = nd->slope},
                                   .scratch = e->forward_scratch[feri_node_index(e, nd)]};
    if (!w.u) {
        float *u = w.scratch;
        w.scratch += FERI_WINOGRAD_POINTS * feri_packed_size(e->k, w.x.c, w.y.c);
        feri_winograd_train_weights(e, nd, u);
        w.u = u;
        w.epi.bias = feri_param_data(e, nd, FERI_ROLE_BIAS);
    }
    if (nd->residual >= 0) {
        w.epi.residual = feri_in(e, nd, nd->residual);
        w.epi.ld_residual = w.y.c;
    }
    feri_winograd_conv(e, &w);
}
