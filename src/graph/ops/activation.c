/* Activations that remain separate nodes. Inference fuses most of them into the preceding product or batch norm;
 * training fuses those that follow a batch norm. */
#include "graph/parallel.h"

static size_t grain(const struct feri_plan *p, const struct feri_node *nd)
{
    return feri_div_up(FERI_CHUNK, feri_shape_of(p, nd->out).c);
}

static void activation_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    if (p->mode != FERI_PLAN_TRAIN || nd->act != FERI_ACT_PRELU) return;
    struct feri_parts parts = feri_parts_of(s->slots, s->slot_samples, feri_rows(p, nd->out, 1), grain(p, nd));
    s->backward = parts.n * feri_shape_of(p, nd->out).c;
}

static const float *slope_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return nd->slope ? nd->slope : feri_param_data(e, nd, FERI_ROLE_SLOPE);
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t c = feri_shape_of(e->plan, nd->out).c;
    e->k->act(nd->act, end - begin, c, feri_in(e, nd, 0) + begin * c, slope_of(e, nd), feri_out(e, nd) + begin * c);
}

static void activation_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, feri_rows(e->plan, nd->out, e->n), grain(e->plan, nd), forward_range);
}

struct activation_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    struct feri_parts parts;
};

static void backward_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct activation_job *j = arg;
    struct feri_exec *e = j->e;
    const struct feri_node *nd = j->nd;
    size_t c = feri_shape_of(e->plan, nd->out).c, rows, begin = feri_part_rows(e, &j->parts, part, &rows);
    float *dslope = NULL;
    if (nd->act == FERI_ACT_PRELU) {
        dslope = e->backward_scratch[feri_node_index(e, nd)] + part * c;
        memset(dslope, 0, c * sizeof *dslope);
    }
    if (rows == 0) return;
    e->k->act_backward(nd->act, rows, c, feri_in(e, nd, 0) + begin * c, slope_of(e, nd), feri_dout(e, nd) + begin * c,
                       feri_din(e, nd, 0) + begin * c, feri_accumulates(e, nd, 0), dslope);
}

static void activation_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct activation_job j = {e, nd, feri_parts_now(e, feri_rows(e->plan, nd->out, 1), grain(e->plan, nd))};
    feri_pool_run(e->pool, j.parts.n, backward_task, &j);
    float *dslope = feri_param_grad(e, nd, FERI_ROLE_SLOPE);
    if (dslope)
        feri_reduce_slots(e, j.parts.each, feri_shape_of(e->plan, nd->out).c,
                          e->backward_scratch[feri_node_index(e, nd)], dslope);
}

const struct feri_op feri_op_activation = {
    .name = "activation",
    .sizes = activation_sizes,
    .forward = activation_forward,
    .backward = activation_backward,
    .backward_reads_in = true,
    .in_place = true,
};

static struct feri_node *add_activation(struct feri_graph *g, feri_value x, const char *name, enum feri_act act)
{
    if (!feri_graph_has(g, x)) return NULL;
    struct feri_node *nd = feri_node_add(g, &feri_op_activation, name, 1, &x, feri_value_shape(g, x));
    if (nd) nd->act = act;
    return nd;
}

feri_value feri_activation(struct feri_graph *g, feri_value x, enum feri_act act)
{
    if (act == FERI_ACT_NONE || act == FERI_ACT_PRELU)
        return feri_graph_fail(g, FER_ERR_ARGUMENT, "activation: expected relu, gelu, hswish, sigmoid or tanh");
    struct feri_node *nd = add_activation(g, x, "", act);
    return nd ? nd->out : -1;
}

feri_value feri_prelu(struct feri_graph *g, feri_value x, const char *name)
{
    struct feri_node *nd = add_activation(g, x, name, FERI_ACT_PRELU);
    if (!nd) return -1;
    size_t c = feri_value_shape(g, x).c;
    nd->param[FERI_ROLE_SLOPE] = feri_param_add(g, name, "weight", FERI_PARAM_SLOPE, 1, &c, 0);
    return g->failed ? -1 : nd->out;
}

void feri_unused_prelu(struct feri_graph *g, const char *name, size_t c)
{
    int i = feri_param_add(g, name, "weight", FERI_PARAM_SLOPE, 1, &c, 0);
    if (i >= 0) g->params[i].used = false;
}
