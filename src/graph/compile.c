#include "graph/conv.h"
#include "graph/passes.h"
#include "graph/uses.h"

#include <stdlib.h>

/* ---- placement of values: which ones share a buffer ---- */

static bool same_shape(const struct feri_plan *p, feri_value a, feri_value b)
{
    return feri_shape_size(p->values[a].shape) == feri_shape_size(p->values[b].shape);
}

/* Last node that reads each value. The output is read after the last node. */
static void find_last_reads(const struct feri_plan *p, size_t *last)
{
    memset(last, 0, p->n_values * sizeof *last);
    for (size_t i = 0; i < p->n_nodes; i++)
        for (int k = 0; k < p->nodes[i].n_in; k++) last[p->nodes[i].in[k]] = i;
    last[p->output] = p->n_nodes;
}

/* The input whose buffer node i may overwrite with its output, because no later node reads it; -1: none. */
static feri_value overwritable(const struct feri_plan *p, size_t i, const size_t *root_last)
{
    const struct feri_node *nd = &p->nodes[i];
    int k = nd->residual >= 0 ? nd->residual : nd->op->in_place ? 0 : -1;
    if (k < 0 || p->mode == FERI_PLAN_TRAIN) return -1;
    feri_value r = p->root[nd->in[k]];
    for (int other = 0; other < nd->n_in; other++)
        if (other != k && p->root[nd->in[other]] == r) return -1;
    return root_last[r] == i && r != p->root[p->input] && same_shape(p, r, nd->out) ? r : -1;
}

static bool assign_roots(struct feri_plan *p)
{
    size_t *last = calloc(2 * p->n_values, sizeof *last), *root_last = last + p->n_values;
    if (!last) return false;
    find_last_reads(p, last);
    for (size_t v = 0; v < p->n_values; v++) p->root[v] = (feri_value)v;
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        feri_value r = nd->op->alias ? p->root[nd->in[0]] : overwritable(p, i, root_last);
        if (r >= 0) p->root[nd->out] = r;
        r = p->root[nd->out];
        if (last[nd->out] > root_last[r]) root_last[r] = last[nd->out];
        if (nd->also >= 0) root_last[nd->also] = last[nd->also];
    }
    free(last);
    return true;
}

/* ---- gradients ---- */

static void find_gradients(struct feri_plan *p, const bool *frozen)
{
    for (size_t i = 0; i < p->n_params; i++) {
        const struct feri_param *q = &p->graph->params[i];
        p->param_trained[i] = q->used && !feri_param_is_buffer(q) && !(frozen && frozen[i]);
    }
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_node *nd = &p->nodes[i];
        bool wanted = false;
        for (int k = 0; k < nd->n_in; k++) wanted |= p->value_grad[nd->in[k]];
        for (int r = 0; r < FERI_ROLES; r++) wanted |= nd->param[r] >= 0 && p->param_trained[nd->param[r]];
        p->value_grad[nd->out] = wanted;
        if (nd->op == &feri_op_batch_norm)
            nd->u.frozen_stats =
                !p->param_trained[nd->param[FERI_ROLE_WEIGHT]] && !p->param_trained[nd->param[FERI_ROLE_BIAS]];
    }
}

static feri_value find(const struct feri_plan *p, feri_value v)
{
    while (p->grad_root[v] != v) v = p->grad_root[v];
    return v;
}

static bool read_between(const struct feri_plan *p, feri_value v, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        for (int k = 0; k < p->nodes[i].n_in; k++)
            if (find(p, p->nodes[i].in[k]) == find(p, v)) return true;
    return false;
}

/* The gradient of an add's inputs equals that of its output, so they can use its buffer without a copy. The second
 * input may share it too if it has no other reader and its own backward pass ends before anything is added to the
 * first. */
static void share_add_gradients(struct feri_plan *p, size_t i, const bool *written)
{
    const struct feri_node *nd = &p->nodes[i];
    feri_value out = find(p, nd->out), a = nd->in[0], b = nd->in[1];
    if (a == b || find(p, a) == out || find(p, b) == out || find(p, a) == find(p, b)) return;
    bool a_free = p->value_grad[a] && !written[find(p, a)], b_free = p->value_grad[b] && !written[find(p, b)];
    if (a_free && b_free) {
        for (int turn = 0; turn < 2; turn++) {
            feri_value keep = turn ? b : a, other = turn ? a : b;
            size_t made = (size_t)p->values[other].producer;
            bool other_sole = feri_plan_uses(p, other) == 1 && !p->nodes[made].op->alias;
            if (!other_sole || read_between(p, keep, made, i)) continue;
            p->grad_root[find(p, keep)] = out;
            p->grad_root[find(p, other)] = out;
            return;
        }
    }
    if (a_free) p->grad_root[find(p, a)] = out;
    else if (b_free) p->grad_root[find(p, b)] = out;
}

