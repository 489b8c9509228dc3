/* Sums and products of values of the same shape, and coordinate attention's gate (Hou, Zhou, Feng 2021): y = x row
 * column. */
#include "graph/parallel.h"

static size_t count_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->n * feri_shape_size(feri_shape_of(e->plan, nd->out));
}

static void add_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    e->k->add(end - begin, feri_in(e, nd, 0) + begin, feri_in(e, nd, 1) + begin, feri_out(e, nd) + begin);
}

static void add_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, add_range);
}

/* Both gradients equal dy. Where the plan lets one share dy's buffer, there is nothing to do. */
static void add_backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    const float *dy = feri_dout(e, nd);
    for (int i = 0; i < 2; i++) {
        float *dx = feri_din(e, nd, i);
        if (!dx || dx == dy) continue;
        if (feri_accumulates(e, nd, i)) e->k->add(end - begin, dx + begin, dy + begin, dx + begin);
        else memcpy(dx + begin, dy + begin, (end - begin) * sizeof *dx);
    }
}

static void add_backward(struct feri_exec *e, const struct feri_node *nd)
{
    const float *dy = feri_dout(e, nd), *a = feri_din(e, nd, 0), *b = feri_din(e, nd, 1);
    if ((a && a != dy) || (b && b != dy)) feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, add_backward_range);
}

const struct feri_op feri_op_add = {.name = "add", .forward = add_forward, .backward = add_backward, .in_place = true};

static void mul_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    e->k->mul(end - begin, feri_in(e, nd, 0) + begin, feri_in(e, nd, 1) + begin, feri_out(e, nd) + begin);
}

static void mul_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, mul_range);
}

static void mul_backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    for (int i = 0; i < 2; i++) {
        float *dx = feri_din(e, nd, i);
        if (dx)
            e->k->mul_backward(end - begin, feri_dout(e, nd) + begin, feri_in(e, nd, 1 - i) + begin, dx + begin,
                               feri_accumulates(e, nd, i));
    }
}

static void mul_backward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, count_of(e, nd), FERI_CHUNK, mul_backward_range);
}

const struct feri_op feri_op_mul = {
    .name = "mul",
    .forward = mul_forward,
    .backward = mul_backward,
    .backward_reads_in = true,
    .in_place = true,
};

static feri_value add_pair(struct feri_graph *g, const struct feri_op *op, feri_value a, feri_value b)
{
    if (!feri_graph_has(g, a) || !feri_graph_has(g, b)) return -1;
    struct feri_shape s = feri_value_shape(g, a), t = feri_value_shape(g, b);
    if (s.h != t.h || s.w != t.w || s.c != t.c)
        return feri_graph_fail(g, FER_ERR_SHAPE, "%s: %zu x %zu x %zu and %zu x %zu x %zu have different shapes",
                               op->name, s.h, s.w, s.c, t.h, t.w, t.c);
    feri_value in[2] = {a, b};
    struct feri_node *nd = feri_node_add(g, op, "", 2, in, s);
    return nd ? nd->out : -1;
}

feri_value feri_add(struct feri_graph *g, feri_value a, feri_value b)
{
    return add_pair(g, &feri_op_add, a, b);
}

feri_value feri_mul(struct feri_graph *g, feri_value a, feri_value b)
{
    return add_pair(g, &feri_op_mul, a, b);
}

/* ---- gate ---- */

/* Rows [begin, end), counted over all images. */
static void gate_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct feri_shape s = feri_shape_of(e->plan, nd->out);
    for (size_t row = begin, rows; row < end; row += rows) {
        size_t image = row / s.h;
        rows = feri_min(end, (image + 1) * s.h) - row;
        e->k->gate(rows, s.w, s.c, feri_in(e, nd, 0) + row * s.w * s.c, feri_in(e, nd, 1) + row * s.c,
                   feri_in(e, nd, 2) + image * s.w * s.c, feri_out(e, nd) + row * s.w * s.c);
    }
}

static void gate_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct feri_shape s = feri_shape_of(e->plan, nd->out);
    feri_parallel_ranges(e, nd, e->n * s.h, feri_div_up(FERI_CHUNK, s.w * s.c), gate_range);
}

/* The kernel overwrites the gradients of the gates. Those that must be added up go through the worker's scratch. */
static void gate_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    struct feri_shape y = feri_shape_of(p, nd->out);
    if (p->mode == FERI_PLAN_TRAIN) s->worker = (y.h + y.w) * y.c + feri_shape_size(y);
}

static void gate_backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end,
                                size_t worker)
{
    struct feri_shape s = feri_shape_of(e->plan, nd->out);
    size_t count[3] = {feri_shape_size(s), s.h * s.c, s.w * s.c};
    for (size_t i = begin; i < end; i++) {
        float *scratch = feri_worker_scratch(e, worker), *d[3], *temporary[3];
        for (int k = 0; k < 3; k++) {
            d[k] = feri_din(e, nd, k) ? feri_din(e, nd, k) + i * count[k] : NULL;
            temporary[k] = !d[k] || (k && feri_accumulates(e, nd, k)) ? scratch : d[k];
            scratch += count[k];
        }
        e->k->gate_backward(s.h, s.w, s.c, feri_in(e, nd, 0) + i * count[0], feri_in(e, nd, 1) + i * count[1],
                            feri_in(e, nd, 2) + i * count[2], feri_dout(e, nd) + i * count[0], temporary[0],
                            d[0] && feri_accumulates(e, nd, 0), temporary[1], temporary[2]);
        for (int k = 1; k < 3; k++)
            if (d[k] && d[k] != temporary[k]) e->k->add(count[k], d[k], temporary[k], d[k]);
    }
}

static void gate_backward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, 1, gate_backward_range);
}

const struct feri_op feri_op_gate = {
    .name = "gate",
    .sizes = gate_sizes,
    .forward = gate_forward,
    .backward = gate_backward,
    .backward_reads_in = true,
    .in_place = true,
};

feri_value feri_gate(struct feri_graph *g, feri_value x, feri_value row, feri_value column)
{
    if (!feri_graph_has(g, x) || !feri_graph_has(g, row) || !feri_graph_has(g, column)) return -1;
    struct feri_shape s = feri_value_shape(g, x), r = feri_value_shape(g, row), q = feri_value_shape(g, column);
    if (r.h != s.h || r.w != 1 || r.c != s.c || q.h != 1 || q.w != s.w || q.c != s.c)
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "gate: rows %zu x %zu x %zu and columns %zu x %zu x %zu do not fit %zu x %zu x %zu", r.h,
                               r.w, r.c, q.h, q.w, q.c, s.h, s.w, s.c);
    feri_value in[3] = {x, row, column};
    struct feri_node *nd = feri_node_add(g, &feri_op_gate, "", 3, in, s);
    return nd ? nd->out : -1;
}
