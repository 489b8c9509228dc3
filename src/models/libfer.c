/* libfer-s and libfer-xs: a residual stem and a small encoder. The positions of the stem's 6 x 6 map (for a 48 x 48
 * face) are the encoder's tokens.
 *
 *   stem      3x3 convolution, full size
 *   stage 1-3 3x3 convolution of stride 2, then one residual block of two 3x3 convolutions (He et al. 2016)
 *   tokens    the positions of the last map, plus a learned position embedding
 *   encoder   two pre-norm layers (Vaswani et al. 2017; Xiong et al. 2020), 4 heads, feed-forward 2x, layer norm
 *   head      sequence pooling (Hassani et al. 2021), linear classifier
 *
 * Batch norm follows every convolution. In training, stochastic depth may drop residual branches, deeper ones more
 * often. */
#include "models/conv_layers.h"
#include "models/families.h"
#include "models/head_layers.h"

struct size {
    size_t stem, widths[3], layers, heads;
    float dropout, head_dropout;
};

static const struct size sizes[] = {
    {.stem = 24, .widths = {40, 80, 160}, .layers = 2, .heads = 4, .dropout = 0.1f, .head_dropout = 0.2f}, /* s */
    {.stem = 16, .widths = {16, 32, 96}, .layers = 2, .heads = 4, .dropout = 0.05f, .head_dropout = 0.1f}, /* xs */
};

static feri_value conv_bn(struct feri_graph *g, feri_value x, const char *conv, const char *bn, struct feri_conv c)
{
    c.kernel = 3;
    c.pad = 1;
    return feri_conv_bn(g, x, conv, bn, c);
}

static feri_value residual_block(struct feri_graph *g, feri_value x, float depth)
{
    struct feri_conv same = {.out = feri_value_shape(g, x).c};
    feri_value y = conv_bn(g, feri_relu(g, conv_bn(g, x, "conv1", "bn1", same)), "conv2", "bn2", same);
    return feri_relu(g, feri_add(g, feri_drop_path(g, y, depth), x));
}

static feri_value stage(struct feri_graph *g, feri_value x, size_t width, float depth)
{
    x = feri_relu(g, conv_bn(g, x, "down", "down_bn", (struct feri_conv){.out = width, .stride = 2}));
    feri_scope_push(g, "0");
    x = residual_block(g, x, depth);
    feri_scope_pop(g);
    return x;
}

static feri_value attend(struct feri_graph *g, feri_value x, const struct size *s)
{
    size_t d = feri_value_shape(g, x).c;
    x = feri_linear(g, feri_layer_norm(g, x, "norm1"), "qkv", 3 * d, true);
    x = feri_linear(g, feri_attention(g, x, s->heads, s->dropout), "projection", d, true);
    return feri_dropout(g, x, s->dropout);
}

static feri_value feed_forward(struct feri_graph *g, feri_value x, const struct size *s)
{
    size_t d = feri_value_shape(g, x).c;
    x = feri_activation(g, feri_linear(g, feri_layer_norm(g, x, "norm2"), "ff1", 2 * d, true), FERI_ACT_GELU);
    return feri_dropout(g, feri_linear(g, feri_dropout(g, x, s->dropout), "ff2", d, true), s->dropout);
}

static feri_value encode(struct feri_graph *g, feri_value x, const struct size *s)
{
    float branches = (float)(3 + 2 * s->layers);
    x = feri_position(g, x, "position");
    for (size_t i = 0; i < s->layers; i++) {
        feri_scope_push(g, "encoder.%zu", i);
        x = feri_add(g, x, feri_drop_path(g, attend(g, x, s), (float)(4 + 2 * i) / branches));
        x = feri_add(g, x, feri_drop_path(g, feed_forward(g, x, s), (float)(5 + 2 * i) / branches));
        feri_scope_pop(g);
    }
    return feri_layer_norm(g, x, "norm");
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    const struct size *s = &sizes[n - 1];
    x = feri_relu(g, conv_bn(g, x, "stem", "stem_bn", (struct feri_conv){.out = s->stem}));
    for (size_t i = 0; i < 3; i++) {
        feri_scope_push(g, "stage%zu", i + 1);
        x = stage(g, x, s->widths[i], (float)(1 + i) / (float)(3 + 2 * s->layers));
        feri_scope_pop(g);
    }
    struct feri_shape map = feri_value_shape(g, x);
    x = encode(g, feri_reshape(g, x, 1, map.h * map.w, map.c), s);
    x = feri_sequence_pool(g, x, feri_linear(g, x, "attention_pool", 1, true));
    return feri_head_classes(g, feri_dropout(g, x, s->head_dropout), classes);
}

static const fer_model_entry entries[] = {
    {"libfer-s", "residual stem, its 6 x 6 positions as tokens, 2 encoder layers"},
    {"libfer-xs", "the same with fewer channels: a third of the time"},
    {0}};

const struct feri_family feri_family_libfer = {.prefix = "libfer",
                                               .n_min = 1,
                                               .n_max = 2,
                                               .sizes = {"s", "xs"},
                                               .input = 48,
                                               .channels = 1,
                                               .preprocess = "half",
                                               .build = build,
                                               .first_weight = "stem.weight",
                                               .entries = entries};
