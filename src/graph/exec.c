#include "graph/exec.h"

#include "base/clock.h"
#include "graph/layout.h"

#include <stdlib.h>

#define TOTAL_MAX 0x1p50 /* no arena is that large; this bound keeps sums of sizes from overflowing */

/* Steps of a run with N nodes: forward of node i at i, the loss at N, backward of node i at 2N - i. */
static size_t backward_step(const struct feri_plan *p, size_t i)
{
    return 2 * p->n_nodes - i;
}

static void live(struct feri_buffer *b, size_t size, size_t first, size_t last)
{
    if (b->size == 0) b->first = first;
    if (first < b->first) b->first = first;
    if (last > b->last) b->last = last;
    if (size > b->size) b->size = size;
}

/* Buffers in order: values, gradients (by root), then per node saved, forward scratch, backward scratch. */
struct buffers {
    struct feri_buffer *all, *value, *grad, *saved, *forward, *backward;
    size_t n;
};

static bool buffers_new(const struct feri_plan *p, struct buffers *b)
{
    b->n = 2 * p->n_values + 3 * p->n_nodes;
    b->all = calloc(b->n, sizeof *b->all);
    b->value = b->all;
    b->grad = b->value + p->n_values;
    b->saved = b->grad + p->n_values;
    b->forward = b->saved + p->n_nodes;
    b->backward = b->forward + p->n_nodes;
    return b->all != NULL;
}

static void live_values(const struct feri_plan *p, size_t batch, struct buffers *b)
{
    bool train = p->mode == FERI_PLAN_TRAIN;
    size_t end = 2 * p->n_nodes + 1;
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        size_t size = batch * feri_shape_size(p->values[nd->out].shape);
        live(&b->value[p->root[nd->out]], size, i, train && nd->op->backward_reads_out ? backward_step(p, i) : i);
        if (nd->also >= 0) live(&b->value[nd->also], batch * feri_shape_size(p->values[nd->also].shape), i, i);
        for (int k = 0; k < nd->n_in; k++)
            live(&b->value[p->root[nd->in[k]]], 1, i, train && nd->op->backward_reads_in ? backward_step(p, i) : i);
    }
    live(&b->value[p->root[p->output]], 1, p->n_nodes, end);
}

static void live_gradients(const struct feri_plan *p, size_t batch, struct buffers *b)
{
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        size_t step = backward_step(p, i), size = batch * feri_shape_size(p->values[nd->out].shape);
        if (p->value_grad[nd->out]) live(&b->grad[p->grad_root[nd->out]], size, step, step);
        for (int k = 0; k < nd->n_in; k++)
            if (p->value_grad[nd->in[k]]) live(&b->grad[p->grad_root[nd->in[k]]], 1, step, step);
    }
    live(&b->grad[p->grad_root[p->output]], 1, p->n_nodes, p->n_nodes);
}

static size_t live_scratch(const struct feri_exec *e, struct buffers *b)
{
    const struct feri_plan *p = e->plan;
    const struct feri_slots *slots = &e->slots;
    bool train = p->mode == FERI_PLAN_TRAIN;
    size_t worker = 0, batch = e->local_max, batch_max = e->batch_max;
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_sizes s = {.slots = feri_slots_mine(slots), .slot_samples = feri_slots_largest(slots, batch_max)};
        if (p->nodes[i].op->sizes) p->nodes[i].op->sizes(p, &p->nodes[i], batch, &s);
        size_t back = backward_step(p, i);
        b->saved[i] = (struct feri_buffer){.size = s.saved, .first = i, .last = train ? back : i};
        b->forward[i] = (struct feri_buffer){.size = s.forward, .first = i, .last = i};
        b->backward[i] = (struct feri_buffer){.size = s.backward, .first = back, .last = back};
        if (s.worker > worker) worker = s.worker;
    }
    return worker;
}

fer_status feri_batch_too_large(size_t batch, double need, fer_error *err)
{
    return feri_fail(err, FER_ERR_MEMORY, "batch %zu needs about %.1f GB of memory, this machine has %.1f GB", batch,
                     need / 1e9, feri_memory_size() / 1e9);
}

