/* check-s: whether a detector's find is a face (vision/check.h). A small classifier of the square around the find.
 *
 *   stem      4x4 convolution of stride 2: 16 channels
 *   stage 1   2x2 convolution of stride 2, one residual block of two 3x3 convolutions (He et al. 2016): 32 channels
 *   stage 2   the same, 64 channels
 *   head      linear classifier of the whole map
 *
 * Batch norm and ReLU follow every convolution. */
#include "models/conv_layers.h"
#include "models/families.h"
#include "models/head_layers.h"

#define STEM   16
#define STAGES 2

static feri_value stage(struct feri_graph *g, feri_value x, size_t width)
{
    struct feri_conv same = {.out = width, .kernel = 3, .pad = 1};
    x = feri_relu(g, feri_conv_bn(g, x, "down", "down_bn", (struct feri_conv){.out = width, .kernel = 2, .stride = 2}));
    feri_value y = feri_relu(g, feri_conv_bn(g, x, "conv1", "conv1_bn", same));
    return feri_relu(g, feri_add(g, feri_conv_bn(g, y, "conv2", "conv2_bn", same), x));
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    (void)n;
    struct feri_conv stem = {.out = STEM, .kernel = 4, .stride = 2, .pad = 1};
    x = feri_relu(g, feri_conv_bn(g, x, "stem", "stem_bn", stem));
    for (size_t i = 1; i <= STAGES; i++) {
        feri_scope_push(g, "stage%zu", i);
        x = stage(g, x, (size_t)STEM << i);
        feri_scope_pop(g);
    }
    struct feri_shape map = feri_value_shape(g, x);
    return feri_head_classes(g, feri_reshape(g, x, 1, 1, map.h * map.w * map.c), classes);
}

static const fer_model_entry entries[] = {{"check-s", "whether a detector's find is a face"}, {0}};

const struct feri_family feri_family_check = {.prefix = "check",
                                              .n_min = 1,
                                              .n_max = 1,
                                              .sizes = {"s"},
                                              .input = 48,
                                              .channels = 3,
                                              .preprocess = "half",
                                              .build = build,
                                              .first_weight = "stem.weight",
                                              .entries = entries};
