/* Linear layer and 1x1 convolution: y[r][o] = sum over i of x[r][i] w[o][i] + b[o]. A row r is a token or a pixel.
 *   dx = dy w,  dw = dy' x,  db = column sums of dy */
#include "graph/parallel.h"

static size_t in_width(const struct feri_plan *p, const struct feri_node *nd)
{
    return feri_shape_of(p, nd->in[0]).c;
}

static size_t out_width(const struct feri_plan *p, const struct feri_node *nd)
{
    return feri_shape_of(p, nd->out).c;
}

static uint64_t product_macs(const struct feri_graph *g, const struct feri_node *nd)
{
    return (uint64_t)feri_shape_size(g->values[nd->out].shape) * g->values[nd->in[0]].shape.c;
}

static void product_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_INFER) return;
    (void)n;
    size_t i = in_width(p, nd), o = out_width(p, nd);
    s->forward = feri_packed_size(p->k, i, o);
    s->backward = feri_packed_size(p->k, o, i) + feri_weight_grad_scratch(s->slots, o, i);
    s->worker = feri_weight_grad_worker(p->k, o, i);
}

static void product_forward(struct feri_exec *e, const struct feri_node *nd)
{
    const struct feri_plan *p = e->plan;
    size_t i = in_width(p, nd), o = out_width(p, nd);
    const float *packed = nd->weight;
    struct feri_epilogue epi = {.bias = nd->bias, .act = nd->act, .slope = nd->slope};
    if (!packed) {
        float *scratch = e->forward_scratch[feri_node_index(e, nd)];
        feri_parallel_pack(e, i, o, feri_param_data(e, nd, FERI_ROLE_WEIGHT), 1, i, scratch);
        packed = scratch;
        epi.bias = feri_param_data(e, nd, FERI_ROLE_BIAS);
    }
    if (nd->residual >= 0) {
        epi.residual = feri_in(e, nd, nd->residual);
        epi.ld_residual = o;
    }
    struct feri_gemm g = {.k = i,
                          .a = feri_in(e, nd, 0),
                          .a_rs = i,
                          .a_ks = 1,
                          .b_packed = packed,
                          .c = feri_out(e, nd),
                          .ldc = o,
                          .epi = &epi};
    feri_parallel_gemm(e, &g, feri_rows(p, nd->out, e->n), o);
}

static void product_backward(struct feri_exec *e, const struct feri_node *nd)
{
    const struct feri_plan *p = e->plan;
    size_t i = in_width(p, nd), o = out_width(p, nd), rows = feri_rows(p, nd->out, e->n);
    float *packed = e->backward_scratch[feri_node_index(e, nd)];
    if (feri_din(e, nd, 0)) {
        feri_parallel_pack(e, o, i, feri_param_data(e, nd, FERI_ROLE_WEIGHT), i, 1, packed);
        struct feri_gemm g = {.k = o,
                              .a = feri_dout(e, nd),
                              .a_rs = o,
                              .a_ks = 1,
                              .b_packed = packed,
                              .c = feri_din(e, nd, 0),
                              .ldc = i,
                              .accumulate = feri_accumulates(e, nd, 0)};
        feri_parallel_gemm(e, &g, rows, i);
    }
    struct feri_weight_grad w = {.rows = feri_rows(p, nd->out, 1),
                                 .o = o,
                                 .i = i,
                                 .dy = feri_dout(e, nd),
                                 .x = feri_in(e, nd, 0),
                                 .dw = feri_param_grad(e, nd, FERI_ROLE_WEIGHT),
                                 .db = feri_param_grad(e, nd, FERI_ROLE_BIAS),
                                 .scratch = packed + feri_packed_size(p->k, o, i)};
    feri_weight_grad(e, &w);
}

const struct feri_op feri_op_product = {
    .name = "product",
    .macs = product_macs,
    .sizes = product_sizes,
    .forward = product_forward,
    .backward = product_backward,
    .backward_reads_in = true,
};

static feri_value add_product(struct feri_graph *g, feri_value x, const char *name, size_t out, bool bias,
                              size_t n_dims)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    size_t dims[4] = {out, s.c, 1, 1};
    int w = feri_param_add(g, name, "weight", FERI_PARAM_WEIGHT, n_dims, dims, s.c);
    int b = bias ? feri_param_add(g, name, "bias", FERI_PARAM_BIAS, 1, dims, s.c) : -1;
    struct feri_node *nd = feri_node_add(g, &feri_op_product, name, 1, &x, (struct feri_shape){s.h, s.w, out});
    if (!nd) return -1;
    nd->param[FERI_ROLE_WEIGHT] = w;
    nd->param[FERI_ROLE_BIAS] = b;
    return nd->out;
}

feri_value feri_linear(struct feri_graph *g, feri_value x, const char *name, size_t out, bool bias)
{
    return add_product(g, x, name, out, bias, 2);
}

/* conv.c passes 1x1 convolutions to this function. */
feri_value feri_pointwise(struct feri_graph *g, feri_value x, const char *name, size_t out, bool bias)
{
    return add_product(g, x, name, out, bias, 4);
}

feri_value feri_linear_input(struct feri_graph *g, feri_value v)
{
    if (!feri_graph_has(g, v)) return -1;
    const struct feri_node *nd = &g->nodes[g->values[v].producer];
    if (nd->op == &feri_op_product) return nd->in[0];
    return feri_graph_fail(g, FER_ERR_ARGUMENT, "graph: %s '%s' is not a linear layer", nd->op->name, nd->name);
}