static fer_status check_sizes(const struct buffers *b, size_t batch, fer_error *err)
{
    double total = 0;
    for (size_t i = 0; i < b->n; i++) total += (double)b->all[i].size;
    return total > TOTAL_MAX ? feri_batch_too_large(batch, total * sizeof(float), err) : FER_OK;
}

/* The system may promise memory that it does not have and end the process when it is used. So add up the need before
 * allocating: the arena and the weights; in training also the parameters, their gradients and the caller's arrays of
 * the same size. */
static fer_status check_memory(const struct feri_exec *e, fer_error *err)
{
    const struct feri_plan *p = e->plan;
    double need = (double)e->arena_size + (double)p->weights_size;
    for (size_t i = 0; i < p->n_params && p->mode == FERI_PLAN_TRAIN; i++) {
        double arrays = p->param_trained[i] ? 1 + (double)e->n_blocks + (double)p->copies : 1;
        need += arrays * (double)p->graph->params[i].count * sizeof(float);
    }
    return need > feri_memory_size() ? feri_batch_too_large(e->batch_max, need, err) : FER_OK;
}

static bool allocate_pointers(struct feri_exec *e)
{
    const struct feri_plan *p = e->plan;
    e->value = calloc(p->n_values, sizeof *e->value);
    e->grad = calloc(p->n_values, sizeof *e->grad);
    e->saved = calloc(p->n_nodes, sizeof *e->saved);
    e->forward_scratch = calloc(p->n_nodes, sizeof *e->forward_scratch);
    e->backward_scratch = calloc(p->n_nodes, sizeof *e->backward_scratch);
    e->param_grad = calloc(p->n_params + 1, sizeof *e->param_grad);
    e->times = calloc(p->n_nodes, sizeof *e->times);
    return e->value && e->grad && e->saved && e->forward_scratch && e->backward_scratch && e->param_grad && e->times;
}

static void point(struct feri_exec *e, const struct buffers *b)
{
    const struct feri_plan *p = e->plan;
    for (size_t v = 0; v < p->n_values; v++) {
        e->value[v] = e->arena + b->value[p->root[v]].offset;
        if (p->value_grad[v]) e->grad[v] = e->arena + b->grad[p->grad_root[v]].offset;
    }
    for (size_t i = 0; i < p->n_nodes; i++) {
        e->saved[i] = e->arena + b->saved[i].offset;
        e->forward_scratch[i] = e->arena + b->forward[i].offset;
        e->backward_scratch[i] = e->arena + b->backward[i].offset;
    }
}

/* ---- gradients of the parameters ---- */

static size_t padded(size_t count)
{
    const size_t line = FERI_ALIGN / sizeof(float);
    return feri_div_up(count, line) * line;
}

/* Whether the node's gradients are the whole batch's on every rank. */
static bool sums_over_ranks(const struct feri_node *nd)
{
    return nd->op == &feri_op_batch_norm;
}

/* Place the gradients of node i behind those that are there. */
static size_t place_node(struct feri_exec *e, size_t i, size_t at)
{
    const struct feri_node *nd = &e->plan->nodes[i];
    for (int r = 0; r < FERI_ROLES; r++) {
        int k = nd->param[r];
        if (k < 0 || !e->plan->param_trained[k] || e->param_grad[k]) continue;
        e->param_grad[k] = e->param_grads + at;
        at += padded(e->plan->graph->params[k].count);
    }
    return at;
}

static void place_param_grads(struct feri_exec *e)
{
    const struct feri_plan *p = e->plan;
    size_t at = 0;
    for (size_t i = p->n_nodes; i-- > 0;) {
        if (!sums_over_ranks(&p->nodes[i])) at = place_node(e, i, at);
        e->grads_ready[i] = at;
    }
    e->grads_summed = at;
    for (size_t i = p->n_nodes; i-- > 0;) at = place_node(e, i, at);
    assert(at <= e->grads_size);
}

