/* Plans and their execution as operations see them, and the execution of every node by all threads (exec.c). */
#ifndef FERI_GRAPH_EXEC_H
#define FERI_GRAPH_EXEC_H

#include "graph/node.h"

struct feri_plan {
    enum feri_plan_mode mode;
    const struct feri_kernels *k;
    struct feri_graph *graph; /* borrowed; INFER reads only its values' shapes, copied into `values` */
    struct feri_node *nodes;
    size_t n_nodes;
    struct feri_value_info *values;
    size_t n_values;
    feri_value input, output;
    bool *param_trained;   /* [n_params] has a gradient */
    bool *value_grad;      /* [n_values] gradient wanted */
    bool *accumulates;     /* [n_nodes * FERI_INPUTS_MAX]: this input's gradient has been written before */
    feri_value *root;      /* [n_values] whose data buffer this value lies in */
    feri_value *grad_root; /* the same for gradients */
    size_t n_params;
    size_t weights_size;
    size_t copies; /* of the trained parameters, kept by the caller */
    bool no_dropout;
    float drop_path;
};

struct feri_lanes;

struct feri_exec {
    const struct feri_plan *plan;
    const struct feri_kernels *k;
    struct feri_pool *pool;
    size_t batch_max, n;
    uint64_t seed;
    float *arena;
    size_t arena_size;
    float **value, **grad;                                /* [n_values] */
    float **saved, **forward_scratch, **backward_scratch; /* [n_nodes] */
    float *worker_scratch;
    size_t worker_stride;           /* floats */
    float *param_grads;             /* one block */
    float **param_grad;             /* [n_params] */
    const struct feri_watch *watch; /* borrowed; NULL: none */
    bool profile;
    struct feri_node_time *times;
    struct feri_lanes *lanes; /* NULL: every node is shared out among the threads */
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
/** Gradient of input i; NULL when nobody wants it. */
static inline float *feri_din(const struct feri_exec *e, const struct feri_node *nd, int i)
{
    return e->grad[nd->in[i]];
}
static inline const float *feri_dout(const struct feri_exec *e, const struct feri_node *nd)
{
    return e->grad[nd->out];
}
/** Whether the gradient of input i must be added to what is there. */
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
static inline float *feri_worker_scratch(const struct feri_exec *e, size_t worker)
{
    return e->worker_scratch + worker * e->worker_stride;
}

/* ---- one arena, every node shared out among the threads; run.c decides who gets the samples ---- */

/** As feri_exec_new(), of a batch that is known to be in range. */
fer_status feri_exec_build(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                           struct feri_exec **exec_out, fer_error *err);
/** All of it but the lanes. */
void feri_exec_drop(struct feri_exec *e);
void feri_exec_run(struct feri_exec *e, size_t n, uint64_t seed);
/** Set the times to 0 and time the nodes from now on, or stop. */
void feri_exec_time(struct feri_exec *e, bool on);
/** The refusal of a batch that needs more bytes than there are. */
fer_status feri_batch_too_large(size_t batch, double need, fer_error *err);

#endif
