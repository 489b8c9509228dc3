/* What the files of this room share: nodes, operations, plans and their execution. See docs/architecture.md. */
#ifndef FERI_GRAPH_INTERNAL_H
#define FERI_GRAPH_INTERNAL_H

#include "base/error.h"
#include "base/mem.h"
#include "graph/graph.h"
#include "graph/plan.h"

#include <assert.h>
#include <string.h>

#define FERI_PARTS_MAX  4 /* kernel sizes of one mixed depthwise convolution */
#define FERI_INPUTS_MAX 3

/* Parameters of a node, by role; -1 where there is none. */
enum feri_param_role {
    FERI_ROLE_WEIGHT,
    FERI_ROLE_BIAS,
    FERI_ROLE_SLOPE, /* PReLU's, own or fused */
    FERI_ROLE_MEAN,
    FERI_ROLE_VAR,
    FERI_ROLE_COUNTER,
    FERI_ROLE_PART, /* FERI_ROLE_PART + i: weight of part i of a mixed depthwise convolution */
    FERI_ROLES = FERI_ROLE_PART + FERI_PARTS_MAX
};

struct feri_node {
    const struct feri_op *op;
    char name[96]; /* parameter prefix, shortened if need be: for profiles and messages */
    feri_value in[FERI_INPUTS_MAX], out;
    int n_in;
    int param[FERI_ROLES];
    enum feri_act act; /* its own, or fused behind it */
    int residual;      /* index into in[] of a value added behind the activation; -1: none */
    union {
        struct {
            size_t kernel, stride, pad, groups;
            size_t n_parts, channels[FERI_PARTS_MAX], kernels[FERI_PARTS_MAX]; /* depthwise */
        } conv;
        struct {
            size_t kernel, stride, pad;
        } pool;
        struct {
            char axis;
            size_t first, count;
        } slice;
        struct {
            size_t heads;
            float dropout;
        } attention;
        float dropout;
        float drop_path_share;
        struct {
            bool rows, columns;
        } means;
        bool frozen_stats; /* batch norm with running statistics in training */
    } u;
    /* Inference only: constants made by the compiler, owned by the plan. For product and conv `weight` is packed. */
    float *weight, *bias, *slope;
    float *scale; /* while compiling: of a product's or conv's weight, by output channel; NULL: ones */
};

struct feri_value_info {
    struct feri_shape shape;
    int producer; /* node index */
};

struct feri_graph {
    struct feri_param *params;
    size_t n_params, cap_params;
    uint64_t seed;          /* of parameters neither held nor stored */
    feri_stored_fn *reader; /* of those stored */
    void *reader_user;
    struct feri_node *nodes;
    size_t n_nodes, cap_nodes;
    struct feri_value_info *values;
    size_t n_values, cap_values;
    feri_value input, output;
    char scope[256];
    size_t scope_ends[16]; /* length of scope before each push */
    size_t n_scopes;
    fer_error error;
    bool failed;
};

/* Floats an operation wants for n samples. */
struct feri_sizes {
    size_t saved;    /* kept from the forward to the backward pass */
    size_t forward;  /* shared scratch of the forward pass */
    size_t backward; /* shared scratch of the backward pass */
    size_t worker;   /* scratch of each thread, both passes */
};

struct feri_op {
    const char *name;
    /* Multiply-adds of one sample; NULL: none worth counting. */
    uint64_t (*macs)(const struct feri_graph *g, const struct feri_node *nd);
    void (*sizes)(const struct feri_plan *p, const struct feri_node *nd, size_t n,
                  struct feri_sizes *s); /* NULL: nothing */
    void (*forward)(struct feri_exec *e, const struct feri_node *nd);
    /* Writes (or adds to, see feri_accumulates) the gradients of inputs and parameters that have one. */
    void (*backward)(struct feri_exec *e, const struct feri_node *nd);
    bool backward_reads_in, backward_reads_out; /* values that must live until the backward pass */
    bool in_place;                              /* inference: the output may lie on in[0] when that dies here */
    bool alias;                                 /* the output is in[0] under another shape: no code runs */
};

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

#define FERI_OP(name) extern const struct feri_op feri_op_##name;
#include "graph/ops.def"
#undef FERI_OP

/* ---- building (ops/) ---- */