static bool allocate_param_grads(struct feri_exec *e)
{
    const struct feri_plan *p = e->plan;
    for (size_t i = 0; i < p->n_params; i++)
        if (p->param_trained[i]) e->grads_size += padded(p->graph->params[i].count);
    e->param_grads = feri_alloc_zero(e->n_blocks * e->grads_size * sizeof(float));
    e->grads_ready = calloc(p->n_nodes, sizeof *e->grads_ready);
    if (!e->param_grads || !e->grads_ready) return false;
    place_param_grads(e);
    return true;
}

/* ---- slots ---- */

static bool divide(struct feri_exec *e)
{
    const struct feri_team *team = e->plan->team;
    struct feri_subtree blocks[FERI_SLOTS_BLOCKS];
    e->slots = (struct feri_slots){.count = 1, .size = 1};
    if (e->plan->mode == FERI_PLAN_TRAIN)
        e->slots = feri_slots_of(e->batch_max, team ? team->rank : 0, team ? team->size : 1);
    e->local_max = feri_slots_samples_max(&e->slots, e->batch_max);
    e->n_blocks = feri_slots_blocks(&e->slots, e->slots.rank, blocks);
    e->all_blocks = calloc(e->slots.count, sizeof *e->all_blocks);
    for (size_t r = 0; e->all_blocks && r < e->slots.size; r++) {
        size_t n = feri_slots_blocks(&e->slots, r, blocks);
        memcpy(e->all_blocks + e->n_all_blocks, blocks, n * sizeof *blocks);
        e->n_all_blocks += n;
    }
    return e->all_blocks;
}

static bool allocate_shared(struct feri_exec *e)
{
    size_t channels = 0;
    for (size_t i = 0; i < e->plan->n_nodes; i++) {
        const struct feri_node *nd = &e->plan->nodes[i];
        size_t c = feri_shape_of(e->plan, nd->out).c;
        if (nd->op == &feri_op_batch_norm && c > channels) channels = c;
    }
    e->mine = calloc(e->n_blocks * 3 * channels + 1, sizeof *e->mine);
    e->all = calloc(e->n_all_blocks * 3 * channels + 1, sizeof *e->all);
    return e->mine && e->all;
}

static fer_status build(struct feri_exec *e, struct buffers *b, fer_error *err)
{
    const struct feri_plan *p = e->plan;
    live_values(p, e->local_max, b);
    if (p->mode == FERI_PLAN_TRAIN) live_gradients(p, e->local_max, b);
    size_t worker = live_scratch(e, b), floats, line = FERI_ALIGN / sizeof(float);
    fer_status st;
    if ((st = check_sizes(b, e->batch_max, err)) != FER_OK || (st = feri_layout(b->all, b->n, &floats, err)) != FER_OK)
        return st;
    /* a cache line of distance, so that threads do not share one */
    e->worker_stride = feri_div_up(worker, line) * line + line;
    e->arena_size = (floats + e->worker_stride * feri_pool_threads(e->pool)) * sizeof(float);
    if ((st = check_memory(e, err)) != FER_OK) return st;
    if (p->mode == FERI_PLAN_TRAIN && (st = feri_graph_hold(p->graph, err)) != FER_OK) return st;
    e->arena = feri_alloc(e->arena_size);
    if (!e->arena)
        return feri_fail(err, FER_ERR_MEMORY, "batch %zu needs %.1f MB of memory", e->batch_max,
                         (double)e->arena_size / 1e6);
    e->worker_scratch = e->arena + floats;
    if (!allocate_pointers(e) || (p->mode == FERI_PLAN_TRAIN && !(allocate_param_grads(e) && allocate_shared(e))))
        return feri_fail(err, FER_ERR_MEMORY, "execution: out of memory");
    point(e, b);
    return FER_OK;
}

