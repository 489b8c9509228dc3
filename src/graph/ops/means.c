/* Means over an axis (coordinate attention) and over the whole map (global average pooling). */
#include "graph/parallel.h"

/* ---- over w, over h, or both in one stack ---- */

/* Where one image's row means and column means are in a block of the output (or its gradient). NULL when not requested.
 */
static void split(const struct feri_node *nd, struct feri_shape x, float *block, float **rows, float **columns)
{
    *rows = nd->u.means.rows ? block : NULL;
    *columns = nd->u.means.columns ? block + (nd->u.means.rows ? x.h * x.c : 0) : NULL;
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    size_t out = feri_shape_size(feri_shape_of(e->plan, nd->out));
    for (size_t i = begin; i < end; i++) {
        float *rows, *columns;
        split(nd, x, feri_out(e, nd) + i * out, &rows, &columns);
        e->k->axis_means(x.h, x.w, x.c, feri_in(e, nd, 0) + i * feri_shape_size(x), rows, columns);
    }
}

static void axis_means_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, 1, forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    size_t out = feri_shape_size(feri_shape_of(e->plan, nd->out));
    for (size_t i = begin; i < end; i++) {
        float *rows, *columns;
        split(nd, x, e->grad[nd->out] + i * out, &rows, &columns);
        e->k->axis_means_backward(x.h, x.w, x.c, rows, columns, feri_din(e, nd, 0) + i * feri_shape_size(x),
                                  feri_accumulates(e, nd, 0));
    }
}

static void axis_means_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n, 1, backward_range);
}

const struct feri_op feri_op_axis_means = {
    .name = "axis_means", .forward = axis_means_forward, .backward = axis_means_backward};

static feri_value add_means(struct feri_graph *g, feri_value x, bool rows, bool columns, struct feri_shape out)
{
    struct feri_node *nd = feri_node_add(g, &feri_op_axis_means, "", 1, &x, out);
    if (!nd) return -1;
    nd->u.means.rows = rows;
    nd->u.means.columns = columns;
    return nd->out;
}

feri_value feri_mean_w(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    return add_means(g, x, true, false, (struct feri_shape){s.h, 1, s.c});
}

feri_value feri_mean_h(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    return add_means(g, x, false, true, (struct feri_shape){1, s.w, s.c});
}

feri_value feri_axis_means(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    return add_means(g, x, true, true, (struct feri_shape){s.h + s.w, 1, s.c});
}

/* ---- over both ---- */

static void mean_hw_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    for (size_t i = 0; i < e->n; i++) {
        float *y = feri_out(e, nd) + i * x.c;
        e->k->column_sums(x.h * x.w, x.c, feri_in(e, nd, 0) + i * feri_shape_size(x), x.c, y, false);
        e->k->scale(x.c, 1.0f / (float)(x.h * x.w), y);
    }
}

static void mean_hw_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    bool accumulate = feri_accumulates(e, nd, 0);
    float scale = 1.0f / (float)(x.h * x.w);
    if (!feri_din(e, nd, 0)) return;
    for (size_t i = 0; i < e->n; i++) {
        float *dx = feri_din(e, nd, 0) + i * feri_shape_size(x);
        const float *dy = feri_dout(e, nd) + i * x.c;
        for (size_t p = 0; p < x.h * x.w; p++, dx += x.c)
            for (size_t ch = 0; ch < x.c; ch++) dx[ch] = (accumulate ? dx[ch] : 0) + dy[ch] * scale;
    }
}

const struct feri_op feri_op_mean_hw = {.name = "mean_hw", .forward = mean_hw_forward, .backward = mean_hw_backward};

feri_value feri_mean_hw(struct feri_graph *g, feri_value x)
{
    struct feri_node *nd =
        feri_node_add(g, &feri_op_mean_hw, "", 1, &x, (struct feri_shape){1, 1, feri_value_shape(g, x).c});
    return nd ? nd->out : -1;
}
