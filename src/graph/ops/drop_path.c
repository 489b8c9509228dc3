/* Stochastic depth (Huang et al. 2016). In training a residual branch is dropped for a sample with probability p, and
 * otherwise divided by 1 - p. p = the plan's rate times the node's share, so deep branches are dropped more often than
 * early ones. A hash of (seed, node, sample) decides; the backward pass computes it again. Without a rate, and in
 * inference, the node is removed. */
#include "base/rng.h"
#include "graph/parallel.h"

static float factor(const struct feri_exec *e, const struct feri_node *nd, size_t sample)
{
    float p = e->plan->drop_path * nd->u.drop_path_share;
    uint64_t key = feri_mix64(e->seed + feri_mix64(feri_node_index(e, nd) + 1));
    return feri_bits24(key, e->first + sample) >= (uint32_t)(p * 16777216.0f) ? 1 / (1 - p) : 0;
}

static void scale_into(const struct feri_exec *e, size_t n, const float *x, float by, bool accumulate, float *y)
{
    if (by == 0) {
        if (!accumulate) memset(y, 0, n * sizeof *y);
        return;
    }
    if (accumulate) {
        for (size_t i = 0; i < n; i++) y[i] += by * x[i];
        return;
    }
    memcpy(y, x, n * sizeof *y);
    e->k->scale(n, by, y);
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t size = feri_shape_size(feri_shape_of(e->plan, nd->out));
    for (size_t i = begin; i < end; i++)
        scale_into(e, size, feri_in(e, nd, 0) + i * size, factor(e, nd, i), false, feri_out(e, nd) + i * size);
}

static void drop_path_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, feri_div_up(FERI_CHUNK, feri_shape_size(feri_shape_of(e->plan, nd->out))),
                         forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t size = feri_shape_size(feri_shape_of(e->plan, nd->out));
    for (size_t i = begin; i < end; i++)
        scale_into(e, size, feri_dout(e, nd) + i * size, factor(e, nd, i), feri_accumulates(e, nd, 0),
                   feri_din(e, nd, 0) + i * size);
}

static void drop_path_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (!feri_din(e, nd, 0)) return;
    feri_parallel_ranges(e, nd, e->n, feri_div_up(FERI_CHUNK, feri_shape_size(feri_shape_of(e->plan, nd->out))),
                         backward_range);
}

const struct feri_op feri_op_drop_path = {
    .name = "drop_path", .forward = drop_path_forward, .backward = drop_path_backward};

feri_value feri_drop_path(struct feri_graph *g, feri_value x, float share)
{
    if (!(share >= 0 && share <= 1))
        return feri_graph_fail(g, FER_ERR_ARGUMENT, "drop path: share %g is outside [0, 1]", (double)share);
    struct feri_node *nd = feri_node_add(g, &feri_op_drop_path, "", 1, &x, feri_value_shape(g, x));
    if (!nd) return -1;
    nd->u.drop_path_share = share;
    return nd->out;
}