fer_status feri_exec_build(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                           struct feri_exec **exec_out, fer_error *err)
{
    struct buffers b = {0};
    struct feri_exec *e = calloc(1, sizeof *e);
    fer_status st;
    if (!e || !buffers_new(p, &b)) {
        st = feri_fail(err, FER_ERR_MEMORY, "execution: out of memory");
    } else {
        *e = (struct feri_exec){.plan = p, .k = p->k, .pool = pool, .batch_max = batch_max};
        st = divide(e) ? build(e, &b, err) : feri_fail(err, FER_ERR_MEMORY, "execution: out of memory");
    }
    free(b.all);
    if (st != FER_OK) {
        feri_exec_drop(e);
        e = NULL;
    }
    *exec_out = e;
    return st;
}

void feri_exec_drop(struct feri_exec *e)
{
    if (!e) return;
    feri_free(e->arena);
    feri_free(e->param_grads);
    free(e->value);
    free(e->grad);
    free(e->saved);
    free(e->forward_scratch);
    free(e->backward_scratch);
    free(e->param_grad);
    free(e->grads_ready);
    free(e->all_blocks);
    free(e->mine);
    free(e->all);
    free(e->times);
    free(e);
}

float *feri_exec_output_grad(struct feri_exec *e)
{
    return e->grad[e->plan->output];
}

float *feri_exec_grad(struct feri_exec *e, size_t param)
{
    return e->param_grad[param];
}

const struct feri_slots *feri_exec_slots(const struct feri_exec *e)
{
    return &e->slots;
}

float *feri_exec_grads(struct feri_exec *e, size_t block)
{
    return e->param_grads + block * e->grads_size;
}

size_t feri_exec_grads_ready(const struct feri_exec *e, size_t node)
{
    return e->grads_ready[node];
}

size_t feri_exec_n_nodes(const struct feri_exec *e)
{
    return e->plan->n_nodes;
}

size_t feri_exec_grads_summed(const struct feri_exec *e)
{
    return e->grads_summed;
}

void feri_exec_watch(struct feri_exec *e, const struct feri_watch *w)
{
    e->watch = w;
}

static void show_watch(const struct feri_exec *e, const struct feri_node *nd)
{
    const struct feri_watch *w = e->watch;
    if (nd->op == &feri_op_attention)
        w->attention(w->user, feri_in(e, nd, 0), feri_shape_of(e->plan, nd->in[0]), nd->u.attention.heads);
    else if (nd->op == &feri_op_sequence_pool)
        w->sequence_pool(w->user, feri_in(e, nd, 1), feri_shape_of(e->plan, nd->in[1]).w);
}

void feri_exec_run(struct feri_exec *e, size_t n, uint64_t seed)
{
    const struct feri_plan *p = e->plan;
    assert(n >= 1 && n <= e->batch_max);
    e->total = n;
    e->n = feri_slots_samples(&e->slots, e->slots.rank, n);
    e->first = feri_slots_begin(&e->slots, e->slots.rank, n);
    e->seed = seed;
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        if (!nd->op->forward) continue;
        if (e->watch) show_watch(e, nd);
        double start = e->profile ? feri_now() : 0;
        nd->op->forward(e, nd);
        if (e->profile) e->times[i].forward_s += feri_now() - start;
    }
}

void feri_exec_backward(struct feri_exec *e, size_t n)
{
    const struct feri_plan *p = e->plan;
    assert(p->mode == FERI_PLAN_TRAIN && n == e->total);
    (void)n;
    for (size_t i = p->n_nodes; i-- > 0;) {
        const struct feri_node *nd = &p->nodes[i];
        if (!nd->op->backward || !p->value_grad[nd->out]) continue;
        double start = e->profile ? feri_now() : 0;
        nd->op->backward(e, nd);
        if (e->profile) e->times[i].backward_s += feri_now() - start;
        if (p->team) p->team->finished(p->team->user, i);
    }
}

void feri_exec_time(struct feri_exec *e, bool on)
{
    const struct feri_plan *p = e->plan;
    e->profile = on;
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        e->times[i] = (struct feri_node_time){.op = nd->op->name,
                                              .name = nd->name,
                                              .out = p->values[nd->out].shape,
                                              .macs = nd->op->macs ? nd->op->macs(p->graph, nd) : 0};
    }
}
