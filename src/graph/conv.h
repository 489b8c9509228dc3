/* The special implementations of a convolution. ops/conv.c asks each one whether it handles a node; if none does, it
 * uses patches and a matrix product. */
#ifndef FERI_GRAPH_CONV_H
#define FERI_GRAPH_CONV_H

#include "graph/parallel.h"

/** Prepare the weights for inference: a new array of *count_out floats, NULL when out of memory. nd->weight is OHWI.
 */
float *feri_conv_pack(const struct feri_plan *p, const struct feri_node *nd, size_t *count_out);

/* ---- ops/conv_few.c: few output channels, lanes are pixels ---- */

bool feri_conv_few_takes(const struct feri_plan *p, const struct feri_node *nd);
/** The kernel's argument. weight is OHWI. */
struct feri_conv_few feri_conv_few_of(const struct feri_plan *p, const struct feri_node *nd, const float *weight);
void feri_conv_few_forward(struct feri_exec *e, const struct feri_node *nd);

/* ---- ops/conv_data.c: the gradient of the input ---- */

/** Floats of scratch: shared, and per worker. */
void feri_conv_data_scratch(const struct feri_plan *p, const struct feri_node *nd, size_t *shared_out,
                            size_t *worker_out);
/** The input must have a gradient. */
void feri_conv_data(struct feri_exec *e, const struct feri_node *nd, float *scratch);

/* ---- ops/conv_winograd.c: 3x3, stride 1, many channels ---- */

#define FERI_WINOGRAD_POINTS (FERI_WINOGRAD_IN * FERI_WINOGRAD_IN)

bool feri_winograd_takes(const struct feri_plan *p, const struct feri_node *nd);
/** Like feri_conv_pack(). */
float *feri_winograd_pack(const struct feri_plan *p, const struct feri_node *nd, size_t *count_out);

/** One convolution of e->n images: out = act(in * w + bias) + residual. */
struct feri_winograd_conv {
    struct feri_shape x, y;
    const float *in, *u; /* u: [point] packed as a product's b[x.c][y.c] */
    float *out;
    struct feri_epilogue epi;
    float *scratch; /* shared */
};
void feri_winograd_conv(struct feri_exec *e, const struct feri_winograd_conv *w);
/** Floats of scratch that such a convolution of n images needs: shared, and per worker. */
void feri_winograd_scratch(const struct feri_plan *p, struct feri_shape x, struct feri_shape y, size_t n,
                           size_t *shared_out, size_t *worker_out);

/* ---- ops/conv_winograd_train.c: the same in training ---- */

void feri_winograd_train_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s);
/** Transform the weights of this step. u is as in struct feri_winograd_conv. */
void feri_winograd_train_weights(struct feri_exec *e, const struct feri_node *nd, float *u);
void feri_winograd_backward(struct feri_exec *e, const struct feri_node *nd);

/* ---- ops/conv_winograd_forward.c: in inference and in training ---- */

void feri_winograd_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s);
void feri_winograd_forward(struct feri_exec *e, const struct feri_node *nd);

/* ---- ops/conv_stack.c: patches that do not overlap, twice in a row ---- */

extern const struct feri_op feri_op_conv_stack; /* only in inference plans */

/** Inference, after weights are packed: make stacks of the plan's convolutions where it can be done. The nodes that
 * they absorb have op = NULL. False: out of memory. */
bool feri_conv_stack_up(struct feri_plan *p);
void feri_conv_stack_free(struct feri_stack *stack);

#endif
