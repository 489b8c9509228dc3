/* A network's description: values (static shapes per sample), nodes (operations) and parameters by their PyTorch names.
 *
 * Building is sticky: the first mistake is remembered in the graph, every later call returns -1, and
 * feri_graph_check() reports it. So a model reads as a sequence of calls without error handling between them.
 * A value is h x w x c per sample, channels last; the batch is known only at run time. A token sequence of t
 * tokens of width d is 1 x t x d. A graph is a plain description: compile it with feri_plan_new() (graph/plan.h).
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
    FERI_PARAM_WEIGHT, /* of conv and linear: weight decay applies */
    FERI_PARAM_BIAS,
    FERI_PARAM_NORM_WEIGHT,
    FERI_PARAM_NORM_BIAS,
    FERI_PARAM_SLOPE,        /* of PReLU */
    FERI_PARAM_RUNNING_MEAN, /* from here on: buffers, not trained, not counted as parameters */
    FERI_PARAM_RUNNING_VAR,
    FERI_PARAM_COUNTER /* BN's num_batches_tracked: one float here, an int64 scalar in files */
};

/* How a parameter lies in memory, given PyTorch's shape in dims. */
enum feri_param_layout {
    FERI_LAYOUT_PLAIN, /* as in PyTorch, row-major */
    FERI_LAYOUT_OHWI,  /* PyTorch [O, I, kh, kw] lies here as [O, kh, kw, I] */
    FERI_LAYOUT_HWC    /* depthwise: PyTorch [C, 1, kh, kw] lies here as [kh, kw, C] */
};

struct feri_param {
    char *name; /* PyTorch's state_dict name */
    enum feri_param_kind kind;
    enum feri_param_layout layout;
    size_t n_dims, dims[4]; /* PyTorch's shape; a COUNTER has n_dims 0 */
    size_t count;
    size_t fan_in;      /* for initialisation */
    float *data;        /* [count], in `layout`; NULL: not held, see feri_graph_hold() */
    const void *stored; /* where the graph's reader finds it; NULL: its first value */
    bool used;          /* false: in the state_dict, but the forward pass does not read it */
};

static inline bool feri_param_is_buffer(const struct feri_param *p)
{
    return p->kind >= FERI_PARAM_RUNNING_MEAN;
}

/** Hold these numbers, in PyTorch's row-major order (count floats); false when out of memory. */
bool feri_param_set(struct feri_param *p, const float *torch_in);
/** Copy between PyTorch's order and any array that lies like the parameter (gradient, optimiser state). */
void feri_param_to_torch(const struct feri_param *p, const float *in, float *torch_out);
void feri_param_from_torch(const struct feri_param *p, const float *torch_in, float *out);

struct feri_graph;

