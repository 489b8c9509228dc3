/* Learned position embedding (Vaswani et al. 2017, section 3.5; learned as in Dosovitskiy et al. 2021): y = x + p, one
 * number per position and channel, the same for all samples. */
#include "graph/parallel.h"

#define CHUNK_COLUMNS 512

static size_t size_of(const struct feri_exec *e, const struct feri_node *nd)
{
    return feri_shape_size(feri_shape_of(e->plan, nd->out));
}

/* For samples [begin, end). */
static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t size = size_of(e, nd);
    const float *position = nd->weight ? nd->weight : feri_param_data(e, nd, FERI_ROLE_WEIGHT);
    for (size_t i = begin; i < end; i++)
        e->k->add(size, feri_in(e, nd, 0) + i * size, position, feri_out(e, nd) + i * size);
}

static void position_forward(struct feri_exec *e, const struct feri_node *nd)
{
    feri_parallel_ranges(e, nd, e->n, feri_div_up(FERI_CHUNK, size_of(e, nd)), forward_range);
}

static void backward_input(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    float *dx = feri_din(e, nd, 0) + begin;
    const float *dy = feri_dout(e, nd) + begin;
    if (feri_accumulates(e, nd, 0)) e->k->add(end - begin, dx, dy, dx);
    else memcpy(dx, dy, (end - begin) * sizeof *dx);
}

/* A slot's part of dp[i] = sum over samples of dy[sample][i], for i in [begin, end). */
static void backward_position(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    (void)worker;
    size_t size = size_of(e, nd);
    for (size_t slot = 0; slot < feri_slots_mine(&e->slots); slot++)
        e->k->column_sums(feri_slot_samples(e, slot), end - begin,
                          feri_dout(e, nd) + feri_slot_begin(e, slot) * size + begin, size,
                          e->backward_scratch[feri_node_index(e, nd)] + slot * size + begin, false);
}

static void position_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_din(e, nd, 0)) feri_parallel_ranges(e, nd, e->n * size_of(e, nd), FERI_CHUNK, backward_input);
    float *dp = feri_param_grad(e, nd, FERI_ROLE_WEIGHT);
    if (!dp) return;
    feri_parallel_ranges(e, nd, size_of(e, nd), CHUNK_COLUMNS, backward_position);
    feri_reduce_slots(e, 1, size_of(e, nd), e->backward_scratch[feri_node_index(e, nd)], dp);
}

static void position_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    if (p->mode == FERI_PLAN_TRAIN) s->backward = s->slots * feri_shape_size(feri_shape_of(p, nd->out));
}

const struct feri_op feri_op_position = {.name = "position",
                                         .sizes = position_sizes,
                                         .forward = position_forward,
                                         .backward = position_backward,
                                         .in_place = true};

feri_value feri_position(struct feri_graph *g, feri_value x, const char *name)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    size_t dims[3] = {1, s.h * s.w, s.c};
    struct feri_node *nd = feri_node_add(g, &feri_op_position, name, 1, &x, s);
    if (!nd) return -1;
    nd->param[FERI_ROLE_WEIGHT] = feri_param_add(g, name, NULL, FERI_PARAM_BIAS, 3, dims, s.c);
    return g->failed ? -1 : nd->out;
}
