/* Division of work that is the same for any number of threads. */
#ifndef FERI_GRAPH_PARALLEL_H
#define FERI_GRAPH_PARALLEL_H

#include "graph/exec.h"

/** Rows per task, about `most`, where the division does not change a bit. */
size_t feri_rows_step(const struct feri_exec *e, size_t rows, size_t most);
/** c[m][n] by the kernel, divided into blocks of rows and columns. */
void feri_parallel_gemm(struct feri_exec *e, const struct feri_gemm *g, size_t m, size_t n);
size_t feri_packed_size(const struct feri_kernels *k, size_t kdim, size_t n);
void feri_parallel_pack(struct feri_exec *e, size_t kdim, size_t n, const float *b, size_t b_ks, size_t b_ns,
                        float *out);
/* Sums over the samples of a batch (base/slots.h). A slot may be divided further, into parts of up to `step` rows; the
 * last ones are empty in a slot that has fewer samples than others. */

struct feri_parts {
    size_t rows, step; /* of a sample; of a part */
    size_t each;       /* parts of a slot */
    size_t n;          /* parts of this rank */
};
/** slots, slot_samples: as in struct feri_sizes. */
struct feri_parts feri_parts_of(size_t slots, size_t slot_samples, size_t rows, size_t step);
/** For the current run. */
struct feri_parts feri_parts_now(const struct feri_exec *e, size_t rows, size_t step);
/** The first row of part i, counted from this rank's first, and the number of its rows. */
size_t feri_part_rows(const struct feri_exec *e, const struct feri_parts *p, size_t i, size_t *n_out);
/** The gradient `out`, count floats, in all blocks of this rank, from a partial sum of each of `each` parts of each
 * slot: partial[part][count]. */
void feri_reduce_slots(struct feri_exec *e, size_t each, size_t count, const float *partial, float *out);
/** Call fn for ranges [begin, end) of about `grain` items. */
typedef void feri_range_fn(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker);
void feri_parallel_ranges(struct feri_exec *e, const struct feri_node *nd, size_t count, size_t grain,
                          feri_range_fn *fn);

/** Weight and bias gradients of y = x w' + b:  dw[o][i] = sum over rows of dy[r][o] x[r][i], db[o] = sum of dy[r][o];
 * either may be NULL. scratch: feri_weight_grad_scratch(). Worker scratch: gemm_tn_scratch(min(o, block), i). */
struct feri_weight_grad {
    size_t rows; /* of a sample */
    size_t o, i;
    const float *dy, *x;
    float *dw, *db;
    float *scratch;
};
size_t feri_weight_grad_scratch(size_t slots, size_t o, size_t i);
size_t feri_weight_grad_worker(const struct feri_kernels *k, size_t o, size_t i);
void feri_weight_grad(struct feri_exec *e, const struct feri_weight_grad *w);

#endif