static bool assign_gradients(struct feri_plan *p)
{
    bool *written = calloc(p->n_values, sizeof *written);
    if (!written) return false;
    for (size_t v = 0; v < p->n_values; v++) p->grad_root[v] = (feri_value)v;
    for (size_t i = 0; i < p->n_nodes; i++)
        if (p->nodes[i].op->alias) p->grad_root[find(p, p->nodes[i].out)] = find(p, p->nodes[i].in[0]);
    written[find(p, p->output)] = true;
    for (size_t i = p->n_nodes; i-- > 0;) {
        const struct feri_node *nd = &p->nodes[i];
        if (!p->value_grad[nd->out] || nd->op->alias) continue;
        if (nd->op == &feri_op_add) share_add_gradients(p, i, written);
        for (int k = 0; k < nd->n_in; k++) {
            if (!p->value_grad[nd->in[k]]) continue;
            feri_value r = find(p, nd->in[k]);
            p->accumulates[i * FERI_INPUTS_MAX + (size_t)k] = written[r];
            written[r] = true;
        }
    }
    for (size_t v = 0; v < p->n_values; v++) p->grad_root[v] = find(p, (feri_value)v);
    free(written);
    return true;
}

/* ---- plans ---- */

static fer_status allocate(struct feri_plan *p, const struct feri_graph *g, fer_error *err)
{
    p->n_nodes = g->n_nodes;
    p->n_values = g->n_values;
    p->n_params = g->n_params;
    p->nodes = calloc(p->n_nodes, sizeof *p->nodes);
    p->values = calloc(p->n_values, sizeof *p->values);
    p->param_trained = calloc(p->n_params + 1, sizeof *p->param_trained);
    p->value_grad = calloc(p->n_values, sizeof *p->value_grad);
    p->accumulates = calloc(p->n_nodes * FERI_INPUTS_MAX, sizeof *p->accumulates);
    p->root = calloc(p->n_values, sizeof *p->root);
    p->grad_root = calloc(p->n_values, sizeof *p->grad_root);
    if (!p->nodes || !p->values || !p->param_trained || !p->value_grad || !p->accumulates || !p->root || !p->grad_root)
        return feri_fail(err, FER_ERR_MEMORY, "compile: out of memory");
    memcpy(p->nodes, g->nodes, p->n_nodes * sizeof *p->nodes);
    memcpy(p->values, g->values, p->n_values * sizeof *p->values);
    return FER_OK;
}

fer_status feri_plan_new(struct feri_graph *g, const struct feri_plan_options *opt, struct feri_plan **plan_out,
                         fer_error *err)
{
    *plan_out = NULL;
    fer_status st = feri_graph_check(g, err);
    if (st != FER_OK) return st;
    struct feri_plan *p = calloc(1, sizeof *p);
    if (!p) return feri_fail_memory(err, sizeof *p);
    *p = (struct feri_plan){.mode = opt->mode,
                            .k = opt->kernels ? opt->kernels : feri_kernels_get(FERI_ISA_AUTO),
                            .graph = g,
                            .input = g->input,
                            .output = g->output,
                            .no_dropout = opt->no_dropout,
                            .drop_path = opt->drop_path,
                            .copies = opt->copies,
                            .team = opt->mode == FERI_PLAN_TRAIN ? opt->team : NULL};
    if ((st = allocate(p, g, err)) != FER_OK) goto fail;
    st = p->mode == FERI_PLAN_TRAIN ? feri_plan_fuse_training(p) : feri_plan_fuse_inference(p, err);
    if (st != FER_OK) goto fail;
    if (p->mode == FERI_PLAN_TRAIN) find_gradients(p, opt->frozen);
    if (!assign_roots(p) || !assign_gradients(p)) {
        st = feri_fail(err, FER_ERR_MEMORY, "compile: out of memory");
        goto fail;
    }
    *plan_out = p;
    return FER_OK;
fail:
    feri_plan_free(p);
    return st;
}

void feri_plan_free(struct feri_plan *p)
{
    if (!p) return;
    for (size_t i = 0; p->nodes && i < p->n_nodes; i++) {
        feri_free(p->nodes[i].weight);
        feri_free(p->nodes[i].bias);
        feri_free(p->nodes[i].slope);
        feri_free(p->nodes[i].scale);
        feri_conv_stack_free(p->nodes[i].stack);
    }
    free(p->nodes);
    free(p->values);
    free(p->param_trained);
    free(p->value_grad);
    free(p->accumulates);
    free(p->root);
    free(p->grad_root);
    free(p);
}

size_t feri_plan_weights_size(const struct feri_plan *p)
{
    return p->weights_size;
}
