/* VCCT-n: VGG19 with batch norm (Simonyan, Zisserman 2015), cut off after the fourth pool, patch extractor, n encoder
 * layers. */
#include "models/families.h"

static feri_value vgg_block(struct feri_graph *g, feri_value x, size_t block, size_t channels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        feri_scope_push(g, "block%zu.%zu.convblock", block, i);
        x = feri_conv2d(g, x, "0", (struct feri_conv){.out = channels, .kernel = 3, .pad = 1, .bias = true});
        x = feri_activation(g, feri_batch_norm(g, x, "1"), FERI_ACT_RELU);
        feri_scope_pop(g);
    }
    return feri_max_pool(g, x, 2, 2, 0);
}

feri_value feri_build_vcct(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    feri_scope_push(g, "vgg");
    x = vgg_block(g, x, 1, 64, 2);
    x = vgg_block(g, x, 2, 128, 2);
    x = vgg_block(g, x, 3, 256, 4);
    x = vgg_block(g, x, 4, 512, 4);
    feri_scope_pop(g);
    return feri_patch_head(g, x, n, classes);
}
