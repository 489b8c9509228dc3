/* face-s: finds the faces in a picture. An anchor-free convolutional detector in the spirit of YuNet (Wu et al. 2023)
 * and FCOS (Tian et al. 2019), for inputs whose sides are multiples of 32.
 *
 *   stem      4x4 convolution of stride 4: 32 channels
 *   stage 8   2x2 convolution of stride 2, one residual block of two 3x3 convolutions (He et al. 2016): 48 channels
 *   stage 16  the same, 64 channels
 *   stage 32  the same, 64 channels
 *   pyramid   the coarser map, twice as large, added to a 1x1 convolution of the finer one (Lin et al. 2017): 32
 *   channels
 *   detail    2x2 convolution of stride 2 from the stem, beside the pyramid's finest map: 32 channels
 *   heads     for each of the three maps a 3x3 convolution, and a 1x1 that gives the numbers of a cell (see
 *             models/face_cells.h)
 *
 * Batch norm and ReLU follow every convolution but the last. Half of the time goes to maps of stride 4 and 8, so these
 * are narrow, and a convolution of stride 1 at stride 4, which was a quarter of all time, is left out. */
#include "models/conv_layers.h"
#include "models/face_cells.h"
#include "models/families.h"

#include <stdio.h>

#define PYRAMID 32
#define DETAIL  32
#define HEAD    32

static feri_value conv(struct feri_graph *g, feri_value x, const char *name, struct feri_conv c)
{
    char norm[32];
    c.pad = (c.kernel - (c.stride ? c.stride : 1) + 1) / 2;
    snprintf(norm, sizeof norm, "%s_bn", name);
    return feri_conv_bn(g, x, name, norm, c);
}

static feri_value conv_relu(struct feri_graph *g, feri_value x, const char *name, struct feri_conv c)
{
    return feri_relu(g, conv(g, x, name, c));
}

static feri_value residual_block(struct feri_graph *g, feri_value x)
{
    struct feri_conv same = {.out = feri_value_shape(g, x).c, .kernel = 3};
    feri_value y = conv(g, conv_relu(g, x, "conv1", same), "conv2", same);
    return feri_relu(g, feri_add(g, y, x));
}

static feri_value down(struct feri_graph *g, feri_value x, size_t out)
{
    return conv_relu(g, x, "down", (struct feri_conv){.out = out, .kernel = 2, .stride = 2});
}

static feri_value head(struct feri_graph *g, feri_value x, size_t level)
{
    feri_scope_push(g, "head%zu", feri_face_stride(level));
    x = conv_relu(g, x, "conv", (struct feri_conv){.out = HEAD, .kernel = 3});
    x = feri_conv2d(g, x, "cell", (struct feri_conv){.out = FERI_FACE_COLUMNS, .bias = true});
    feri_scope_pop(g);
    struct feri_shape s = feri_value_shape(g, x);
    return feri_reshape(g, x, 1, s.h * s.w, s.c);
}

/* Returns the map of stride 4. */
static feri_value backbone(struct feri_graph *g, feri_value x, feri_value maps[FERI_FACE_LEVELS])
{
    static const size_t widths[FERI_FACE_LEVELS] = {48, 64, 64};
    feri_value stem = x = conv_relu(g, x, "stem", (struct feri_conv){.out = 32, .kernel = 4, .stride = 4});
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        feri_scope_push(g, "stage%zu", feri_face_stride(level));
        x = maps[level] = residual_block(g, down(g, x, widths[level]));
        feri_scope_pop(g);
    }
    return stem;
}

static void pyramid(struct feri_graph *g, feri_value maps[FERI_FACE_LEVELS])
{
    for (size_t level = FERI_FACE_LEVELS; level-- > 0;) {
        feri_scope_push(g, "pyramid%zu", feri_face_stride(level));
        feri_value x = conv(g, maps[level], "lateral", (struct feri_conv){.out = PYRAMID, .kernel = 1});
        if (level + 1 < FERI_FACE_LEVELS) x = feri_add(g, x, feri_upsample(g, maps[level + 1]));
        maps[level] = feri_relu(g, x);
        feri_scope_pop(g);
    }
}

/* What stage 8's few channels lose of the smallest faces: a face of 16 pixels has but four of its cells. */
static feri_value detail(struct feri_graph *g, feri_value stem)
{
    return conv_relu(g, stem, "detail", (struct feri_conv){.out = DETAIL, .kernel = 2, .stride = 2});
}

static feri_value build(struct feri_graph *g, feri_value x, size_t n, size_t classes)
{
    struct feri_shape s = feri_value_shape(g, x);
    feri_value maps[FERI_FACE_LEVELS];
    (void)n;
    if (classes != 1) return feri_graph_refuse(g, "a face detector has one class, 'face', not %zu", classes);
    if (s.h % FERI_FACE_STRIDE_MAX || s.w % FERI_FACE_STRIDE_MAX)
        return feri_graph_refuse(g, "a face detector's input must have sides that are multiples of %d",
                                 FERI_FACE_STRIDE_MAX);
    feri_value stem = backbone(g, x, maps);
    pyramid(g, maps);
    maps[0] = feri_concat(g, maps[0], detail(g, stem), 'c');
    feri_value cells = head(g, maps[0], 0);
    for (size_t level = 1; level < FERI_FACE_LEVELS; level++)
        cells = feri_concat(g, cells, head(g, maps[level], level), 'w');
    return cells;
}

static const fer_model_entry entries[] = {{"face-s", "face detector: boxes, confidence, five landmarks"}, {0}};

const struct feri_family feri_family_face = {.prefix = "face",
                                             .n_min = 1,
                                             .n_max = 1,
                                             .sizes = {"s"},
                                             .input = 256,
                                             .channels = 3,
                                             .preprocess = "half",
                                             .detects = true,
                                             .build = build,
                                             .first_weight = "stem.weight",
                                             .entries = entries};
