/* A compiled graph and its execution.
 *
 * A plan is made once and never changes. It holds the nodes after the passes:
 * - training: batch norm fused with its activation
 * - inference: batch norm folded, activations and residuals fused into the preceding product, dropout removed, weights
 * packed An exec has one arena, with a place for every buffer, and one pool of threads. Several execs may share a plan;
 * only one thread at a time may use each exec. A run allocates nothing.
 */
#ifndef FERI_GRAPH_PLAN_H
#define FERI_GRAPH_PLAN_H

#include "base/pool.h"
#include "base/slots.h"
#include "graph/graph.h"

enum feri_plan_mode { FERI_PLAN_INFER, FERI_PLAN_TRAIN };

/* The processes that train one model together. Each has a part of every batch (base/slots.h). */
struct feri_team {
    void *user;
    size_t rank, size;
    /* Pass [blocks of this rank][count] numbers to all, who receive [blocks of all ranks][count] (feri_slots_blocks()).
     */
    void (*share)(void *user, size_t count, const double *mine, double *all);
    /* The backward pass has finished node i; nodes come from the last to the first. */
    void (*finished)(void *user, size_t node);
};

struct feri_plan_options {
    enum feri_plan_mode mode;
    const struct feri_kernels *kernels; /* NULL: the best this processor has */
    bool no_dropout;                    /* training without dropout (comparisons with the oracle) */
    /* training: the stochastic-depth rate of the deepest branch; 0: none */
    float drop_path;
    /* Training: frozen[i] for parameter i (NULL: none). A frozen parameter gets no gradient. A batch norm whose weight
     * and bias are both frozen uses its running statistics and does not update them. */
    const bool *frozen;
    /* Training: how many arrays per trained parameter the caller will keep (optimiser's state, moving average). The
     * memory check in feri_exec_new() counts them. */
    size_t copies;
    const struct feri_team *team; /* training; borrowed; NULL: one process */
};

struct feri_plan;
struct feri_exec;

/** INFER reads the weights once, at this call, and keeps them packed. TRAIN reads g's parameters at every run and
 * updates the running statistics in them; g must outlive a TRAIN plan. */
fer_status feri_plan_new(struct feri_graph *g, const struct feri_plan_options *opt, struct feri_plan **plan_out,
                         fer_error *err);
void feri_plan_free(struct feri_plan *p);

/** Bytes of packed and folded weights. */
size_t feri_plan_weights_size(const struct feri_plan *p);

/** batch_max is the largest n of a run, at least 1. A batch that does not fit in this machine's memory is refused
 * before anything is allocated. TRAIN makes the graph hold its parameters (feri_graph_hold()). pool is borrowed (NULL:
 * one thread) and must outlive the exec. */
fer_status feri_exec_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                         struct feri_exec **exec_out, fer_error *err);
void feri_exec_free(struct feri_exec *e);
/** Bytes of the arena. */
size_t feri_exec_arena_size(const struct feri_exec *e);

/** How batches are divided. All the following arrays hold the samples of this rank: without a team, all n. */
const struct feri_slots *feri_exec_slots(const struct feri_exec *e);
/** The buffer for the batch, [n][h][w][c]. The caller fills it before a run. */
float *feri_exec_input(struct feri_exec *e);
/** Compute the output of n <= batch_max samples, counted over all ranks. seed selects the dropout masks (training). */
void feri_exec_forward(struct feri_exec *e, size_t n, uint64_t seed);
/** The output, [n][h][w][c] (logits: [n][classes]); valid until the next run. */
const float *feri_exec_output(const struct feri_exec *e);

/** Training: the buffer for d loss / d output, [n][classes]. The caller fills it between forward and backward. */
float *feri_exec_output_grad(struct feri_exec *e);
/** Overwrite the gradients of all trained parameters with those of this batch. Call it once, after a forward pass of
 * the same n. With a team they are this rank's part, except those of batch norms, which are complete.
 */
void feri_exec_backward(struct feri_exec *e, size_t n);
/** The gradients of all parameters are one array, in the order in which the backward pass finishes them; those that
 * need no sum over ranks come last. Where the array begins in each of this rank's blocks (feri_slots_blocks()). Block 0
 * is also where feri_exec_grad() points. */
float *feri_exec_grads(struct feri_exec *e, size_t block);
/** The array's length as far as it is known once node i is finished, and in all. */
size_t feri_exec_grads_ready(const struct feri_exec *e, size_t node);
size_t feri_exec_grads_summed(const struct feri_exec *e);
size_t feri_exec_n_nodes(const struct feri_exec *e);
/** Gradient of parameter i, in the parameter's layout. NULL for buffers, frozen and unused parameters. */
float *feri_exec_grad(struct feri_exec *e, size_t param);

/* The inputs of attention and sequence pooling, passed to a callback before each such node runs: [n] samples, valid
 * during the call. The kernels do not keep attention weights; the callback can compute them from these inputs. */
struct feri_watch {
    void *user;
    void (*attention)(void *user, const float *qkv, struct feri_shape shape,
                      size_t heads); /* [t][3][heads][width], shape 1 x t x 3d */
    void (*sequence_pool)(void *user, const float *score, size_t tokens);
};
/** NULL: no callback. Runs of one sample report every node, for any number of threads. Larger runs may report none. */
void feri_exec_watch(struct feri_exec *e, const struct feri_watch *w);

/** Times per node, for profiles. An entry with a NULL name ends the list. */
struct feri_node_time {
    const char *op;
    const char *name; /* the parameter prefix, or "" */
    struct feri_shape out;
    uint64_t macs; /* per sample */
    double forward_s, backward_s;
};
/** Switch timing on, run, then read the result: n_out entries, which the exec owns. */
void feri_exec_profile(struct feri_exec *e, bool on);
const struct feri_node_time *feri_exec_times(struct feri_exec *e, size_t *n_out);

#endif
