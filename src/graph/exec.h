/* Plans and their execution, as operations see them, and the execution in which all threads share every node
 * (exec.c). */
#ifndef FERI_GRAPH_EXEC_H
#define FERI_GRAPH_EXEC_H

#include "graph/node.h"

struct feri_plan {
    enum feri_plan_mode mode;
    const struct feri_kernels *k;
    /* borrowed; INFER reads only the shapes of its values, which `values` copies */
    struct feri_graph *graph;
    struct feri_node *nodes;
    size_t n_nodes;
    struct feri_value_info *values;
    size_t n_values;
    feri_value input, output;
    bool *param_trained; /* [n_params] has a gradient */
    bool *value_grad;    /* [n_values] gradient wanted */
    /* [n_nodes * FERI_INPUTS_MAX]: an earlier step has already written this input's gradient */
    bool *accumulates;
    feri_value *root;      /* [n_values] the value in whose data buffer this value is stored */
    feri_value *grad_root; /* the same for gradients */
    size_t n_params;
    const struct feri_team *team; /* borrowed; NULL: one process */
    size_t weights_size;
    size_t copies; /* arrays per trained parameter that the caller keeps */
    bool no_dropout;
    float drop_path;
};

struct feri_lanes;

struct feri_exec {
    const struct feri_plan *plan;
    const struct feri_kernels *k;
    struct feri_pool *pool;
    size_t batch_max;
    struct feri_slots slots;
    size_t local_max; /* samples of this rank, at most */
    size_t total, n;  /* samples of the current run: of all ranks, of this rank */
    size_t first;     /* of this rank's samples in the batch */
    uint64_t seed;
    float *arena;
    size_t arena_size;
    float **value, **grad;                                /* [n_values] */
    float **saved, **forward_scratch, **backward_scratch; /* [n_nodes] */
    float *worker_scratch;
    size_t worker_stride;            /* floats */
    float *param_grads;              /* [n_blocks][grads_size] */
    size_t n_blocks, n_all_blocks;   /* subtrees of this rank's slots, and of all ranks' */
    struct feri_subtree *all_blocks; /* [n_all_blocks] */
    size_t grads_size, grads_summed;
    size_t *grads_ready;            /* [n_nodes] */
    double *mine, *all;             /* what batch norms share: [n_blocks] and [n_all_blocks] times three per channel */
    float **param_grad;             /* [n_params] */
    const struct feri_watch *watch; /* borrowed; NULL: none */
    bool profile;
    struct feri_node_time *times;
    struct feri_lanes *lanes; /* NULL: all threads share every node */
};

static inline struct feri_shape feri_shape_of(const struct feri_plan *p, feri_value v)
{
    return p->values[v].shape;
}
/** Rows of a value seen as a matrix of pixels x channels, for n samples. */
static inline size_t feri_rows(const struct feri_plan *p, feri_value v, size_t n)
{
    struct feri_shape s = feri_shape_of(p, v);
    return n * s.h * s.w;
}
static inline size_t feri_node_index(const struct feri_exec *e, const struct feri_node *nd)
{
    return (size_t)(nd - e->plan->nodes);
}
static inline float *feri_in(const struct feri_exec *e, const struct feri_node *nd, int i)
{
    return e->value[nd->in[i]];
}
static inline float *feri_out(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->value[nd->out];
}
/** Gradient of input i; NULL when nothing needs it. */
static inline float *feri_din(const struct feri_exec *e, const struct feri_node *nd, int i)
{
    return e->grad[nd->in[i]];
}
static inline const float *feri_dout(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->grad[nd->out];
}
/** Whether the gradient of input i must be added to the values already there. */
static inline bool feri_accumulates(const struct feri_exec *e, const struct feri_node *nd, int i)
{
    return e->plan->accumulates[feri_node_index(e, nd) * FERI_INPUTS_MAX + (size_t)i];
}
static inline const float *feri_param_data(const struct feri_exec *e, const struct feri_node *nd,
                                           enum feri_param_role r)
{
    return nd->param[r] < 0 ? NULL : e->plan->graph->params[nd->param[r]].data;
}
/** NULL: not trained. */
static inline float *feri_param_grad(const struct feri_exec *e, const struct feri_node *nd, enum feri_param_role r)
{
    return nd->param[r] < 0 ? NULL : e->param_grad[nd->param[r]];
}
/** Samples of this rank's slot i, counted from the rank's first: from this number to that of i + 1. */
static inline size_t feri_slot_begin(const struct feri_exec *e, size_t i)
{
    return feri_slots_local(&e->slots, i, e->total);
}
static inline size_t feri_slot_samples(const struct feri_exec *e, size_t i)
{
    return feri_slot_begin(e, i + 1) - feri_slot_begin(e, i);
}
static inline float *feri_worker_scratch(const struct feri_exec *e, size_t worker)
{
    return e->worker_scratch + worker * e->worker_stride;
}

/* ---- one arena; all threads share every node. run.c decides how samples are divided ---- */

/** Like feri_exec_new(), for a batch whose size has been checked. */
fer_status feri_exec_build(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                           struct feri_exec **exec_out, fer_error *err);
/** Free everything but the lanes. */
void feri_exec_drop(struct feri_exec *e);
void feri_exec_run(struct feri_exec *e, size_t n, uint64_t seed);
/** Set the times to 0 and start or stop timing the nodes. */
void feri_exec_time(struct feri_exec *e, bool on);
/** Report that the batch needs more bytes than the machine has. */
fer_status feri_batch_too_large(size_t batch, double need, fer_error *err);

#endif
