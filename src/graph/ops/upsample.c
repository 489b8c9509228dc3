/* Doubles the height and width; every value appears four times ("nearest"): y[2i + a][2j + b] = x[i][j]. */
#include "graph/parallel.h"
#include "graph/runs.h"

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape s = feri_shape_of(e->plan, nd->in[0]);
    size_t row = s.w * s.c;
    for (size_t i = begin; i < end; i++) {
        const float *x = feri_in(e, nd, 0) + i * row;
        float *y = feri_out(e, nd) + 4 * i * row;
        feri_copy_runs(y, 2 * s.c, x, s.c, s.w, s.c);
        feri_copy_runs(y + s.c, 2 * s.c, x, s.c, s.w, s.c);
        memcpy(y + 2 * row, y, 2 * row * sizeof *y);
    }
}

static void upsample_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n * feri_shape_of(e->plan, nd->in[0]).h, 4, forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape s = feri_shape_of(e->plan, nd->in[0]);
    size_t row = s.w * s.c;
    bool accumulate = feri_accumulates(e, nd, 0);
    for (size_t i = begin; i < end; i++) {
        const float *top = feri_dout(e, nd) + 4 * i * row, *below = top + 2 * row;
        float *dx = feri_din(e, nd, 0) + i * row;
        for (size_t j = 0; j < s.w; j++, dx += s.c, top += 2 * s.c, below += 2 * s.c)
            for (size_t ch = 0; ch < s.c; ch++)
                dx[ch] = (accumulate ? dx[ch] : 0) + ((top[ch] + top[s.c + ch]) + (below[ch] + below[s.c + ch]));
    }
}

static void upsample_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n * feri_shape_of(e->plan, nd->in[0]).h, 4, backward_range);
}

const struct feri_op feri_op_upsample = {
    .name = "upsample", .forward = upsample_forward, .backward = upsample_backward};

feri_value feri_upsample(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    struct feri_node *nd = feri_node_add(g, &feri_op_upsample, "", 1, &x, (struct feri_shape){2 * s.h, 2 * s.w, s.c});
    return nd ? nd->out : -1;
}
