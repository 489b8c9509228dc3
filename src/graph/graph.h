/* The description of a network: values (static shapes per sample), nodes (operations) and parameters with their PyTorch
 * names.
 *
 * Errors while building are sticky: the graph remembers the first one, every later call returns -1, and
 * feri_graph_check() reports it. So a model reads as a sequence of calls without error handling between them. A value
 * is h x w x c per sample, channels last; the batch size is known only at run time. A sequence of t tokens of width d
 * is 1 x t x d. A graph is only a description: compile it with feri_plan_new() (graph/plan.h).
 */
#ifndef FERI_GRAPH_GRAPH_H
#define FERI_GRAPH_GRAPH_H

#include "fer/base.h"
#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int feri_value; /* index of a value of the graph; negative: none or failed */

struct feri_shape {
    size_t h, w, c;
};

enum feri_param_kind {
    FERI_PARAM_WEIGHT, /* of conv and linear: weight decay applies to it */
    FERI_PARAM_BIAS,
    FERI_PARAM_NORM_WEIGHT,
    FERI_PARAM_NORM_BIAS,
    FERI_PARAM_SLOPE, /* of PReLU */
    /* this one and the following are buffers: not trained, not counted as parameters */
    FERI_PARAM_RUNNING_MEAN,
    FERI_PARAM_RUNNING_VAR,
    FERI_PARAM_COUNTER /* BN's num_batches_tracked: one float here, an int64 scalar in files */
};

/* The memory layout of a parameter, given PyTorch's shape in dims. */
enum feri_param_layout {
    FERI_LAYOUT_PLAIN, /* as in PyTorch, row-major */
    FERI_LAYOUT_OHWI,  /* PyTorch's [O, I, kh, kw] is stored as [O, kh, kw, I] */
    FERI_LAYOUT_HWC    /* depthwise: PyTorch's [C, 1, kh, kw] is stored as [kh, kw, C] */
};

struct feri_param {
    char *name; /* PyTorch's state_dict name */
    enum feri_param_kind kind;
    enum feri_param_layout layout;
    size_t n_dims, dims[4]; /* PyTorch's shape; a COUNTER has n_dims 0 */
    size_t count;
    size_t fan_in; /* for initialisation */
    float *data;   /* [count], in `layout`; NULL: the graph does not hold it, see feri_graph_hold() */
    /* where the graph's reader finds the numbers; NULL: they have their initial value */
    const void *stored;
    bool used; /* false: in the state_dict, but the forward pass does not read it */
};

static inline bool feri_param_is_buffer(const struct feri_param *p)
{
    return p->kind >= FERI_PARAM_RUNNING_MEAN;
}

/** Hold these numbers (count floats in PyTorch's row-major order). False when out of memory. */
bool feri_param_set(struct feri_param *p, const float *torch_in);
/** Copy between PyTorch's order and an array with the parameter's layout (gradient, optimiser state). */
void feri_param_to_torch(const struct feri_param *p, const float *in, float *torch_out);
void feri_param_from_torch(const struct feri_param *p, const float *torch_in, float *out);

struct feri_graph;

