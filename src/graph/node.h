/* Nodes, operations and their graph, and the functions with which operations build nodes. */
#ifndef FERI_GRAPH_NODE_H
#define FERI_GRAPH_NODE_H

#include "base/error.h"
#include "base/mem.h"
#include "graph/plan.h"

#include <assert.h>
#include <string.h>

#define FERI_PARTS_MAX  4 /* kernel sizes of one mixed depthwise convolution */
#define FERI_INPUTS_MAX 3
#define FERI_STACK_MAX  2     /* convolutions that a stack computes from one value */
#define FERI_NORM_EPS   1e-5f /* of batch and layer norm, PyTorch's */
#define FERI_CHUNK      16384 /* floats per task of an operation that only passes over them */

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
    char name[96]; /* parameter prefix, shortened if necessary; for profiles and messages */
    feri_value in[FERI_INPUTS_MAX], out;
    feri_value also; /* a second output, of a stack of convolutions; -1: none */
    int n_in;
    int param[FERI_ROLES];
    enum feri_act act; /* its own, or one fused into it */
    int residual;      /* index into in[] of a value that is added after the activation; -1: none */
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
    /* Inference only: constants that the compiler creates and the plan owns. For product and conv, `weight` is
     * packed. */
    float *weight, *bias, *slope;
    struct feri_stack *stack; /* conv_stack */
    /* while compiling: scale per output channel of a product's or conv's weight; NULL: ones */
    float *scale;
};

/* The convolutions that read another one's value, and are computed with it (ops/conv_stack.c). */
struct feri_stack {
    struct feri_node conv[FERI_STACK_MAX];
    size_t n;
    feri_value between; /* the value that they read, which is not stored */
};

struct feri_value_info {
    struct feri_shape shape;
    int producer; /* node index */
};

struct feri_graph {
    struct feri_param *params;
    size_t n_params, cap_params;
    uint64_t seed;          /* of parameters that are neither held nor stored */
    feri_stored_fn *reader; /* of parameters that are stored */
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

/* Floats that an operation needs for n samples, which are in this many slots of at most this many samples. */
struct feri_sizes {
    size_t slots, slot_samples; /* given */
    size_t saved;               /* kept from the forward to the backward pass */
    size_t forward;             /* shared scratch of the forward pass */
    size_t backward;            /* shared scratch of the backward pass */
    size_t worker;              /* scratch of each thread, both passes */
};

struct feri_op {
    const char *name;
    /* Multiply-adds of one sample; NULL: too few to count. */
    uint64_t (*macs)(const struct feri_graph *g, const struct feri_node *nd);
    void (*sizes)(const struct feri_plan *p, const struct feri_node *nd, size_t n,
                  struct feri_sizes *s); /* NULL: nothing */
    void (*forward)(struct feri_exec *e, const struct feri_node *nd);
    /* Writes (or adds to, see feri_accumulates) the gradients of inputs and parameters that have one. */
    void (*backward)(struct feri_exec *e, const struct feri_node *nd);
    bool backward_reads_in, backward_reads_out; /* values that must live until the backward pass */
    /* inference: the output may overwrite in[0] if no later node reads it */
    bool in_place;
    bool alias; /* the output is in[0] with another shape; no code runs */
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
/** Add a node that reads these inputs and whose output has this shape. NULL when the graph has failed; unusable inputs
 * make it fail. */
struct feri_node *feri_node_add(struct feri_graph *g, const struct feri_op *op, const char *name, int n_in,
                                const feri_value *in, struct feri_shape out);
/** Declare "<scope>.<name>.<suffix>" (suffix may be NULL) and return its index, or -1. */
int feri_param_add(struct feri_graph *g, const char *name, const char *suffix, enum feri_param_kind kind, size_t n_dims,
                   const size_t *dims, size_t fan_in);

static inline size_t feri_shape_size(struct feri_shape s)
{
    return s.h * s.w * s.c;
}

static inline size_t feri_div_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}
static inline size_t feri_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
