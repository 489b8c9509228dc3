/* Depthwise convolution, also with several kernel sizes on consecutive channel ranges ("mixed"). Every part reads and
 * writes its own range in place. */
#include "graph/parallel.h"

#include <stdio.h>

/* outputs per forward task, about: enough tasks for one image, few enough for a batch */
#define BLOCK_FLOATS 32768

static size_t weight_offset(const struct feri_node *nd, size_t part)
{
    size_t n = 0;
    for (size_t i = 0; i < part; i++) n += nd->u.conv.channels[i] * nd->u.conv.kernels[i] * nd->u.conv.kernels[i];
    return n;
}

static size_t first_channel(const struct feri_node *nd, size_t part)
{
    size_t n = 0;
    for (size_t i = 0; i < part; i++) n += nd->u.conv.channels[i];
    return n;
}

static uint64_t depthwise_macs(const struct feri_graph *g, const struct feri_node *nd)
{
    struct feri_shape y = g->values[nd->out].shape;
    return (uint64_t)y.h * y.w * weight_offset(nd, nd->u.conv.n_parts);
}

/* Geometry of a part, without its weights. */
static struct feri_dwconv part_of(const struct feri_plan *p, const struct feri_node *nd, size_t part)
{
    struct feri_shape x = feri_shape_of(p, nd->in[0]), y = feri_shape_of(p, nd->out);
    size_t k = nd->u.conv.kernels[part];
    return (struct feri_dwconv){.h = x.h,
                                .w = x.w,
                                .oh = y.h,
                                .ow = y.w,
                                .c = nd->u.conv.channels[part],
                                .ld_x = x.c,
                                .ld_y = y.c,
                                .k = k,
                                .stride = nd->u.conv.stride,
                                .pad = nd->u.conv.n_parts > 1 ? k / 2 : nd->u.conv.pad};
}

static struct feri_dwconv weighted_part(const struct feri_exec *e, const struct feri_node *nd, size_t part)
{
    struct feri_dwconv d = part_of(e->plan, nd, part);
    d.weight = nd->weight ? nd->weight + weight_offset(nd, part)
                          : feri_param_data(e, nd, (enum feri_param_role)(FERI_ROLE_PART + (int)part));
    return d;
}

static void depthwise_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    for (size_t i = 0; i < nd->u.conv.n_parts; i++) {
        struct feri_dwconv d = part_of(p, nd, i);
        size_t scratch = p->k->dwconv_scratch(&d);
        if (scratch > s->worker) s->worker = scratch;
    }
    if (p->mode == FERI_PLAN_TRAIN)
        s->backward = s->slots * (weight_offset(nd, nd->u.conv.n_parts) + feri_shape_of(p, nd->out).c);
}

struct depthwise_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    size_t row_step, row_blocks, slots;
    float *partial;
};

static void forward_task(void *arg, size_t task, size_t worker)
{
    const struct depthwise_job *j = arg;
    const struct feri_node *nd = j->nd;
    size_t parts = nd->u.conv.n_parts, part = task % parts, block = task / parts % j->row_blocks,
           image = task / parts / j->row_blocks;
    struct feri_dwconv d = weighted_part(j->e, nd, part);
    size_t c0 = first_channel(nd, part), row0 = block * j->row_step;
    const float *bias = nd->weight ? nd->bias : feri_param_data(j->e, nd, FERI_ROLE_BIAS);
    struct feri_epilogue epi = {
        .bias = bias ? bias + c0 : NULL, .act = nd->act, .slope = nd->slope ? nd->slope + c0 : NULL};
    j->e->k->dwconv(&d, feri_in(j->e, nd, 0) + image * d.h * d.w * d.ld_x + c0,
                    feri_out(j->e, nd) + image * d.oh * d.ow * d.ld_y + c0, row0, feri_min(d.oh, row0 + j->row_step),
                    &epi, feri_worker_scratch(j->e, worker));
}