fer_status feri_graph_new(struct feri_graph **graph_out, fer_error *err);
void feri_graph_free(struct feri_graph *g);
/** FER_OK, or the first mistake made while building. */
fer_status feri_graph_check(const struct feri_graph *g, fer_error *err);
/** For a model's own rules: fail the graph with FER_ERR_ARGUMENT and this sentence. Returns -1. */
feri_value feri_graph_refuse(struct feri_graph *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

size_t feri_graph_n_params(const struct feri_graph *g);
struct feri_param *feri_graph_param(struct feri_graph *g, size_t i);
/** NULL if there is none of this name. */
struct feri_param *feri_graph_find_param(struct feri_graph *g, const char *name);
/** Trained parameters, buffers left out: what papers report. */
size_t feri_graph_count_params(const struct feri_graph *g);
/** Multiply-adds of one sample in convolutions and linear layers, as papers count them: the products within attention
 * are left out. */
uint64_t feri_graph_macs(const struct feri_graph *g);
struct feri_shape feri_value_shape(const struct feri_graph *g, feri_value v);
/** What the linear layer that made v reads: the features behind a classifier's logits. -1, and a failed graph, if
 * another operation made v. */
feri_value feri_linear_input(struct feri_graph *g, feri_value v);
/** PyTorch's default initialisation: conv and linear weights Kaiming-uniform with a = sqrt 5 (= +-1/sqrt(fan_in)),
 * biases
 *  +-1/sqrt(fan_in), norms 1 and 0, slopes 0.25, running statistics 0 and 1. Same seed, same bits. */
void feri_graph_init_params(struct feri_graph *g, uint64_t seed);

/* Parameters are made when somebody wants them: an inference plan reads each once, to fold and pack it, and needs no
 * array of the graph's; a training plan holds them all. Reading does not change the graph, so plans of one graph may be
 * made by several threads. */

/** Copies a parameter's numbers in PyTorch's order from param->stored; false if they cannot be read. */
typedef bool feri_stored_fn(void *user, const void *stored, float *torch_out);
void feri_graph_set_reader(struct feri_graph *g, feri_stored_fn *fn, void *user);
/** The numbers of parameter i wherever they are, as the parameter lies or in PyTorch's order; false when out of memory.
 */
bool feri_graph_read_param(const struct feri_graph *g, size_t i, float *out);
bool feri_graph_read_torch(const struct feri_graph *g, size_t i, float *torch_out);
/** Give every parameter its array, and forget where it was stored. */
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
/** PReLU with one slope per channel, parameter <name>.weight. */
feri_value feri_prelu(struct feri_graph *g, feri_value x, const char *name);
/** RELU, GELU, HSWISH, SIGMOID or TANH. */
feri_value feri_activation(struct feri_graph *g, feri_value x, enum feri_act act);
feri_value feri_max_pool(struct feri_graph *g, feri_value x, size_t kernel, size_t stride, size_t pad);
/** Twice as high and wide, every value four times: 2h x 2w x c. */
feri_value feri_upsample(struct feri_graph *g, feri_value x);
/** Mean over w: h x 1 x c.  Mean over h: 1 x w x c.  Mean over both: 1 x 1 x c. */
feri_value feri_mean_w(struct feri_graph *g, feri_value x);
feri_value feri_mean_h(struct feri_graph *g, feri_value x);
feri_value feri_mean_hw(struct feri_graph *g, feri_value x);
/** Both at once, stacked: (h + w) x 1 x c, the h means over w first, then the w means over h (what coordinate attention
 * looks at). */
feri_value feri_axis_means(struct feri_graph *g, feri_value x);
/** The same numbers in another shape of the same size (channels last order). */
feri_value feri_reshape(struct feri_graph *g, feri_value x, size_t h, size_t w, size_t c);
/** Positions [first, first + count) along the axis 'h', 'w' or 'c'. */
feri_value feri_slice(struct feri_graph *g, feri_value x, char axis, size_t first, size_t count);
/** Side by side along 'h', 'w' or 'c'. */
feri_value feri_concat(struct feri_graph *g, feri_value a, feri_value b, char axis);
feri_value feri_add(struct feri_graph *g, feri_value a, feri_value b);
/** Product of two values of the same shape. */
feri_value feri_mul(struct feri_graph *g, feri_value a, feri_value b);
/** x * row * column, row h x 1 x c, column 1 x w x c (coordinate attention's gates). */
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
/** Stochastic depth of a residual branch, with `share` (0..1) of the rate that the training plan asks for; without one:
 * nothing. */
feri_value feri_drop_path(struct feri_graph *g, feri_value x, float share);
/** Learned position embedding x + p; parameter <name>, shape [1, h w, c]. */
feri_value feri_position(struct feri_graph *g, feri_value x, const char *name);
/** Declare parameters that the state_dict holds but the forward pass does not read: a batch norm, layer norm or PReLU
 * of c channels. */
void feri_unused_batch_norm(struct feri_graph *g, const char *name, size_t c);
void feri_unused_layer_norm(struct feri_graph *g, const char *name, size_t c);
void feri_unused_prelu(struct feri_graph *g, const char *name, size_t c);

#endif
