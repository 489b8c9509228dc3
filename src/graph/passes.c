/* The compiler's rewrites. They change the plan's own copy of the nodes. An absorbed node gets op = NULL and is removed
 * at the end.
 *   training:   batch norm + ReLU / PReLU -> one node
 *   inference:  dropout -> removed
 *               conv + batch norm -> conv with other weights (y = s (w x) + t = (s w) x + t)
 *               product or conv or depthwise + activation -> epilogue
 *               product or conv + add -> residual of the epilogue
 *               weights packed for the product kernel
 *               conv + the convs that read it -> one node, where no patches overlap */
#include "graph/passes.h"

#include "graph/conv.h"
#include "graph/uses.h"

#include <math.h>

static struct feri_node *producer(const struct feri_plan *p, feri_value v)
{
    return &p->nodes[p->values[v].producer];
}

/* The node that produces in[0], if no other node reads it. */
static struct feri_node *sole_producer(const struct feri_plan *p, feri_value v)
{
    return feri_plan_uses(p, v) == 1 ? producer(p, v) : NULL;
}

/* `by` takes over the output value of nd, and nd is removed. */
static void absorb(struct feri_plan *p, struct feri_node *nd, struct feri_node *by)
{
    by->out = nd->out;
    p->values[nd->out].producer = (int)(by - p->nodes);
    nd->op = NULL;
}

/* Nodes that read such a node's value read its input instead. */
static void remove_nodes(struct feri_plan *p, const struct feri_op *op)
{
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_node *nd = &p->nodes[i];
        if (nd->op != op) continue;
        for (size_t j = i + 1; j < p->n_nodes; j++)
            for (int k = 0; k < p->nodes[j].n_in; k++)
                if (p->nodes[j].in[k] == nd->out) p->nodes[j].in[k] = nd->in[0];
        if (p->output == nd->out) p->output = nd->in[0];
        nd->op = NULL;
    }
}

static void sweep(struct feri_plan *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_nodes; i++) {
        if (!p->nodes[i].op) continue;
        p->values[p->nodes[i].out].producer = (int)n;
        if (p->nodes[i].also >= 0) p->values[p->nodes[i].also].producer = (int)n;
        p->nodes[n++] = p->nodes[i];
    }
    p->n_nodes = n;
}

static bool batch_norm_can(enum feri_act act)
{
    return act == FERI_ACT_RELU || act == FERI_ACT_PRELU;
}

static void fuse_activation(struct feri_plan *p, struct feri_node *nd, struct feri_node *by)
{
    by->act = nd->act;
    by->param[FERI_ROLE_SLOPE] = nd->param[FERI_ROLE_SLOPE];
    by->slope = nd->slope;
    nd->slope = NULL;
    absorb(p, nd, by);
}

fer_status feri_plan_fuse_training(struct feri_plan *p)
{
    if (p->no_dropout) remove_nodes(p, &feri_op_dropout);
    if (p->drop_path == 0) remove_nodes(p, &feri_op_drop_path);
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_node *nd = &p->nodes[i];
        if (nd->op != &feri_op_activation || !batch_norm_can(nd->act)) continue;
        struct feri_node *by = sole_producer(p, nd->in[0]);
        if (by && by->op == &feri_op_batch_norm && by->act == FERI_ACT_NONE) fuse_activation(p, nd, by);
    }
    sweep(p);
    return FER_OK;
}

/* ---- inference ---- */

static bool is_linear(const struct feri_node *nd)
{
    return nd->op == &feri_op_product || nd->op == &feri_op_conv || nd->op == &feri_op_depthwise;
}

static const struct feri_param *param_of(const struct feri_plan *p, const struct feri_node *nd, size_t role)
{
    return nd->param[role] < 0 ? NULL : &p->graph->params[nd->param[role]];
}

/* The numbers of a parameter. NULL if there is none, or out of memory. */
static float *constant(const struct feri_plan *p, const struct feri_node *nd, size_t role)
{
    const struct feri_param *q = param_of(p, nd, role);
    float *data = q ? feri_alloc(q->count * sizeof *data) : NULL;
    if (data && !feri_graph_read_param(p->graph, (size_t)nd->param[role], data)) {
        feri_free(data);
        data = NULL;
    }
    return data;
}

