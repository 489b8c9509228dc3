/* Layer normalisation over channels (Ba, Kiros, Hinton 2016): y = (x - mean) / sqrt(var + eps) gamma + beta, per token.
 */
#include "graph/parallel.h"

#define CHUNK_ROWS 128

static void layer_norm_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_INFER) return;
    s->saved = 2 * feri_rows(p, nd->out, n);
    struct feri_parts parts = feri_parts_of(s->slots, s->slot_samples, feri_rows(p, nd->out, 1), CHUNK_ROWS);
    s->backward = parts.n * 2 * feri_shape_of(p, nd->out).c;
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t c = feri_shape_of(e->plan, nd->out).c, rows = feri_rows(e->plan, nd->out, e->n);
    bool train = e->plan->mode == FERI_PLAN_TRAIN;
    float *saved = e->saved[feri_node_index(e, nd)];
    const float *gamma = nd->weight ? nd->weight : feri_param_data(e, nd, FERI_ROLE_WEIGHT);
    const float *beta = nd->bias ? nd->bias : feri_param_data(e, nd, FERI_ROLE_BIAS);
    e->k->layer_norm(end - begin, c, feri_in(e, nd, 0) + begin * c, gamma, beta, FERI_NORM_EPS,
                     feri_out(e, nd) + begin * c, train ? saved + begin : NULL, train ? saved + rows + begin : NULL);
}

static void layer_norm_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, feri_rows(e->plan, nd->out, e->n), CHUNK_ROWS, forward_range);
}

struct layer_norm_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    struct feri_parts parts;
};

/* Layout of the partial sums: [dgamma of all parts][dbeta of all parts]. */
static void backward_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct layer_norm_job *j = arg;
    struct feri_exec *e = j->e;
    const struct feri_node *nd = j->nd;
    size_t c = feri_shape_of(e->plan, nd->out).c, all = feri_rows(e->plan, nd->out, e->n), rows,
           begin = feri_part_rows(e, &j->parts, part, &rows);
    const float *saved = e->saved[feri_node_index(e, nd)];
    float *dgamma = e->backward_scratch[feri_node_index(e, nd)] + part * c, *dbeta = dgamma + j->parts.n * c;
    memset(dgamma, 0, c * sizeof *dgamma);
    memset(dbeta, 0, c * sizeof *dbeta);
    if (rows == 0) return;
    e->k->layer_norm_backward(rows, c, feri_in(e, nd, 0) + begin * c, feri_dout(e, nd) + begin * c,
                              feri_param_data(e, nd, FERI_ROLE_WEIGHT), saved + begin, saved + all + begin,
                              feri_din(e, nd, 0) + begin * c, feri_accumulates(e, nd, 0), dgamma, dbeta);
}

static void layer_norm_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct layer_norm_job j = {e, nd, feri_parts_now(e, feri_rows(e->plan, nd->out, 1), CHUNK_ROWS)};
    size_t c = feri_shape_of(e->plan, nd->out).c;
    const float *partial = e->backward_scratch[feri_node_index(e, nd)];
    float *dgamma = feri_param_grad(e, nd, FERI_ROLE_WEIGHT), *dbeta = feri_param_grad(e, nd, FERI_ROLE_BIAS);
    feri_pool_run(e->pool, j.parts.n, backward_task, &j);
    if (dgamma) feri_reduce_slots(e, j.parts.each, c, partial, dgamma);
    if (dbeta) feri_reduce_slots(e, j.parts.each, c, partial + j.parts.n * c, dbeta);
}

const struct feri_op feri_op_layer_norm = {
    .name = "layer_norm",
    .sizes = layer_norm_sizes,
    .forward = layer_norm_forward,
    .backward = layer_norm_backward,
    .backward_reads_in = true,
};

static void add_params(struct feri_graph *g, const char *name, size_t c, int param[FERI_ROLES])
{
    param[FERI_ROLE_WEIGHT] = feri_param_add(g, name, "weight", FERI_PARAM_NORM_WEIGHT, 1, &c, 0);
    param[FERI_ROLE_BIAS] = feri_param_add(g, name, "bias", FERI_PARAM_NORM_BIAS, 1, &c, 0);
}

feri_value feri_layer_norm(struct feri_graph *g, feri_value x, const char *name)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    struct feri_node *nd = feri_node_add(g, &feri_op_layer_norm, name, 1, &x, s);
    if (!nd) return -1;
    add_params(g, name, s.c, nd->param);
    return g->failed ? -1 : nd->out;
}

void feri_unused_layer_norm(struct feri_graph *g, const char *name, size_t c)
{
    int param[FERI_ROLES];
    size_t first = g->n_params;
    add_params(g, name, c, param);
    for (size_t i = first; i < g->n_params; i++) g->params[i].used = false;
}
