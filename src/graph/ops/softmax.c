/* Softmax over channels, and sequence pooling (Hassani et al. 2021): w = softmax over the tokens of score, z = sum over
 * tokens of w x. */
#include "graph/parallel.h"

static void softmax_forward(struct feri_exec *e, const struct feri_node *nd)
{
    size_t c = feri_shape_of(e->plan, nd->out).c;
    e->k->softmax(feri_rows(e->plan, nd->out, e->n), c, c, feri_in(e, nd, 0), 1.0f, feri_out(e, nd));
}

static void softmax_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_TRAIN) s->backward = n * feri_shape_size(feri_shape_of(p, nd->out));
}

static void softmax_backward(struct feri_exec *e, const struct feri_node *nd)
{
    size_t c = feri_shape_of(e->plan, nd->out).c, rows = feri_rows(e->plan, nd->out, e->n);
    float *dx = feri_din(e, nd, 0),
          *target = feri_accumulates(e, nd, 0) ? e->backward_scratch[feri_node_index(e, nd)] : dx;
    if (!dx) return;
    e->k->softmax_backward(rows, c, c, feri_out(e, nd), feri_dout(e, nd), 1.0f, target);
    if (target != dx) e->k->add(rows * c, dx, target, dx);
}

const struct feri_op feri_op_softmax = {
    .name = "softmax",
    .sizes = softmax_sizes,
    .forward = softmax_forward,
    .backward = softmax_backward,
    .backward_reads_out = true,
    .in_place = true,
};

feri_value feri_softmax(struct feri_graph *g, feri_value x)
{
    struct feri_node *nd = feri_node_add(g, &feri_op_softmax, "", 1, &x, feri_value_shape(g, x));
    return nd ? nd->out : -1;
}

static void sequence_pool_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    size_t t = feri_shape_of(p, nd->in[0]).w;
    s->saved = n * t; /* w */
    s->worker = t;
}

static void pool_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    for (size_t i = begin; i < end; i++) {
        float *w = e->saved[feri_node_index(e, nd)] + i * x.w, *z = feri_out(e, nd) + i * x.c;
        const float *token = feri_in(e, nd, 0) + i * x.w * x.c;
        e->k->softmax(1, x.w, x.w, feri_in(e, nd, 1) + i * x.w, 1.0f, w);
        memset(z, 0, x.c * sizeof *z);
        for (size_t t = 0; t < x.w; t++, token += x.c)
            for (size_t ch = 0; ch < x.c; ch++) z[ch] += w[t] * token[ch];
    }
}

static void sequence_pool_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, 1, pool_range);
}

/* dx[t] = w[t] dz,  dw[t] = dz . x[t],  dscore = softmax'(dw). */
static void pool_backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end,
                                size_t worker)
{
    struct feri_shape x = feri_shape_of(e->plan, nd->in[0]);
    float *dw = feri_worker_scratch(e, worker);
    for (size_t i = begin; i < end; i++) {
        const float *w = e->saved[feri_node_index(e, nd)] + i * x.w, *dz = feri_dout(e, nd) + i * x.c,
                    *token = feri_in(e, nd, 0) + i * x.w * x.c;
        float *dx = feri_din(e, nd, 0) ? feri_din(e, nd, 0) + i * x.w * x.c : NULL, *dscore = feri_din(e, nd, 1);
        for (size_t t = 0; t < x.w; t++, token += x.c) {
            double dot = 0;
            for (size_t ch = 0; ch < x.c; ch++) dot += (double)dz[ch] * (double)token[ch];
            dw[t] = (float)dot;
            if (!dx) continue;
            for (size_t ch = 0; ch < x.c; ch++) {
                float d = w[t] * dz[ch];
                dx[t * x.c + ch] = feri_accumulates(e, nd, 0) ? dx[t * x.c + ch] + d : d;
            }
        }
        if (!dscore) continue;
        e->k->softmax_backward(1, x.w, x.w, w, dw, 1.0f, dw);
        for (size_t t = 0; t < x.w; t++)
            dscore[i * x.w + t] = (feri_accumulates(e, nd, 1) ? dscore[i * x.w + t] : 0) + dw[t];
    }
}

static void sequence_pool_backward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, 1, pool_backward_range);
}

const struct feri_op feri_op_sequence_pool = {
    .name = "sequence_pool",
    .sizes = sequence_pool_sizes,
    .forward = sequence_pool_forward,
    .backward = sequence_pool_backward,
    .backward_reads_in = true,
};

feri_value feri_sequence_pool(struct feri_graph *g, feri_value x, feri_value score)
{
    if (!feri_graph_has(g, x) || !feri_graph_has(g, score)) return -1;
    struct feri_shape s = feri_value_shape(g, x), t = feri_value_shape(g, score);
    if (s.h != 1 || t.h != 1 || t.w != s.w || t.c != 1)
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "sequence pool: scores %zu x %zu x %zu do not fit tokens %zu x %zu x %zu", t.h, t.w, t.c,
                               s.h, s.w, s.c);
    feri_value in[2] = {x, score};
    struct feri_node *nd = feri_node_add(g, &feri_op_sequence_pool, "", 2, in, (struct feri_shape){1, 1, s.c});
    return nd ? nd->out : -1;
}
