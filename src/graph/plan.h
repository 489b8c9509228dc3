/* A compiled graph and its execution.
 *
 * A plan is made once and never changes: the nodes after the passes (training: batch norm fused with its activation;
 * inference: batch norm folded, activations and residuals fused into the product before them, dropout gone, weights
 * packed). An exec is one arena, with every buffer's place in it, and one pool of threads; several execs, each used by
 * one thread at a time, may share a plan. Nothing is allocated by a run.
 */
#ifndef FERI_GRAPH_PLAN_H
#define FERI_GRAPH_PLAN_H

#include "base/pool.h"
#include "graph/graph.h"

enum feri_plan_mode { FERI_PLAN_INFER, FERI_PLAN_TRAIN };

struct feri_plan_options {
    enum feri_plan_mode mode;
    const struct feri_kernels *kernels; /* NULL: the best this processor has */
    bool no_dropout;                    /* training without dropout (comparisons with the oracle) */
    float drop_path;                    /* training: stochastic depth, the rate of the deepest branch; 0: none */
    /* Training: frozen[i] for parameter i (NULL: none). A frozen parameter gets no gradient; a batch norm whose weight
     * and bias are both frozen uses its running statistics and leaves them alone. */
    const bool *frozen;
    /* Training: how many arrays like the trained parameters the caller will keep (optimiser's state, moving average),
     * for the check of memory in feri_exec_new(). */
    size_t copies;
};

struct feri_plan;
struct feri_exec;

/** INFER reads the weights once, as they are now, and keeps them packed; TRAIN reads g's parameters at every run and
 * updates running statistics in them. g must outlive a TRAIN plan. */
fer_status feri_plan_new(struct feri_graph *g, const struct feri_plan_options *opt, struct feri_plan **plan_out,
                         fer_error *err);
void feri_plan_free(struct feri_plan *p);

/** Bytes of packed and folded weights. */
size_t feri_plan_weights_size(const struct feri_plan *p);

/** batch_max: the largest n of a run, at least 1. What cannot fit in this machine's memory is refused before anything
 * is allocated. TRAIN makes the graph hold its parameters (feri_graph_hold()). pool is borrowed (NULL: one thread) and
 * must outlive the exec. */
fer_status feri_exec_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                         struct feri_exec **exec_out, fer_error *err);
void feri_exec_free(struct feri_exec *e);
/** Bytes of the arena. */
size_t feri_exec_arena_size(const struct feri_exec *e);

/** Where the caller writes the batch, [n][h][w][c], before a run. */
float *feri_exec_input(struct feri_exec *e);
/** Compute the output of n <= batch_max samples. seed selects the dropout masks (training). */
void feri_exec_forward(struct feri_exec *e, size_t n, uint64_t seed);
/** The output, [n][h][w][c] (logits: [n][classes]); valid until the next run. */
const float *feri_exec_output(const struct feri_exec *e);

/** Training. Where the caller writes d loss / d output, [n][classes], between forward and backward. */
float *feri_exec_output_grad(struct feri_exec *e);
/** Overwrite the gradients of all trained parameters with those of this batch. Call once after a forward of the same n.
 */
void feri_exec_backward(struct feri_exec *e, size_t n);
/** Gradient of parameter i, lying like the parameter; NULL for buffers, frozen and unused parameters. */
float *feri_exec_grad(struct feri_exec *e, size_t param);

/* What attention and sequence pooling are about to read, handed over before each such node runs: [n] samples, valid
 * during the call. The kernels keep no attention weights; whoever wants them makes them from these. */
struct feri_watch {
    void *user;
    void (*attention)(void *user, const float *qkv, struct feri_shape shape,
                      size_t heads); /* [t][3][heads][width], shape 1 x t x 3d */
    void (*sequence_pool)(void *user, const float *score, size_t tokens);
};
/** NULL: nobody watches. Runs of one sample hand over every node, whatever the number of threads; larger ones may go
 * unseen. */
void feri_exec_watch(struct feri_exec *e, const struct feri_watch *w);

/** Per-node times, for profiles. NULL name ends. */
struct feri_node_time {
    const char *op;
    const char *name; /* the parameter prefix, or "" */
    struct feri_shape out;
    uint64_t macs; /* per sample */
    double forward_s, backward_s;
};
/** Switch timing on, run, then read: n_out entries, owned by the exec. */
void feri_exec_profile(struct feri_exec *e, bool on);
const struct feri_node_time *feri_exec_times(struct feri_exec *e, size_t *n_out);

#endif