static float *depthwise_constant(const struct feri_plan *p, const struct feri_node *nd)
{
    size_t n = 0;
    for (size_t i = 0; i < nd->u.conv.n_parts; i++) n += param_of(p, nd, FERI_ROLE_PART + i)->count;
    float *data = feri_alloc(n * sizeof *data), *at = data;
    for (size_t i = 0; data && i < nd->u.conv.n_parts; i++) {
        if (!feri_graph_read_param(p->graph, (size_t)nd->param[FERI_ROLE_PART + i], at)) {
            feri_free(data);
            return NULL;
        }
        at += param_of(p, nd, FERI_ROLE_PART + i)->count;
    }
    return data;
}

/* Weights are by far the largest. They are read when they are packed, so that memory never holds them twice. */
static bool is_packed(const struct feri_node *nd)
{
    return nd->op == &feri_op_product || nd->op == &feri_op_conv;
}

/* Bias, slope and small weights, as in the parameters. A linear node always has a bias, because a fold may need it. */
static bool take_constants(const struct feri_plan *p, struct feri_node *nd)
{
    bool weighted = is_linear(nd) || nd->op == &feri_op_batch_norm || nd->op == &feri_op_layer_norm;
    if (nd->op == &feri_op_depthwise) nd->weight = depthwise_constant(p, nd);
    else if (!is_packed(nd) && nd->param[FERI_ROLE_WEIGHT] >= 0) nd->weight = constant(p, nd, FERI_ROLE_WEIGHT);
    if (nd->param[FERI_ROLE_BIAS] >= 0) nd->bias = constant(p, nd, FERI_ROLE_BIAS);
    else if (is_linear(nd)) nd->bias = feri_alloc_zero(p->values[nd->out].shape.c * sizeof(float));
    if (nd->param[FERI_ROLE_SLOPE] >= 0) nd->slope = constant(p, nd, FERI_ROLE_SLOPE);
    return (!weighted || ((nd->weight || is_packed(nd)) && nd->bias)) && (nd->param[FERI_ROLE_SLOPE] < 0 || nd->slope);
}

/* The weight and bias of a batch norm become scale and shift: y = x scale + shift. */
static bool to_scale_and_shift(const struct feri_plan *p, struct feri_node *nd)
{
    float *mean = constant(p, nd, FERI_ROLE_MEAN), *var = constant(p, nd, FERI_ROLE_VAR);
    for (size_t ch = 0; mean && var && ch < p->values[nd->out].shape.c; ch++) {
        double scale = (double)nd->weight[ch] / sqrt((double)var[ch] + (double)FERI_NORM_EPS);
        nd->weight[ch] = (float)scale;
        nd->bias[ch] = (float)((double)nd->bias[ch] - (double)mean[ch] * scale);
    }
    bool ok = mean && var;
    feri_free(mean);
    feri_free(var);
    return ok;
}

static void scale_depthwise(struct feri_node *nd, const float *scale)
{
    float *w = nd->weight;
    for (size_t i = 0; i < nd->u.conv.n_parts; i++) {
        size_t c = nd->u.conv.channels[i], taps = nd->u.conv.kernels[i] * nd->u.conv.kernels[i];
        for (size_t t = 0; t < taps; t++)
            for (size_t ch = 0; ch < c; ch++) *w++ *= scale[ch];
        scale += c;
    }
}

static void fold_batch_norm(struct feri_plan *p, struct feri_node *nd, struct feri_node *by)
{
    size_t c = p->values[nd->out].shape.c;
    for (size_t ch = 0; ch < c; ch++) by->bias[ch] = by->bias[ch] * nd->weight[ch] + nd->bias[ch];
    if (by->op == &feri_op_depthwise) {
        scale_depthwise(by, nd->weight);
    } else if (by->scale) {
        for (size_t ch = 0; ch < c; ch++) by->scale[ch] *= nd->weight[ch];
    } else {
        by->scale = nd->weight;
        nd->weight = NULL;
    }
    feri_free(nd->weight);
    feri_free(nd->bias);
    nd->weight = nd->bias = NULL;
    absorb(p, nd, by);
}

