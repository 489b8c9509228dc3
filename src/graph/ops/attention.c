/* Multi-head self-attention on qkv = [t][3][heads][width] (Vaswani et al. 2017). A task is one head of one sample:
 *   P = softmax(Q K' / sqrt(width)),  A = dropout(P),  O = A V
 * Backward:
 *   dV = A' dO,  dA = dO V',  dP = dropout(dA),  dS = P (dP - rowsum(dP P)) / sqrt(width),  dQ = dS K,  dK = dS' Q
 * Training keeps O and two numbers per query, from which the kernel computes P again. The dropout mask is computed
 * again from its key. */
#include "base/rng.h"
#include "graph/parallel.h"

#include <math.h>

struct head {
    size_t t, d, width, heads; /* d = heads * width; a token's row of qkv is 3 d floats */
    float scale;
};

static struct head head_of(const struct feri_plan *p, const struct feri_node *nd)
{
    struct feri_shape y = feri_shape_of(p, nd->out);
    size_t heads = nd->u.attention.heads, width = y.c / heads;
    return (struct head){y.w, y.c, width, heads, 1.0f / sqrtf((float)width)};
}

static void attention_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    struct head h = head_of(p, nd);
    s->worker = p->k->attention_scratch(h.t, h.width);
    if (p->mode == FERI_PLAN_TRAIN) s->saved = n * h.heads * 2 * h.t;
}

/* Offset of head i of all samples' heads in qkv (and its gradient), and in the output (and its). */
static size_t at_qkv(const struct head *h, size_t i)
{
    return i / h->heads * h->t * 3 * h->d + i % h->heads * h->width;
}

static size_t at_out(const struct head *h, size_t i)
{
    return i / h->heads * h->t * h->d + i % h->heads * h->width;
}

static struct feri_attention head_args(struct feri_exec *e, const struct feri_node *nd, const struct head *h, size_t i)
{
    const float *q = feri_in(e, nd, 0) + at_qkv(h, i);
    struct feri_attention a = {.t = h->t,
                               .width = h->width,
                               .q = q,
                               .k = q + h->d,
                               .v = q + 2 * h->d,
                               .ld = 3 * h->d,
                               .scale = h->scale,
                               .out = feri_out(e, nd) + at_out(h, i),
                               .ld_out = h->d};
    if (e->plan->mode == FERI_PLAN_INFER) return a;
    size_t index = feri_node_index(e, nd);
    a.stats = e->saved[index] + i * 2 * h->t;
    a.dropout = e->plan->no_dropout ? 0 : nd->u.attention.dropout;
    a.key = feri_mix64(e->seed + feri_mix64(index + 1));
    a.first = (e->first * h->heads + i) * h->t * h->t;
    return a;
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct head h = head_of(e->plan, nd);
    for (size_t i = begin; i < end; i++) {
        struct feri_attention a = head_args(e, nd, &h, i);
        e->k->attention(&a, feri_worker_scratch(e, worker));
    }
}

static void attention_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n * nd->u.attention.heads, 1, forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct head h = head_of(e->plan, nd);
    for (size_t i = begin; i < end; i++) {
        struct feri_attention a = head_args(e, nd, &h, i);
        float *dq = feri_din(e, nd, 0) + at_qkv(&h, i);
        struct feri_attention_grad g = {feri_dout(e, nd) + at_out(&h, i), dq, dq + h.d, dq + 2 * h.d,
                                        feri_accumulates(e, nd, 0)};
        e->k->attention_backward(&a, &g, feri_worker_scratch(e, worker));
    }
}

static void attention_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n * nd->u.attention.heads, 1, backward_range);
}

const struct feri_op feri_op_attention = {
    .name = "attention",
    .sizes = attention_sizes,
    .forward = attention_forward,
    .backward = attention_backward,
    .backward_reads_in = true,
    .backward_reads_out = true,
};

feri_value feri_attention(struct feri_graph *g, feri_value qkv, size_t heads, float dropout)
{
    if (!feri_graph_has(g, qkv)) return -1;
    struct feri_shape s = feri_value_shape(g, qkv);
    if (s.h != 1 || heads == 0 || s.c % (3 * heads) || !(dropout >= 0 && dropout < 1))
        return feri_graph_fail(g, FER_ERR_SHAPE, "attention: %zu x %zu x %zu is not 1 x tokens x 3 * %zu heads * width",
                               s.h, s.w, s.c, heads);
    struct feri_node *nd = feri_node_add(g, &feri_op_attention, "", 1, &qkv, (struct feri_shape){1, s.w, s.c / 3});
    if (!nd) return -1;
    nd->u.attention.heads = heads;
    nd->u.attention.dropout = dropout;
    return nd->out;
}
