/* ResNet-N, N = 6 n + 2 (He et al. 2016, section 4.2), for small faces: three stages of n basic blocks with 48, 96 and
 * 192 channels. Every stage halves the map, so a 48 x 48 grey crop costs a tenth of the published networks. Then global
 * average pooling, dropout and a linear classifier. */
#include "models/conv_layers.h"
#include "models/families.h"
#include "models/head_layers.h"

static feri_value basic_block(struct feri_graph *g, feri_value x, size_t out, size_t stride, float depth)
{
    struct feri_conv first = {.out = out, .kernel = 3, .stride = stride, .pad = 1},
                     second = {.out = out, .kernel = 3, .pad = 1};
    feri_value y = feri_relu(g, feri_conv_bn(g, x, "conv1", "bn1", first));
    y = feri_conv_bn(g, y, "conv2", "bn2", second);
    if (stride != 1 || feri_value_shape(g, x).c != out)
        x = feri_conv_bn(g, x, "downsample.0", "downsample.1", (struct feri_conv){.out = out, .stride = stride});
    return feri_relu(g, feri_add(g, feri_drop_path(g, y, depth), x));
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    size_t blocks = (n - 2) / 6;
    if (n != 6 * blocks + 2) feri_graph_refuse(g, "resnet-%zu: the number must be 6 n + 2 (8, 14, 20, ...)", n);
    x = feri_relu(g, feri_conv_bn(g, x, "conv1", "bn1", (struct feri_conv){.out = 32, .kernel = 3, .pad = 1}));
    for (size_t stage = 0; stage < 3; stage++)
        for (size_t i = 0; i < blocks; i++) {
            feri_scope_push(g, "layer%zu.%zu", stage + 1, i);
            x = basic_block(g, x, (size_t)48 << stage, i == 0 ? 2 : 1,
                            (float)(stage * blocks + i + 1) / (float)(3 * blocks));
            feri_scope_pop(g);
        }
    return feri_head_classes(g, feri_dropout(g, feri_mean_hw(g, x), 0.2f), classes);
}

static const fer_model_entry entries[] = {{"resnet-8", "small residual network for grey 48 x 48 crops"}, {0}};

const struct feri_family feri_family_resnet = {.prefix = "resnet",
                                               .n_min = 8,
                                               .n_max = 110,
                                               .input = 48,
                                               .channels = 1,
                                               .preprocess = "half",
                                               .build = build,
                                               .first_weight = "conv1.weight",
                                               .entries = entries};
