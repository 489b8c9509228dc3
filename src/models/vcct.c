/* VCCT-n: VGG19 with batch norm (Simonyan, Zisserman 2015), cut after the fourth pool, then patch extractor and n
 * encoder layers. */
#include "models/conv_layers.h"
#include "models/families.h"
#include "models/patcher.h"
#include "models/torchvision.h"

static feri_value vgg_block(struct feri_graph *g, feri_value x, size_t block, size_t channels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        feri_scope_push(g, "block%zu.%zu.convblock", block, i);
        x = feri_conv2d(g, x, "0", (struct feri_conv){.out = channels, .kernel = 3, .pad = 1, .bias = true});
        x = feri_relu(g, feri_batch_norm(g, x, "1"));
        feri_scope_pop(g);
    }
    return feri_max_pool(g, x, 2, 2, 0);
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    feri_scope_push(g, "vgg");
    x = vgg_block(g, x, 1, 64, 2);
    x = vgg_block(g, x, 2, 128, 2);
    x = vgg_block(g, x, 3, 256, 4);
    x = vgg_block(g, x, 4, 512, 4);
    feri_scope_pop(g);
    return feri_patch_head(g, x, n, classes);
}

static const fer_model_entry entries[] = {
    {"vcct-1", "VGG19 backbone, 1 encoder layer"}, {"vcct-2", "VGG19 backbone, 2 encoder layers"}, {0}};

const struct feri_family feri_family_vcct = {.prefix = "vcct",
                                             .n_min = 1,
                                             .n_max = 64,
                                             .input = 224,
                                             .channels = 3,
                                             .preprocess = "imagenet",
                                             .build = build,
                                             .first_weight = "vgg.block1.0.convblock.0.weight",
                                             .rename = feri_torchvision_vgg19_bn,
                                             .entries = entries};