static void depthwise_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct feri_shape y = feri_shape_of(e->plan, nd->out);
    struct depthwise_job j = {.e = e, .nd = nd};
    j.row_step = feri_rows_step(e, y.h, feri_div_up(BLOCK_FLOATS, y.w * y.c));
    j.row_blocks = feri_div_up(y.h, j.row_step);
    feri_pool_run(e->pool, e->n * j.row_blocks * nd->u.conv.n_parts, forward_task, &j);
}

static void data_task(void *arg, size_t task, size_t worker)
{
    const struct depthwise_job *j = arg;
    size_t parts = j->nd->u.conv.n_parts, part = task % parts, image = task / parts;
    struct feri_dwconv d = weighted_part(j->e, j->nd, part);
    size_t c0 = first_channel(j->nd, part);
    j->e->k->dwconv_backward_data(&d, feri_dout(j->e, j->nd) + image * d.oh * d.ow * d.ld_y + c0,
                                  feri_din(j->e, j->nd, 0) + image * d.h * d.w * d.ld_x + c0,
                                  feri_accumulates(j->e, j->nd, 0), feri_worker_scratch(j->e, worker));
}

static void weight_task(void *arg, size_t task, size_t worker)
{
    const struct depthwise_job *j = arg;
    size_t parts = j->nd->u.conv.n_parts, part = task % parts, slot = task / parts;
    struct feri_dwconv d = weighted_part(j->e, j->nd, part);
    size_t c0 = first_channel(j->nd, part), total = weight_offset(j->nd, parts), count = d.k * d.k * d.c;
    /* Part first, then slot: the partial sums of a part are contiguous for its reduction. */
    float *dw = j->partial + weight_offset(j->nd, part) * j->slots + slot * count;
    float *db = j->partial + total * j->slots + slot * d.ld_y + c0;
    memset(dw, 0, count * sizeof *dw);
    memset(db, 0, d.c * sizeof *db);
    for (size_t image = feri_slot_begin(j->e, slot); image < feri_slot_begin(j->e, slot + 1); image++) {
        const float *dy = feri_dout(j->e, j->nd) + image * d.oh * d.ow * d.ld_y + c0;
        j->e->k->dwconv_backward_weight(&d, feri_in(j->e, j->nd, 0) + image * d.h * d.w * d.ld_x + c0, dy, dw,
                                        feri_worker_scratch(j->e, worker));
        if (j->nd->param[FERI_ROLE_BIAS] >= 0) j->e->k->column_sums(d.oh * d.ow, d.c, dy, d.ld_y, db, true);
    }
}

static void depthwise_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct depthwise_job j = {.e = e, .nd = nd, .partial = e->backward_scratch[feri_node_index(e, nd)]};
    size_t parts = nd->u.conv.n_parts, total = weight_offset(nd, parts);
    if (feri_din(e, nd, 0)) feri_pool_run(e->pool, e->n * parts, data_task, &j);
    float *db = feri_param_grad(e, nd, FERI_ROLE_BIAS);
    bool any = db;
    for (size_t i = 0; i < parts; i++)
        any |= feri_param_grad(e, nd, (enum feri_param_role)(FERI_ROLE_PART + (int)i)) != NULL;
    if (!any) return;
    j.slots = feri_slots_mine(&e->slots);
    feri_pool_run(e->pool, j.slots * parts, weight_task, &j);
    for (size_t i = 0; i < parts; i++) {
        float *dw = feri_param_grad(e, nd, (enum feri_param_role)(FERI_ROLE_PART + (int)i));
        size_t count = nd->u.conv.channels[i] * nd->u.conv.kernels[i] * nd->u.conv.kernels[i];
        if (dw) feri_reduce_slots(e, 1, count, j.partial + weight_offset(nd, i) * j.slots, dw);
    }
    if (db) feri_reduce_slots(e, 1, feri_shape_of(e->plan, nd->out).c, j.partial + total * j.slots, db);
}