/** Remember the first mistake; returns -1. */
feri_value feri_graph_fail(struct feri_graph *g, fer_status st, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** True when v is a usable value (and nothing has failed so far). */
bool feri_graph_has(struct feri_graph *g, feri_value v);
/** Add a node over these inputs whose output has this shape; NULL when the graph has failed. Inputs that are not usable
 * fail it. */
struct feri_node *feri_node_add(struct feri_graph *g, const struct feri_op *op, const char *name, int n_in,
                                const feri_value *in, struct feri_shape out);
/** Declare "<scope>.<name>.<suffix>" (suffix may be NULL) and return its index, or -1. */
int feri_param_add(struct feri_graph *g, const char *name, const char *suffix, enum feri_param_kind kind, size_t n_dims,
                   const size_t *dims, size_t fan_in);

static inline size_t feri_shape_size(struct feri_shape s)
{
    return s.h * s.w * s.c;
}

/* ---- running (ops/) ---- */

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
static inline size_t feri_div_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}
static inline size_t feri_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- parallel.c: work cut the same way for any number of threads ---- */

/** Rows of a task where the cut does not change a bit; about `most`. */
size_t feri_rows_step(const struct feri_exec *e, size_t rows, size_t most);
/** c[m][n] by the kernel, cut into blocks of rows and columns. */
void feri_parallel_gemm(struct feri_exec *e, const struct feri_gemm *g, size_t m, size_t n);
size_t feri_packed_size(const struct feri_kernels *k, size_t kdim, size_t n);
void feri_parallel_pack(struct feri_exec *e, size_t kdim, size_t n, const float *b, size_t b_ks, size_t b_ns,
                        float *out);
/** Chunks that a reduction over `rows` rows is cut into; chunk i is rows [i * step, min(rows, (i + 1) * step)). */
size_t feri_reduce_chunks(size_t rows, size_t *step_out);
/** out[i] = sum over chunks of partial[chunk * count + i], in order. */
void feri_reduce_partials(struct feri_exec *e, size_t chunks, size_t count, const float *partial, float *out);
/** Call fn for ranges [begin, end) of about `grain` items. */
typedef void feri_range_fn(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker);
void feri_parallel_ranges(struct feri_exec *e, const struct feri_node *nd, size_t count, size_t grain,
                          feri_range_fn *fn);

/** Weight and bias gradients of y = x w' + b:  dw[o][i] = sum over rows of dy[r][o] x[r][i], db[o] = sum of dy[r][o];
 * either may be NULL. scratch: feri_weight_grad_scratch(). Worker scratch: gemm_tn_scratch(min(o, block), i). */
struct feri_weight_grad {
    size_t rows, o, i;
    const float *dy, *x;
    float *dw, *db;
    float *scratch;
};
size_t feri_weight_grad_scratch(size_t rows, size_t o, size_t i);
size_t feri_weight_grad_worker(const struct feri_kernels *k, size_t o, size_t i);
void feri_weight_grad(struct feri_exec *e, const struct feri_weight_grad *w);

/** The refusal of a batch that needs more bytes than there are. */
fer_status feri_batch_too_large(size_t batch, double need, fer_error *err);

/* ---- lanes.c: inference of many samples, each thread on samples of its own ---- */

fer_status feri_lanes_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                          struct feri_lanes **lanes_out, fer_error *err);
void feri_lanes_free(struct feri_lanes *l);
float *feri_lanes_input(struct feri_lanes *l); /* [batch_max] samples */
float *feri_lanes_output(struct feri_lanes *l);
size_t feri_lanes_size(const struct feri_lanes *l); /* bytes */
void feri_lanes_forward(struct feri_lanes *l, size_t n);
void feri_lanes_profile(struct feri_lanes *l, bool on);
/** Move the lanes' times into `times`, as if the work had been shared evenly. */
void feri_lanes_take_times(struct feri_lanes *l, struct feri_node_time *times);

/* ---- compiler ---- */

/** Rewrite p->nodes (a copy of the graph's): passes.c. */
fer_status feri_plan_fuse_training(struct feri_plan *p);
fer_status feri_plan_fuse_inference(struct feri_plan *p, fer_error *err);
/** How often a value is read by the plan's nodes (the graph's output counts as one). */
size_t feri_plan_uses(const struct feri_plan *p, feri_value v);

/* A buffer of the arena and the steps at which it is alive; layout.c gives it a place. */
struct feri_buffer {
    size_t size;        /* floats */
    size_t first, last; /* inclusive */
    size_t offset;      /* floats, a multiple of FERI_ALIGN bytes */
};
/** Place all buffers so that those alive at the same step do not overlap; *total_out floats. */
fer_status feri_layout(struct feri_buffer *buffers, size_t n, size_t *total_out, fer_error *err);

#endif
