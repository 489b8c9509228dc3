/* Max pooling. In training the forward pass keeps the winning tap of every output, one byte each. */
#include "graph/parallel.h"

#define BAND_ROWS 8 /* outputs per task, so that a pool over one image is divided too */

static void max_pool_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_TRAIN)
        s->saved = feri_div_up(n * feri_shape_size(feri_shape_of(p, nd->out)), sizeof(float));
}

static uint8_t *index_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->plan->mode == FERI_PLAN_TRAIN ? (uint8_t *)e->saved[feri_node_index(e, nd)] : NULL;
}

static size_t bands(const struct feri_exec *e, const struct feri_node *nd)
{
    return feri_div_up(feri_shape_of(e->plan, nd->out).h, BAND_ROWS);
}

/* Bands of output rows, counted over all samples. */
static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]), y = feri_shape_of(e->plan, nd->out);
    size_t stride = nd->u.pool.stride, pad = nd->u.pool.pad, per_sample = bands(e, nd);
    uint8_t *index = index_of(e, nd);
    for (size_t i = begin; i < end; i++) {
        size_t sample = i / per_sample, row = i % per_sample * BAND_ROWS,
               first = row * stride < pad ? 0 : row * stride - pad;
        size_t at = sample * feri_shape_size(y) + row * y.w * y.c;
        struct feri_max_pool d = {.h = x.h - first,
                                  .w = x.w,
                                  .c = x.c,
                                  .k = nd->u.pool.kernel,
                                  .stride = stride,
                                  .pad = pad,
                                  .oh = feri_min(BAND_ROWS, y.h - row),
                                  .ow = y.w,
                                  .top = first + pad - row * stride};
        e->k->max_pool(&d, feri_in(e, nd, 0) + sample * feri_shape_size(x) + first * x.w * x.c, feri_out(e, nd) + at,
                       index ? index + at : NULL);
    }
}

static void max_pool_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n * bands(e, nd), 1, forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]), y = feri_shape_of(e->plan, nd->out);
    for (size_t i = begin; i < end; i++) {
        float *dx = feri_din(e, nd, 0) + i * feri_shape_size(x);
        if (!feri_accumulates(e, nd, 0)) memset(dx, 0, feri_shape_size(x) * sizeof *dx);
        e->k->max_pool_backward(x.h, x.w, x.c, nd->u.pool.kernel, nd->u.pool.stride, nd->u.pool.pad, y.h, y.w,
                                index_of(e, nd) + i * feri_shape_size(y), feri_dout(e, nd) + i * feri_shape_size(y),
                                dx);
    }
}

static void max_pool_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n, 1, backward_range);
}

const struct feri_op feri_op_max_pool = {
    .name = "max_pool",
    .sizes = max_pool_sizes,
    .forward = max_pool_forward,
    .backward = max_pool_backward,
};

feri_value feri_max_pool(struct feri_graph *g, feri_value x, size_t kernel, size_t stride, size_t pad)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    if (kernel < 1 || kernel > 15 || stride < 1 || pad > kernel / 2)
        return feri_graph_fail(
            g, FER_ERR_ARGUMENT,
            "max pool: kernel %zu (1 to 15), stride %zu (at least 1), pad %zu (at most half the kernel)", kernel,
            stride, pad);
    if (s.h + 2 * pad < kernel || s.w + 2 * pad < kernel)
        return feri_graph_fail(g, FER_ERR_SHAPE, "max pool: a %zu x %zu kernel does not fit an input of %zu x %zu",
                               kernel, kernel, s.h, s.w);
    struct feri_shape out = {(s.h + 2 * pad - kernel) / stride + 1, (s.w + 2 * pad - kernel) / stride + 1, s.c};
    struct feri_node *nd = feri_node_add(g, &feri_op_max_pool, "", 1, &x, out);
    if (!nd) return -1;
    nd->u.pool.kernel = kernel;
    nd->u.pool.stride = stride;
    nd->u.pool.pad = pad;
    return nd->out;
}
