/* CCT-n/3x2 (Hassani et al. 2021): a tokenizer of two convolutions, whose map gives one token of width 64 per position,
 * and n encoder layers. */
#include "models/conv_layers.h"
#include "models/encoder.h"
#include "models/families.h"

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    for (size_t i = 0; i < 2; i++) {
        feri_scope_push(g, "tokenizer.conv_layers.%zu", i);
        x = feri_conv2d(g, x, "0", (struct feri_conv){.out = 64, .kernel = 3, .stride = 2});
        x = feri_max_pool(g, feri_relu(g, x), 3, 2, 1);
        feri_scope_pop(g);
    }
    struct feri_shape s = feri_value_shape(g, x);
    x = feri_linear(g, feri_reshape(g, x, 1, s.h * s.w, s.c), "fc1", 64, true);
    return feri_encoder_head(g, x, (struct feri_encoder){.layers = n, .heads = 8, .ff = 768, .classes = classes});
}

static const fer_model_entry entries[] = {{"cct-7", "CCT-7/3x2, two-convolution tokenizer"}, {0}};

const struct feri_family feri_family_cct = {.prefix = "cct",
                                            .n_min = 1,
                                            .n_max = 64,
                                            .tails = {"/3x2", "_3x2"},
                                            .input = 224,
                                            .channels = 3,
                                            .preprocess = "imagenet",
                                            .build = build,
                                            .first_weight = "tokenizer.conv_layers.0.0.weight",
                                            .entries = entries};
