/* One small network per operation. The operation follows a 1x1 convolution. The gradient of its weight shows whether
 * the operation's gradient with respect to its input is right. */
#ifndef CASES_H
#define CASES_H

#include "graph/exec.h"

typedef feri_value build_fn(struct feri_graph *g, feri_value x);

struct op_case {
    const char *what;
    build_fn *build;
    size_t h, w, c;
};

/* ---- one builder per operation ---- */

static feri_value branch(struct feri_graph *g, feri_value x, const char *name, size_t out)
{
    return feri_conv2d(g, x, name, (struct feri_conv){.out = out, .bias = true});
}

static feri_value op_conv3(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 5, .kernel = 3, .pad = 1, .bias = true});
}
static feri_value op_conv3_stride(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 9, .kernel = 3, .stride = 2, .pad = 1});
}
static feri_value op_conv7(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 4, .kernel = 7, .stride = 2, .pad = 3});
}
static feri_value op_conv_groups(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 6, .kernel = 3, .pad = 1, .groups = 2, .bias = true});
}
static feri_value op_conv_groups_stride(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 6, .kernel = 5, .stride = 3, .pad = 2, .groups = 2});
}
static feri_value op_conv_grey(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 12, .kernel = 3, .pad = 1, .bias = true});
}
static feri_value op_conv_many(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 20, .kernel = 3, .pad = 1, .bias = true});
}
static feri_value op_conv_many_residual(struct feri_graph *g, feri_value x)
{
    return feri_add(g, feri_conv2d(g, x, "op", (struct feri_conv){.out = 18, .kernel = 3, .pad = 1}), x);
}
static feri_value op_conv_two_strides(struct feri_graph *g, feri_value x)
{
    feri_value y = feri_conv2d(g, x, "op", (struct feri_conv){.out = 5, .kernel = 3, .stride = 2, .pad = 1});
    return feri_add(g, y, feri_conv2d(g, x, "side", (struct feri_conv){.out = 5, .stride = 2}));
}
static feri_value op_conv_stack(struct feri_graph *g, feri_value x)
{
    x = feri_conv2d(g, x, "op", (struct feri_conv){.out = 11, .kernel = 4, .stride = 4});
    x = feri_activation(g, feri_batch_norm(g, x, "norm"), FERI_ACT_RELU);
    feri_value y = feri_conv2d(g, x, "left", (struct feri_conv){.out = 10, .kernel = 2, .stride = 2});
    return feri_concat(g, y, feri_conv2d(g, x, "right", (struct feri_conv){.out = 9, .kernel = 2, .stride = 2}), 'c');
}
static feri_value op_conv_1x1(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 7, .bias = true});
}
static feri_value op_conv_1x1_stride(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 7, .stride = 2});
}
static feri_value op_depthwise(struct feri_graph *g, feri_value x)
{
    size_t c = feri_value_shape(g, x).c;
    return feri_conv2d(g, x, "op",
                       (struct feri_conv){.out = c, .kernel = 4, .stride = 4, .pad = 2, .groups = c, .bias = true});
}
static feri_value op_mixed(struct feri_graph *g, feri_value x)
{
    return feri_mixed_depthwise(g, x, "op", 3, (const size_t[]){2, 3, 1}, (const size_t[]){3, 5, 7}, 1);
}
static feri_value op_mixed_stride(struct feri_graph *g, feri_value x)
{
    return feri_mixed_depthwise(g, x, "op", 4, (const size_t[]){2, 1, 2, 1}, (const size_t[]){3, 5, 7, 9}, 2);
}
static feri_value op_linear(struct feri_graph *g, feri_value x)
{
    return feri_linear(g, x, "op", 11, true);
}
static feri_value op_batch_norm(struct feri_graph *g, feri_value x)
{
    return feri_batch_norm(g, x, "op");
}
static feri_value op_batch_norm_relu(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, feri_batch_norm(g, x, "op"), FERI_ACT_RELU);
}
static feri_value op_conv_batch_norm_prelu(struct feri_graph *g, feri_value x)
{
    x = feri_conv2d(g, x, "op", (struct feri_conv){.out = 8, .kernel = 3, .pad = 1});
    return feri_prelu(g, feri_batch_norm(g, x, "norm"), "slope");
}
static feri_value op_residual_block(struct feri_graph *g, feri_value x)
{
    feri_value y = feri_conv2d(g, x, "op", (struct feri_conv){.out = 6, .kernel = 3, .pad = 1});
    return feri_add(g, feri_batch_norm(g, y, "norm"), x);
}
static feri_value op_layer_norm(struct feri_graph *g, feri_value x)
{
    return feri_layer_norm(g, x, "op");
}
static feri_value op_prelu(struct feri_graph *g, feri_value x)
{
    return feri_prelu(g, x, "op");
}
static feri_value op_relu(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_RELU);
}
static feri_value op_relu6(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_RELU6);
}
static feri_value op_gelu(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_GELU);
}
static feri_value op_hswish(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_HSWISH);
}
static feri_value op_sigmoid(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_SIGMOID);
}
static feri_value op_tanh(struct feri_graph *g, feri_value x)
{
    return feri_activation(g, x, FERI_ACT_TANH);
}
static feri_value op_two_heads(struct feri_graph *g, feri_value x)
{
    x = feri_mean_hw(g, x);
    feri_value va = feri_activation(g, feri_linear(g, x, "va", 2, true), FERI_ACT_TANH);
    return feri_concat(g, feri_linear(g, x, "op", 5, true), va, 'c');
}
static feri_value op_max_pool(struct feri_graph *g, feri_value x)
{
    return feri_max_pool(g, x, 3, 2, 1);
}
static feri_value op_upsample(struct feri_graph *g, feri_value x)
{
    feri_value y = feri_upsample(g, x);
    return feri_mul(g, y, feri_upsample(g, x));
}
static feri_value op_axis_means(struct feri_graph *g, feri_value x)
{
    return feri_axis_means(g, x);
}
static feri_value op_mean_w(struct feri_graph *g, feri_value x)
{
    return feri_mean_w(g, x);
}
static feri_value op_mean_h(struct feri_graph *g, feri_value x)
{
    return feri_mean_h(g, x);
}
static feri_value op_mean_hw(struct feri_graph *g, feri_value x)
{
    return feri_mean_hw(g, x);
}
static feri_value op_reshape(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    return feri_activation(g, feri_reshape(g, x, 1, s.h * s.w, s.c), FERI_ACT_SIGMOID);
}
static feri_value op_slices(struct feri_graph *g, feri_value x)
{
    feri_value a = feri_slice(g, feri_slice(g, feri_slice(g, x, 'h', 1, 2), 'w', 0, 3), 'c', 2, 3);
    return feri_mul(g, a, a);
}
static feri_value op_concat(struct feri_graph *g, feri_value x)
{
    feri_value y = feri_concat(g, x, branch(g, x, "left", 4), 'c');
    y = feri_concat(g, y, branch(g, x, "right", feri_value_shape(g, y).c), 'h');
    return feri_concat(g, y, y, 'w');
}
static feri_value op_add(struct feri_graph *g, feri_value x)
{
    return feri_add(g, feri_add(g, x, branch(g, x, "b", feri_value_shape(g, x).c)), x);
}
static feri_value op_mul(struct feri_graph *g, feri_value x)
{
    return feri_mul(g, x, branch(g, x, "b", feri_value_shape(g, x).c));
}
static feri_value op_gate(struct feri_graph *g, feri_value x)
{
    size_t c = feri_value_shape(g, x).c;
    feri_value row = feri_activation(g, branch(g, feri_mean_w(g, x), "row", c), FERI_ACT_SIGMOID);
    feri_value column = feri_activation(g, branch(g, feri_mean_h(g, x), "column", c), FERI_ACT_SIGMOID);
    return feri_gate(g, x, row, column);
}
static feri_value op_attention(struct feri_graph *g, feri_value x)
{
    return feri_attention(g, feri_linear(g, x, "qkv", 24, false), 2, 0);
}
static feri_value op_attention_dropout(struct feri_graph *g, feri_value x)
{
    return feri_attention(g, feri_linear(g, x, "qkv", 24, true), 4, 0.3f);
}
static feri_value op_softmax(struct feri_graph *g, feri_value x)
{
    return feri_softmax(g, x);
}
static feri_value op_sequence_pool(struct feri_graph *g, feri_value x)
{
    return feri_sequence_pool(g, x, feri_linear(g, x, "score", 1, true));
}
static feri_value op_l2_normalize(struct feri_graph *g, feri_value x)
{
    return feri_l2_normalize(g, x);
}
static feri_value op_dropout(struct feri_graph *g, feri_value x)
{
    return feri_dropout(g, x, 0.4f);
}
static feri_value op_drop_path(struct feri_graph *g, feri_value x)
{
    return feri_add(g, feri_drop_path(g, branch(g, x, "b", feri_value_shape(g, x).c), 0.8f), feri_drop_path(g, x, 1));
}
static feri_value op_position(struct feri_graph *g, feri_value x)
{
    return feri_position(g, x, "position");
}