static void fuse_add(struct feri_plan *p, struct feri_node *nd)
{
    for (int k = 1; k >= 0; k--) {
        struct feri_node *by = sole_producer(p, nd->in[k]);
        feri_value other = nd->in[1 - k];
        bool able = by && (by->op == &feri_op_product || by->op == &feri_op_conv) && by->residual < 0;
        if (!able || other == nd->in[k] || p->values[other].producer >= by - p->nodes) continue;
        by->residual = by->n_in;
        by->in[by->n_in++] = other;
        absorb(p, nd, by);
        return;
    }
}

static float *pack_product(const struct feri_plan *p, const struct feri_node *nd, size_t *count_out)
{
    size_t out = p->values[nd->out].shape.c, kdim = p->graph->params[nd->param[FERI_ROLE_WEIGHT]].count / out;
    *count_out = feri_packed_size(p->k, kdim, out);
    float *packed = feri_alloc_whole(*count_out * sizeof *packed);
    if (packed) p->k->gemm_pack(kdim, out, nd->weight, 1, kdim, packed, 0, out);
    return packed;
}

/* Read a node's weight into `plain`, scale it, and store it packed. */
static bool pack_weight(struct feri_plan *p, struct feri_node *nd, float *plain)
{
    size_t c = p->values[nd->out].shape.c, row = param_of(p, nd, FERI_ROLE_WEIGHT)->count / c, count;
    if (!feri_graph_read_param(p->graph, (size_t)nd->param[FERI_ROLE_WEIGHT], plain)) return false;
    for (size_t ch = 0; nd->scale && ch < c; ch++)
        for (size_t i = 0; i < row; i++) plain[ch * row + i] *= nd->scale[ch];
    feri_free(nd->scale);
    nd->scale = NULL;
    nd->weight = plain;
    nd->weight = nd->op == &feri_op_conv ? feri_conv_pack(p, nd, &count) : pack_product(p, nd, &count);
    p->weights_size += count * sizeof *plain;
    return nd->weight != NULL;
}

/* One buffer for all weights while they are packed. One buffer each would leave gaps between the packed ones. */
static bool pack_weights(struct feri_plan *p)
{
    size_t largest = 0;
    for (size_t i = 0; i < p->n_nodes; i++)
        if (is_packed(&p->nodes[i]) && param_of(p, &p->nodes[i], FERI_ROLE_WEIGHT)->count > largest)
            largest = param_of(p, &p->nodes[i], FERI_ROLE_WEIGHT)->count;
    float *plain = feri_alloc_whole(largest * sizeof *plain);
    bool ok = plain != NULL;
    for (size_t i = 0; ok && i < p->n_nodes; i++)
        if (is_packed(&p->nodes[i])) ok = pack_weight(p, &p->nodes[i], plain);
    feri_free(plain);
    return ok;
}

fer_status feri_plan_fuse_inference(struct feri_plan *p, fer_error *err)
{
    remove_nodes(p, &feri_op_dropout);
    remove_nodes(p, &feri_op_drop_path);
    for (size_t i = 0; i < p->n_nodes; i++)
        if (p->nodes[i].op && !take_constants(p, &p->nodes[i]))
            return feri_fail(err, FER_ERR_MEMORY, "compile: out of memory for weights");
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_node *nd = &p->nodes[i];
        struct feri_node *by = nd->op && nd->n_in ? sole_producer(p, nd->in[0]) : NULL;
        bool open = by && is_linear(by) && by->act == FERI_ACT_NONE && by->residual < 0;
        if (nd->op == &feri_op_batch_norm) {
            if (!to_scale_and_shift(p, nd)) return feri_fail(err, FER_ERR_MEMORY, "compile: out of memory for weights");
            if (open) fold_batch_norm(p, nd, by);
        } else if (nd->op == &feri_op_activation) {
            bool norm = by && by->op == &feri_op_batch_norm && by->act == FERI_ACT_NONE && batch_norm_can(nd->act);
            if (open || norm) fuse_activation(p, nd, by);
        } else if (nd->op == &feri_op_add) {
            fuse_add(p, nd);
        }
    }
    sweep(p);
    if (!pack_weights(p) || !feri_conv_stack_up(p))
        return feri_fail(err, FER_ERR_MEMORY, "compile: out of memory for packed weights");
    sweep(p);
    return FER_OK;
}
