/* MobileNet-1 (Howard et al. 2017, table 1): a 3x3 convolution, then 13 blocks of a depthwise 3x3 and a 1x1
 * convolution, each with batch norm and ReLU6. Grey input of 129 pixels: with an odd side at every stride, TensorFlow's
 * padding "same" is one pixel on each side, so weights from there give the same answers.
 *
 *   features  the means over the map of blocks 11 (512 channels), 12 and 13 (1,024 each), batch norm, dropout
 *   head      linear classifier
 *
 * The last block alone reads expressions worse: in a network that has learned faces, it has unlearned them. */
#include "models/conv_layers.h"
#include "models/families.h"
#include "models/head_layers.h"

enum { BLOCKS = 13, FIRST_READ = 11 };

struct block {
    size_t out, stride;
};

static const struct block blocks[BLOCKS] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                                            {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

static feri_value unit(struct feri_graph *g, feri_value x, const char *conv, const char *bn, struct feri_conv c)
{
    return feri_activation(g, feri_conv_bn(g, x, conv, bn, c), FERI_ACT_RELU6);
}

static feri_value separable(struct feri_graph *g, feri_value x, const struct block *b)
{
    size_t c = feri_value_shape(g, x).c;
    struct feri_conv depth = {.out = c, .kernel = 3, .stride = b->stride, .pad = 1, .groups = c},
                     point = {.out = b->out};
    return unit(g, unit(g, x, "depthwise", "bn1", depth), "pointwise", "bn2", point);
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    feri_value features = -1;
    (void)n;
    x = unit(g, x, "conv1", "bn1", (struct feri_conv){.out = 32, .kernel = 3, .stride = 2, .pad = 1});
    for (size_t i = 1; i <= BLOCKS; i++) {
        feri_scope_push(g, "block%zu", i);
        x = separable(g, x, &blocks[i - 1]);
        feri_scope_pop(g);
        if (i == FIRST_READ) features = feri_mean_hw(g, x);
        if (i > FIRST_READ) features = feri_concat(g, features, feri_mean_hw(g, x), 'c');
    }
    features = feri_dropout(g, feri_batch_norm(g, features, "features"), 0.2f);
    return feri_head_classes(g, features, classes);
}

static const fer_model_entry entries[] = {{"mobilenet-1", "MobileNet; can begin with weights that know faces"}, {0}};

const struct feri_family feri_family_mobilenet = {.prefix = "mobilenet",
                                                  .n_min = 1,
                                                  .n_max = 1,
                                                  .input = 129,
                                                  .channels = 1,
                                                  .preprocess = "half",
                                                  .build = build,
                                                  .first_weight = "conv1.weight",
                                                  .entries = entries};
