/* The encoder of the MCCT / VCCT / CCT family (compact transformers, Hassani et al. 2021). Note a quirk of the
 * published code: the second residual branches off after norm_2:
 *   a = x + MHA(norm_1(x));  b = norm_2(a);  out = b + ff(b) */
#include "models/encoder.h"

#include "models/head_layers.h"

/* Layer i of n has branches 2i + 1 and 2i + 2 of 2n. Stochastic depth drops deeper branches more often. */
static feri_value encoder_layer(struct feri_graph *g, feri_value x, size_t i, struct feri_encoder e)
{
    size_t d = feri_value_shape(g, x).c;
    feri_value a = feri_layer_norm(g, x, "norm_1");
    a = feri_linear(g, a, "MHA.qkv", 3 * d, true);
    a = feri_attention(g, a, e.heads, 0.5f);
    a = feri_dropout(g, feri_linear(g, a, "MHA.projection", d, true), 0.5f);
    feri_value b =
        feri_layer_norm(g, feri_add(g, x, feri_drop_path(g, a, (float)(2 * i + 1) / (float)(2 * e.layers))), "norm_2");
    feri_value f = feri_activation(g, feri_linear(g, b, "ff.0", e.ff, true), FERI_ACT_GELU);
    f = feri_linear(g, feri_dropout(g, f, 0.1f), "ff.3", d, true);
    return feri_add(g, b, feri_drop_path(g, feri_dropout(g, f, 0.1f), (float)(i + 1) / (float)e.layers));
}

feri_value feri_encoder_head(struct feri_graph *g, feri_value x, struct feri_encoder e)
{
    for (size_t i = 0; i < e.layers; i++) {
        feri_scope_push(g, "transformer.%zu", i);
        x = encoder_layer(g, x, i, e);
        feri_scope_pop(g);
    }
    feri_value z = feri_sequence_pool(g, x, feri_linear(g, x, "attention_pool", 1, true));
    feri_unused_layer_norm(g, "norm", feri_value_shape(g, x).c);
    return feri_head_classes(g, z, e.classes);
}
