/* Patch extractor of MCCT and VCCT: two depthwise-separable convolutions shrink the map, and a 1x1 convolution makes 49
 * channels. The mean of each channel becomes one token: a number, which fc1 maps to d = 192. */
#include "models/patcher.h"
#include "models/conv_layers.h"

#include "models/encoder.h"

static feri_value separable(struct feri_graph *g, feri_value x, const char *name, struct feri_conv depthwise)
{
    depthwise.out = depthwise.groups = feri_value_shape(g, x).c;
    feri_scope_push(g, "%s", name);
    x = feri_batch_norm(g, feri_conv2d(g, x, "depthwise", depthwise), "bn1");
    x = feri_conv2d(g, feri_relu(g, x), "pointwise", (struct feri_conv){.out = 256});
    x = feri_relu(g, feri_batch_norm(g, x, "bn2"));
    feri_scope_pop(g);
    return x;
}

feri_value feri_patch_head(struct feri_graph *g, feri_value x, size_t layers, size_t classes)
{
    feri_scope_push(g, "patcher");
    x = separable(g, x, "conv1", (struct feri_conv){.kernel = 4, .stride = 4, .pad = 2});
    x = separable(g, x, "conv2", (struct feri_conv){.kernel = 2, .stride = 2});
    x = feri_mean_hw(g, feri_conv2d(g, x, "conv3", (struct feri_conv){.out = 49, .bias = true}));
    feri_scope_pop(g);
    x = feri_linear(g, feri_reshape(g, x, 1, 49, 1), "fc1", 192, true);
    return feri_encoder_head(g, x, (struct feri_encoder){.layers = layers, .heads = 8, .ff = 768, .classes = classes});
}
