/* Multi-head self-attention on qkv = [t][3][heads][width] (Vaswani et al. 2017), one head of one sample a task:
 *   P = softmax(Q K' / sqrt(width)),  A = dropout(P),  O = A V.
 * Backward:  dV = A' dO,  dA = dO V',  dP = dropout(dA),  dS = P (dP - rowsum(dP P)) / sqrt(width),  dQ = dS K,  dK = dS' Q.
 * Training keeps P; the dropout mask is made anew from its key. Inference leaves it all to one kernel. */
#include "base/rng.h"
#include "graph/internal.h"

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
    const struct feri_kernels *k = p->k;
    size_t tt = h.t * h.t, packed = feri_packed_size(k, h.width, h.t), packed2 = feri_packed_size(k, h.t, h.width);
    s->worker = k->attention_scratch(h.t, h.width);
    if (p->mode == FERI_PLAN_INFER) return;
    s->worker = 2 * tt + (packed > packed2 ? packed : packed2);
    s->saved = n * h.heads * tt;
}

static bool has_dropout(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->plan->mode == FERI_PLAN_TRAIN && !e->plan->no_dropout && nd->u.attention.dropout > 0;
}

static uint64_t dropout_key(const struct feri_exec *e, const struct feri_node *nd)
{
    return feri_mix64(e->seed + feri_mix64(feri_node_index(e, nd) + 1));
}

/* c[m][n] = a b with b packed into scratch first. */
struct small_product {
    size_t m, n, k;
    const float *a;
    size_t a_rs, a_ks;
    const float *b;
    size_t b_ks, b_ns;
    float *c;
    size_t ldc;
    bool accumulate;
};

static void multiply(const struct feri_kernels *k, const struct small_product *s, float *packed)
{
    k->gemm_pack(s->k, s->n, s->b, s->b_ks, s->b_ns, packed, 0, s->n);
    struct feri_gemm g = {.k = s->k, .a = s->a, .a_rs = s->a_rs, .a_ks = s->a_ks, .b_packed = packed, .c = s->c, .ldc = s->ldc,
                          .accumulate = s->accumulate};
    k->gemm(&g, 0, s->m, 0, s->n);
}

static void infer_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct head h = head_of(e->plan, nd);
    for (size_t i = begin; i < end; i++) {
        const float *q = feri_in(e, nd, 0) + i / h.heads * h.t * 3 * h.d + i % h.heads * h.width;
        float *out = feri_out(e, nd) + i / h.heads * h.t * h.d + i % h.heads * h.width;
        struct feri_attention a = {h.t, h.width, q, q + h.d, q + 2 * h.d, 3 * h.d, h.scale, out, h.d};
        e->k->attention(&a, feri_worker_scratch(e, worker));
    }
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct head h = head_of(e->plan, nd);
    size_t tt = h.t * h.t, ld = 3 * h.d;
    float *scratch = feri_worker_scratch(e, worker), *packed = scratch + 2 * tt;
    for (size_t i = begin; i < end; i++) {
        const float *q = feri_in(e, nd, 0) + i / h.heads * h.t * ld + i % h.heads * h.width, *k = q + h.d, *v = k + h.d;
        float *out = feri_out(e, nd) + i / h.heads * h.t * h.d + i % h.heads * h.width;
        float *p = e->saved[feri_node_index(e, nd)] + i * tt, *a = p;
        multiply(e->k, &(struct small_product){h.t, h.t, h.width, q, ld, 1, k, 1, ld, p, h.t, false}, packed);
        e->k->softmax(h.t, h.t, h.t, p, h.scale, p);
        if (has_dropout(e, nd)) {
            a = scratch;
            e->k->dropout(tt, p, dropout_key(e, nd), i * tt, nd->u.attention.dropout, a);
        }
        multiply(e->k, &(struct small_product){h.t, h.width, h.t, a, h.t, 1, v, ld, 1, out, h.d, false}, packed);
    }
}

static void attention_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n * nd->u.attention.heads, 1, e->plan->mode == FERI_PLAN_INFER ? infer_range : forward_range);
}

static void backward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct head h = head_of(e->plan, nd);
    size_t tt = h.t * h.t, ld = 3 * h.d;
    float *scratch = feri_worker_scratch(e, worker), *ds = scratch + tt, *packed = scratch + 2 * tt;
    bool acc = feri_accumulates(e, nd, 0);
    for (size_t i = begin; i < end; i++) {
        size_t at = i / h.heads * h.t * ld + i % h.heads * h.width;
        const float *q = feri_in(e, nd, 0) + at, *k = q + h.d, *v = k + h.d;
        float *dq = feri_din(e, nd, 0) + at, *dk = dq + h.d, *dv = dk + h.d;
        const float *dout = feri_dout(e, nd) + i / h.heads * h.t * h.d + i % h.heads * h.width;
        const float *p = e->saved[feri_node_index(e, nd)] + i * tt, *a = p;
        if (has_dropout(e, nd)) {
            e->k->dropout(tt, p, dropout_key(e, nd), i * tt, nd->u.attention.dropout, scratch);
            a = scratch;
        }
        multiply(e->k, &(struct small_product){h.t, h.width, h.t, a, 1, h.t, dout, h.d, 1, dv, ld, acc}, packed);
        multiply(e->k, &(struct small_product){h.t, h.t, h.width, dout, h.d, 1, v, 1, ld, ds, h.t, false}, packed);
        if (has_dropout(e, nd)) e->k->dropout(tt, ds, dropout_key(e, nd), i * tt, nd->u.attention.dropout, ds);
        e->k->softmax_backward(h.t, h.t, h.t, p, ds, h.scale, ds);
        multiply(e->k, &(struct small_product){h.t, h.width, h.t, ds, h.t, 1, k, ld, 1, dq, ld, acc}, packed);
        multiply(e->k, &(struct small_product){h.t, h.width, h.t, ds, 1, h.t, q, ld, 1, dk, ld, acc}, packed);
    }
}

static void attention_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n * nd->u.attention.heads, 1, backward_range);
}

const struct feri_op feri_op_attention = {
    .name = "attention", .sizes = attention_sizes, .forward = attention_forward, .backward = attention_backward,
    .backward_reads_in = true,
};

feri_value feri_attention(struct feri_graph *g, feri_value qkv, size_t heads, float dropout)
{
    if (!feri_graph_has(g, qkv)) return -1;
    struct feri_shape s = feri_value_shape(g, qkv);
    if (s.h != 1 || heads == 0 || s.c % (3 * heads) || !(dropout >= 0 && dropout < 1))
        return feri_graph_fail(g, FER_ERR_SHAPE, "attention: %zu x %zu x %zu is not 1 x tokens x 3 * %zu heads * width", s.h, s.w, s.c, heads);
    struct feri_node *nd = feri_node_add(g, &feri_op_attention, "", 1, &qkv, (struct feri_shape){1, s.w, s.c / 3});
    if (!nd) return -1;
    nd->u.attention.heads = heads;
    nd->u.attention.dropout = dropout;
    return nd->out;
}
