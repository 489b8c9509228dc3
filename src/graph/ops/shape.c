/* Operations that only move numbers: reshape (no code runs), slice, concat, and the graph's input. */
#include "graph/parallel.h"
#include "graph/runs.h"

const struct feri_op feri_op_input = {.name = "input"};

feri_value feri_input(struct feri_graph *g, size_t h, size_t w, size_t c)
{
    if (g->input >= 0) return feri_graph_fail(g, FER_ERR_ARGUMENT, "graph: it may have only one input");
    struct feri_node *nd = feri_node_add(g, &feri_op_input, "", 0, NULL, (struct feri_shape){h, w, c});
    return nd ? g->input = nd->out : -1;
}

void feri_output(struct feri_graph *g, feri_value x)
{
    if (!feri_graph_has(g, x)) return;
    if (g->output >= 0) feri_graph_fail(g, FER_ERR_ARGUMENT, "graph: it may have only one output");
    else g->output = x;
}

const struct feri_op feri_op_reshape = {.name = "reshape", .alias = true};

feri_value feri_reshape(struct feri_graph *g, feri_value x, size_t h, size_t w, size_t c)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    if (h * w * c != feri_shape_size(s))
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "reshape to %zu x %zu x %zu: the value of %zu x %zu x %zu has another size", h, w, c,
                               s.h, s.w, s.c);
    struct feri_node *nd = feri_node_add(g, &feri_op_reshape, "", 1, &x, (struct feri_shape){h, w, c});
    return nd ? nd->out : -1;
}

/* Relative to an axis, a value is `outer` blocks of `length` x `inner` numbers. */
struct strip {
    size_t outer, length, inner;
};

static struct strip strip_of(struct feri_shape s, char axis, size_t n)
{
    if (axis == 'h') return (struct strip){n, s.h, s.w * s.c};
    if (axis == 'w') return (struct strip){n * s.h, s.w, s.c};
    return (struct strip){n * s.h * s.w, s.c, 1};
}

static void move(float *dst, const float *src, size_t count, bool accumulate)
{
    if (accumulate)
        for (size_t i = 0; i < count; i++) dst[i] += src[i];
    else memcpy(dst, src, count * sizeof *dst);
}

static size_t *length_along(struct feri_shape *s, char axis)
{
    return axis == 'h' ? &s->h : axis == 'w' ? &s->w : axis == 'c' ? &s->c : NULL;
}

static void slice_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct strip x = strip_of(feri_shape_of(e->plan, nd->in[0]), nd->u.slice.axis, e->n);
    size_t count = nd->u.slice.count * x.inner;
    const float *src = feri_in(e, nd, 0) + nd->u.slice.first * x.inner;
    feri_copy_runs(feri_out(e, nd), count, src, x.length * x.inner, x.outer, count);
}

static void slice_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct strip x = strip_of(feri_shape_of(e->plan, nd->in[0]), nd->u.slice.axis, e->n);
    size_t count = nd->u.slice.count * x.inner;
    float *dx = feri_din(e, nd, 0);
    if (!dx) return;
    if (!feri_accumulates(e, nd, 0)) memset(dx, 0, x.outer * x.length * x.inner * sizeof *dx);
    dx += nd->u.slice.first * x.inner;
    for (size_t i = 0; i < x.outer; i++) move(dx + i * x.length * x.inner, feri_dout(e, nd) + i * count, count, true);
}

const struct feri_op feri_op_slice = {.name = "slice", .forward = slice_forward, .backward = slice_backward};

feri_value feri_slice(struct feri_graph *g, feri_value x, char axis, size_t first, size_t count)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    size_t *length = length_along(&s, axis);
    if (!length || first + count > *length || first + count < first)
        return feri_graph_fail(g, FER_ERR_SHAPE, "slice: positions %zu to %zu of axis '%c' are outside %zu x %zu x %zu",
                               first, first + count, axis, s.h, s.w, s.c);
    *length = count;
    struct feri_node *nd = feri_node_add(g, &feri_op_slice, "", 1, &x, s);
    if (!nd) return -1;
    nd->u.slice.axis = axis;
    nd->u.slice.first = first;
    nd->u.slice.count = count;
    return nd->out;
}

static void concat_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    struct strip y = strip_of(feri_shape_of(e->plan, nd->out), nd->u.slice.axis, e->n);
    size_t step = y.length * y.inner;
    float *out = feri_out(e, nd) + begin * step;
    for (int k = 0; k < nd->n_in; k++) {
        struct strip x = strip_of(feri_shape_of(e->plan, nd->in[k]), nd->u.slice.axis, e->n);
        size_t count = x.length * x.inner;
        feri_copy_runs(out, step, feri_in(e, nd, k) + begin * count, count, end - begin, count);
        out += count;
    }
}

static void concat_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct strip y = strip_of(feri_shape_of(e->plan, nd->out), nd->u.slice.axis, e->n);
    feri_parallel_ranges(e, nd, y.outer, feri_div_up(FERI_CHUNK, y.length * y.inner), concat_range);
}

static void concat_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct strip y = strip_of(feri_shape_of(e->plan, nd->out), nd->u.slice.axis, e->n);
    size_t at = 0;
    for (int k = 0; k < nd->n_in; k++) {
        struct strip x = strip_of(feri_shape_of(e->plan, nd->in[k]), nd->u.slice.axis, e->n);
        size_t count = x.length * x.inner;
        float *dx = feri_din(e, nd, k);
        for (size_t i = 0; dx && i < y.outer; i++)
            move(dx + i * count, feri_dout(e, nd) + i * y.length * y.inner + at, count, feri_accumulates(e, nd, k));
        at += count;
    }
}

const struct feri_op feri_op_concat = {.name = "concat", .forward = concat_forward, .backward = concat_backward};

feri_value feri_concat(struct feri_graph *g, feri_value a, feri_value b, char axis)
{
    if (!feri_graph_has(g, a) || !feri_graph_has(g, b)) return -1;
    struct feri_shape s = feri_value_shape(g, a), t = feri_value_shape(g, b), u = s;
    size_t *length = length_along(&s, axis);
    if (length) *length_along(&u, axis) = *length_along(&t, axis);
    if (!length || u.h != t.h || u.w != t.w || u.c != t.c)
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "concat along '%c': %zu x %zu x %zu cannot be joined to %zu x %zu x %zu", axis, t.h, t.w,
                               t.c, s.h, s.w, s.c);
    *length += *length_along(&t, axis);
    feri_value in[2] = {a, b};
    struct feri_node *nd = feri_node_add(g, &feri_op_concat, "", 2, in, s);
    if (!nd) return -1;
    nd->u.slice.axis = axis;
    return nd->out;
}
