/* MCCT-n: MixedFeatureNet backbone (the MFN of DDAMFN, modified), patch extractor, n encoder layers. */
#include "models/families.h"
#include "models/patcher.h"

static feri_value conv_prelu(struct feri_graph *g, feri_value x, const char *name, struct feri_conv conv)
{
    feri_scope_push(g, "%s", name);
    x = feri_prelu(g, feri_batch_norm(g, feri_conv2d(g, x, "conv", conv), "bn"), "prelu");
    feri_scope_pop(g);
    return x;
}

/* Hou, Zhou, Feng 2021. */
static feri_value coordinate_attention(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    size_t m = s.c / 32 > 8 ? s.c / 32 : 8;
    feri_value y = feri_conv2d(g, feri_axis_means(g, x), "conv1", (struct feri_conv){.out = m, .bias = true});
    y = feri_activation(g, feri_batch_norm(g, y, "bn1"), FERI_ACT_HSWISH);
    feri_value rows = feri_slice(g, y, 'h', 0, s.h),
               columns = feri_reshape(g, feri_slice(g, y, 'h', s.h, s.w), 1, s.w, m);
    rows = feri_conv2d(g, rows, "conv2", (struct feri_conv){.out = s.c, .bias = true});
    columns = feri_conv2d(g, columns, "conv3", (struct feri_conv){.out = s.c, .bias = true});
    return feri_gate(g, x, feri_activation(g, rows, FERI_ACT_SIGMOID), feri_activation(g, columns, FERI_ACT_SIGMOID));
}

struct mix {
    size_t out, n_parts, channels[4], kernels[4], stride;
};

/* Inverted bottleneck with mixed depthwise kernels. The state_dict holds conv_dw's bn and prelu, but the published
 * forward pass skips them. */
static feri_value mix_block(struct feri_graph *g, feri_value x, struct mix b)
{
    size_t expand = 0;
    for (size_t i = 0; i < b.n_parts; i++) expand += b.channels[i];
    feri_value y = conv_prelu(g, x, "conv", (struct feri_conv){.out = expand});
    feri_scope_push(g, "conv_dw");
    y = feri_mixed_depthwise(g, y, "mixed_depthwise_conv", b.n_parts, b.channels, b.kernels, b.stride);
    feri_unused_batch_norm(g, "bn", expand);
    feri_unused_prelu(g, "prelu", expand);
    feri_scope_pop(g);
    feri_scope_push(g, "CA");
    y = coordinate_attention(g, y);
    feri_scope_pop(g);
    feri_scope_push(g, "project");
    y = feri_batch_norm(g, feri_conv2d(g, y, "conv", (struct feri_conv){.out = b.out}), "bn");
    feri_scope_pop(g);
    return y;
}

static feri_value mix(struct feri_graph *g, feri_value x, const char *name, struct mix b)
{
    feri_scope_push(g, "%s", name);
    x = mix_block(g, x, b);
    feri_scope_pop(g);
    return x;
}

static feri_value residual_mixes(struct feri_graph *g, feri_value x, const char *name, size_t n, struct mix b)
{
    for (size_t i = 0; i < n; i++) {
        feri_scope_push(g, "%s.model.%zu", name, i);
        x = feri_add(g, x, mix_block(g, x, b));
        feri_scope_pop(g);
    }
    return x;
}

static feri_value mixed_feature_net(struct feri_graph *g, feri_value x)
{
    x = conv_prelu(g, x, "conv0", (struct feri_conv){.out = 3, .kernel = 3, .stride = 2, .pad = 1});
    x = conv_prelu(g, x, "conv1", (struct feri_conv){.out = 64, .kernel = 3, .stride = 2, .pad = 1});
    x = conv_prelu(g, x, "conv2_dw", (struct feri_conv){.out = 64, .kernel = 3, .pad = 1, .groups = 64});
    x = mix(g, x, "conv_23", (struct mix){64, 3, {64, 32, 32}, {3, 5, 7}, 2});
    x = residual_mixes(g, x, "conv_3", 9, (struct mix){64, 2, {96, 32}, {3, 5}, 1});
    x = mix(g, x, "conv_34", (struct mix){128, 3, {128, 64, 64}, {3, 5, 7}, 2});
    x = residual_mixes(g, x, "conv_4", 16, (struct mix){128, 2, {192, 64}, {3, 5}, 1});
    x = mix(g, x, "conv_5", (struct mix){512, 4, {256, 256, 256, 256}, {3, 5, 7, 9}, 1});
    return feri_l2_normalize(g, x);
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    feri_scope_push(g, "vgg"); /* sic: published state_dicts use this name for every backbone */
    x = mixed_feature_net(g, x);
    feri_scope_pop(g);
    return feri_patch_head(g, x, n, classes);
}

static const fer_model_entry entries[] = {
    {"mcct-1", "MixedFeatureNet backbone, 1 encoder layer"},  {"mcct-2", "MixedFeatureNet backbone, 2 encoder layers"},
    {"mcct-3", "MixedFeatureNet backbone, 3 encoder layers"}, {"mcct-6", "MixedFeatureNet backbone, 6 encoder layers"},
    {"mcct-7", "MixedFeatureNet backbone, 7 encoder layers"}, {0}};

const struct feri_family feri_family_mcct = {.prefix = "mcct",
                                             .n_min = 1,
                                             .n_max = 64,
                                             .input = 224,
                                             .channels = 3,
                                             .preprocess = "imagenet",
                                             .build = build,
                                             .first_weight = "vgg.conv0.conv.weight",
                                             .entries = entries};