const struct feri_op feri_op_depthwise = {
    .name = "depthwise",
    .macs = depthwise_macs,
    .sizes = depthwise_sizes,
    .forward = depthwise_forward,
    .backward = depthwise_backward,
    .backward_reads_in = true,
};

static struct feri_node *add_depthwise(struct feri_graph *g, feri_value x, const char *name, size_t kernel,
                                       size_t stride, size_t pad)
{
    struct feri_shape s = feri_value_shape(g, x);
    struct feri_shape out = {(s.h + 2 * pad - kernel) / stride + 1, (s.w + 2 * pad - kernel) / stride + 1, s.c};
    struct feri_node *nd = feri_node_add(g, &feri_op_depthwise, name, 1, &x, out);
    if (!nd) return NULL;
    nd->u.conv.stride = stride;
    nd->u.conv.pad = pad;
    nd->u.conv.groups = s.c;
    return nd;
}

static int add_part_weight(struct feri_graph *g, const char *name, size_t channels, size_t kernel)
{
    size_t dims[4] = {channels, 1, kernel, kernel};
    int i = feri_param_add(g, name, "weight", FERI_PARAM_WEIGHT, 4, dims, kernel * kernel);
    if (i >= 0) g->params[i].layout = FERI_LAYOUT_HWC;
    return i;
}

/* conv.c passes depthwise convolutions to this function after checking the shapes. */
feri_value feri_depthwise(struct feri_graph *g, feri_value x, const char *name, struct feri_conv conv)
{
    int w = add_part_weight(g, name, conv.out, conv.kernel);
    int b = conv.bias ? feri_param_add(g, name, "bias", FERI_PARAM_BIAS, 1, &conv.out, conv.kernel * conv.kernel) : -1;
    struct feri_node *nd = add_depthwise(g, x, name, conv.kernel, conv.stride, conv.pad);
    if (!nd) return -1;
    nd->param[FERI_ROLE_PART] = w;
    nd->param[FERI_ROLE_BIAS] = b;
    nd->u.conv.n_parts = 1;
    nd->u.conv.channels[0] = conv.out;
    nd->u.conv.kernels[0] = conv.kernel;
    return nd->out;
}

feri_value feri_mixed_depthwise(struct feri_graph *g, feri_value x, const char *name, size_t n_parts,
                                const size_t *channels, const size_t *kernels, size_t stride)
{
    if (!feri_graph_has(g, x)) return -1;
    size_t sum = 0;
    bool odd = true;
    for (size_t i = 0; i < n_parts; i++) {
        sum += channels[i];
        odd = odd && kernels[i] % 2 == 1 && kernels[i] <= 15;
    }
    if (n_parts < 1 || n_parts > FERI_PARTS_MAX || sum != feri_value_shape(g, x).c || !odd || stride == 0)
        return feri_graph_fail(
            g, FER_ERR_SHAPE,
            "mixed depthwise '%s%s': expected 1 to %d parts of odd kernels up to 15 whose channels add up to %zu",
            g->scope, name, FERI_PARTS_MAX, feri_value_shape(g, x).c);
    struct feri_node *nd = add_depthwise(g, x, name, 1, stride, 0);
    if (!nd) return -1;
    feri_value out = nd->out;
    nd->u.conv.n_parts = n_parts;
    nd->u.conv.pad = kernels[0] / 2;
    feri_scope_push(g, "%s", name);
    for (size_t i = 0; i < n_parts; i++) {
        char part[24];
        snprintf(part, sizeof part, "%zu", i);
        nd->u.conv.channels[i] = channels[i];
        nd->u.conv.kernels[i] = kernels[i];
        nd->param[FERI_ROLE_PART + i] = add_part_weight(g, part, channels[i], kernels[i]);
    }
    feri_scope_pop(g);
    return g->failed ? -1 : out;
}
