/* y = x / |x| over the channels of each position. A zero vector stays zero (the published code gives NaN). */
#include "graph/parallel.h"

static size_t grain(const struct feri_exec *e, const struct feri_node *nd)
{
    return feri_div_up(FERI_CHUNK, feri_shape_of(e->plan, nd->out).c);
}

static void l2_normalize_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_TRAIN) s->saved = feri_rows(p, nd->out, n);
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t c = feri_shape_of(e->plan, nd->out).c;
    float *norm = e->plan->mode == FERI_PLAN_TRAIN ? e->saved[feri_node_index(e, nd)] + begin : NULL;
    e->k->l2_norm(end - begin, c, feri_in(e, nd, 0) + begin * c, feri_out(e, nd) + begin * c, norm);
}

static void l2_normalize_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, feri_rows(e->plan, nd->out, e->n), grain(e, nd), forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t c = feri_shape_of(e->plan, nd->out).c;
    e->k->l2_norm_backward(end - begin, c, feri_out(e, nd) + begin * c, feri_dout(e, nd) + begin * c,
                           e->saved[feri_node_index(e, nd)] + begin, feri_din(e, nd, 0) + begin * c,
                           feri_accumulates(e, nd, 0));
}

static void l2_normalize_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0))
        feri_parallel_ranges(e, nd, feri_rows(e->plan, nd->out, e->n), grain(e, nd), backward_range);
}

const struct feri_op feri_op_l2_normalize = {
    .name = "l2_normalize",
    .sizes = l2_normalize_sizes,
    .forward = l2_normalize_forward,
    .backward = l2_normalize_backward,
    .backward_reads_out = true,
};

feri_value feri_l2_normalize(struct feri_graph *g, feri_value x)
{
    struct feri_node *nd = feri_node_add(g, &feri_op_l2_normalize, "", 1, &x, feri_value_shape(g, x));
    return nd ? nd->out : -1;
}
