/* Dropout (Srivastava et al. 2014), inverted: in training y = keep ? x / (1 - p) : 0. The mask is a hash of (seed,
 * node, element), which the backward pass computes again. The inference compiler removes the node. */
#include "base/rng.h"
#include "graph/parallel.h"

static uint64_t key_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return feri_mix64(e->seed + feri_mix64(feri_node_index(e, nd) + 1));
}

static size_t count_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->n * feri_shape_size(feri_shape_of(e->plan, nd->out));
}

/* The element's number in the whole batch. */
static size_t number_of(const struct feri_exec *e, const struct feri_node *nd, size_t i)
{
    return e->first * feri_shape_size(feri_shape_of(e->plan, nd->out)) + i;
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    e->k->dropout(end - begin, feri_in(e, nd, 0) + begin, key_of(e, nd), number_of(e, nd, begin), nd->u.dropout,
                  feri_out(e, nd) + begin);
}

static void dropout_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    float *dx = feri_din(e, nd, 0) + begin, *target = feri_accumulates(e, nd, 0) ? feri_worker_scratch(e, worker) : dx;
    e->k->dropout(end - begin, feri_dout(e, nd) + begin, key_of(e, nd), number_of(e, nd, begin), nd->u.dropout, target);
    if (target != dx) e->k->add(end - begin, dx, target, dx);
}

static void dropout_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, backward_range);
}

static void dropout_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)nd;
    (void)n;
    if (p->mode == FERI_PLAN_TRAIN) s->worker = FERI_CHUNK;
}

const struct feri_op feri_op_dropout = {
    .name = "dropout", .sizes = dropout_sizes, .forward = dropout_forward, .backward = dropout_backward};

feri_value feri_dropout(struct feri_graph *g, feri_value x, float p)
{
    if (!(p >= 0 && p < 1))
        return feri_graph_fail(g, FER_ERR_ARGUMENT, "dropout: probability %g is outside [0, 1)", (double)p);
    struct feri_node *nd = feri_node_add(g, &feri_op_dropout, "", 1, &x, feri_value_shape(g, x));
    if (!nd) return -1;
    nd->u.dropout = p;
    return nd->out;
}