fer_status feri_graph_new(struct feri_graph **graph_out, fer_error *err);
void feri_graph_free(struct feri_graph *g);
/** FER_OK, or the first mistake made while building. */
fer_status feri_graph_check(const struct feri_graph *g, fer_error *err);
/** Report a violation of a model's own rules: the graph fails with FER_ERR_ARGUMENT and this message. Returns -1. */
feri_value feri_graph_refuse(struct feri_graph *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

size_t feri_graph_n_params(const struct feri_graph *g);
struct feri_param *feri_graph_param(struct feri_graph *g, size_t i);
/** NULL if no parameter has this name. */
struct feri_param *feri_graph_find_param(struct feri_graph *g, const char *name);
/** The number of trained parameters without buffers, as papers report it. */
size_t feri_graph_count_params(const struct feri_graph *g);
/** Multiply-adds of one sample in convolutions and linear layers, as papers count them: without the products inside
 * attention. */
uint64_t feri_graph_macs(const struct feri_graph *g);
struct feri_shape feri_value_shape(const struct feri_graph *g, feri_value v);
/** The input of the linear layer that produced v: the features from which a classifier computes its logits. If another
 * operation produced v, returns -1 and the graph fails. */
feri_value feri_linear_input(struct feri_graph *g, feri_value v);
/** PyTorch's default initialisation. Weights of conv and linear: Kaiming-uniform with a = sqrt 5 (= +-1/sqrt(fan_in)).
 * Biases: +-1/sqrt(fan_in). Norms: 1 and 0. Slopes: 0.25. Running statistics: 0 and 1. The same seed gives the same
 * bits. */
void feri_graph_init_params(struct feri_graph *g, uint64_t seed);

/* Parameter arrays are created on demand. An inference plan reads each parameter once, to fold and pack it, and needs
 * no array in the graph. A training plan holds them all. Reading does not change the graph, so several threads may
 * compile plans of one graph. */

/** Copies a parameter's numbers in PyTorch's order from param->stored; false if they cannot be read. */
typedef bool feri_stored_fn(void *user, const void *stored, float *torch_out);
void feri_graph_set_reader(struct feri_graph *g, feri_stored_fn *fn, void *user);
/** The numbers of parameter i, wherever they are stored, in the parameter's layout or in PyTorch's order. False when
 * out of memory.
 */
bool feri_graph_read_param(const struct feri_graph *g, size_t i, float *out);
bool feri_graph_read_torch(const struct feri_graph *g, size_t i, float *torch_out);
/** Create the array of every parameter and drop the stored source. */
fer_status feri_graph_hold(struct feri_graph *g, fer_error *err);

/* ---- names: parameters are called <scope>.<name>.weight and so on ---- */
void feri_scope_push(struct feri_graph *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void feri_scope_pop(struct feri_graph *g);

/* ---- operations ---- */
feri_value feri_input(struct feri_graph *g, size_t h, size_t w, size_t c);
/** The graph's result (exactly one). */
void feri_output(struct feri_graph *g, feri_value x);

struct feri_conv {
    size_t out;                 /* output channels */
    size_t kernel, stride, pad; /* square; stride 0 means 1, kernel 0 means 1 */
    size_t groups;              /* 0 means 1 */
    bool bias;
};
feri_value feri_conv2d(struct feri_graph *g, feri_value x, const char *name, struct feri_conv conv);
/** Depthwise convolutions of several kernel sizes on consecutive channel ranges; parameters <name>.<i>.weight; pad =
 * kernel / 2, no bias. */
feri_value feri_mixed_depthwise(struct feri_graph *g, feri_value x, const char *name, size_t n_parts,
                                const size_t *channels, const size_t *kernels, size_t stride);
feri_value feri_linear(struct feri_graph *g, feri_value x, const char *name, size_t out, bool bias);
feri_value feri_batch_norm(struct feri_graph *g, feri_value x, const char *name);
feri_value feri_layer_norm(struct feri_graph *g, feri_value x, const char *name);
/** PReLU with one slope per channel; parameter <name>.weight. */
feri_value feri_prelu(struct feri_graph *g, feri_value x, const char *name);
/** RELU, RELU6, GELU, HSWISH, SIGMOID or TANH. */
feri_value feri_activation(struct feri_graph *g, feri_value x, enum feri_act act);
feri_value feri_max_pool(struct feri_graph *g, feri_value x, size_t kernel, size_t stride, size_t pad);
/** Double the height and width; every value appears four times: 2h x 2w x c. */
feri_value feri_upsample(struct feri_graph *g, feri_value x);
/** Mean over w: h x 1 x c.  Mean over h: 1 x w x c.  Mean over both: 1 x 1 x c. */
feri_value feri_mean_w(struct feri_graph *g, feri_value x);
feri_value feri_mean_h(struct feri_graph *g, feri_value x);
feri_value feri_mean_hw(struct feri_graph *g, feri_value x);
/** Both means in one stack: (h + w) x 1 x c. First the h means over w, then the w means over h (the input of coordinate
 * attention). */
feri_value feri_axis_means(struct feri_graph *g, feri_value x);
/** The same numbers in another shape of the same size (channels-last order). */
feri_value feri_reshape(struct feri_graph *g, feri_value x, size_t h, size_t w, size_t c);
/** Positions [first, first + count) along the axis 'h', 'w' or 'c'. */
feri_value feri_slice(struct feri_graph *g, feri_value x, char axis, size_t first, size_t count);
/** Concatenate along 'h', 'w' or 'c'. */
feri_value feri_concat(struct feri_graph *g, feri_value a, feri_value b, char axis);
feri_value feri_add(struct feri_graph *g, feri_value a, feri_value b);
/** Product of two values of the same shape. */
feri_value feri_mul(struct feri_graph *g, feri_value a, feri_value b);
/** x * row * column, where row is h x 1 x c and column is 1 x w x c (the gates of coordinate attention). */
feri_value feri_gate(struct feri_graph *g, feri_value x, feri_value row, feri_value column);
/** Multi-head self-attention on qkv (1 x t x 3d, laid out [3][heads][d / heads]): softmax(q k' / sqrt(d / heads)) v,
 * with dropout on the attention weights in training. Result 1 x t x d. */
feri_value feri_attention(struct feri_graph *g, feri_value qkv, size_t heads, float dropout);
feri_value feri_softmax(struct feri_graph *g, feri_value x);
/** Sequence pooling: weights = softmax over tokens of score (1 x t x 1); result 1 x 1 x d = sum of weight * x. */
feri_value feri_sequence_pool(struct feri_graph *g, feri_value x, feri_value score);
/** Divide each position by its L2 norm over channels; zero stays zero. */
feri_value feri_l2_normalize(struct feri_graph *g, feri_value x);
feri_value feri_dropout(struct feri_graph *g, feri_value x, float p);
/** Stochastic depth of a residual branch. Its rate is `share` (0..1) of the training plan's rate. Without such a rate
 * it does nothing. */
feri_value feri_drop_path(struct feri_graph *g, feri_value x, float share);
/** Learned position embedding x + p; parameter <name>, shape [1, h w, c]. */
feri_value feri_position(struct feri_graph *g, feri_value x, const char *name);
/** Declare parameters that the state_dict holds but the forward pass does not read: those of a batch norm, layer norm
 * or PReLU of c channels. */
void feri_unused_batch_norm(struct feri_graph *g, const char *name, size_t c);
void feri_unused_layer_norm(struct feri_graph *g, const char *name, size_t c);
void feri_unused_prelu(struct feri_graph *g, const char *name, size_t c);

#endif