static const struct op_case cases[] = {
    {"conv 3x3", op_conv3, 5, 4, 6},
    {"conv 3x3 stride 2", op_conv3_stride, 7, 6, 3},
    {"conv 7x7 stride 2", op_conv7, 9, 8, 3},
    {"conv 3x3 in two groups", op_conv_groups, 4, 5, 8},
    {"conv 5x5 stride 3 in two groups", op_conv_groups_stride, 8, 7, 6},
    {"conv 3x3 of one channel", op_conv_grey, 5, 6, 1},
    {"conv 3x3 of many channels", op_conv_many, 6, 7, 17},
    {"conv 3x3 of many channels, residual", op_conv_many_residual, 6, 5, 18},
    {"conv 3x3 and 1x1, stride 2", op_conv_two_strides, 7, 6, 6},
    {"conv 4x4 stride 4, then twice 2x2 stride 2", op_conv_stack, 16, 8, 6},
    {"conv 1x1", op_conv_1x1, 3, 5, 6},
    {"conv 1x1 stride 2", op_conv_1x1_stride, 5, 5, 6},
    {"depthwise 4x4 stride 4", op_depthwise, 9, 10, 17},
    {"mixed depthwise", op_mixed, 6, 7, 6},
    {"mixed depthwise stride 2", op_mixed_stride, 8, 7, 6},
    {"linear", op_linear, 1, 5, 13},
    {"batch norm", op_batch_norm, 4, 3, 6},
    {"batch norm and ReLU", op_batch_norm_relu, 4, 3, 6},
    {"conv, batch norm and PReLU", op_conv_batch_norm_prelu, 4, 3, 6},
    {"residual block", op_residual_block, 4, 3, 6},
    {"layer norm", op_layer_norm, 1, 7, 18},
    {"PReLU", op_prelu, 3, 3, 19},
    {"ReLU", op_relu, 3, 3, 19},
    {"ReLU6", op_relu6, 3, 3, 19},
    {"GELU", op_gelu, 3, 3, 19},
    {"hard-swish", op_hswish, 3, 3, 19},
    {"sigmoid", op_sigmoid, 3, 3, 19},
    {"tanh", op_tanh, 3, 3, 19},
    {"classes with valence and arousal", op_two_heads, 3, 4, 9},
    {"max pool", op_max_pool, 6, 5, 2},
    {"upsample", op_upsample, 3, 4, 5},
    {"axis means", op_axis_means, 4, 6, 18},
    {"mean over w", op_mean_w, 4, 6, 5},
    {"mean over h", op_mean_h, 4, 6, 5},
    {"mean over both", op_mean_hw, 4, 6, 5},
    {"reshape", op_reshape, 2, 3, 4},
    {"slices", op_slices, 4, 4, 6},
    {"concatenation", op_concat, 2, 3, 5},
    {"add", op_add, 3, 2, 5},
    {"mul", op_mul, 3, 2, 5},
    {"gate", op_gate, 4, 3, 18},
    {"attention", op_attention, 1, 9, 8},
    {"attention with dropout", op_attention_dropout, 1, 9, 8},
    {"softmax", op_softmax, 1, 6, 9},
    {"sequence pooling", op_sequence_pool, 1, 7, 8},
    {"L2 normalisation", op_l2_normalize, 3, 4, 6},
    {"dropout", op_dropout, 3, 4, 6},
    {"drop path", op_drop_path, 3, 4, 6},
    {"position", op_position, 3, 4, 6},
};
#define N_CASES (sizeof cases / sizeof *cases)

#endif
