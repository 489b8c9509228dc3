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
/** Number of chunks for a reduction over `rows` rows. Chunk i is rows [i * step, min(rows, (i + 1) * step)). */
size_t feri_reduce_chunks(size_t rows, size_t *step_out);
/** out[i] = sum over chunks of partial[chunk * count + i], in order. */
void feri_reduce_partials(struct feri_exec *e, size_t chunks, size_t count, const float *partial, float *out);
/** Call fn for ranges [begin, end) of about `grain` items. */
typedef void feri_range_fn(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker);
void feri_parallel_ranges(struct feri_exec *e, const struct feri_node *nd, size_t count, size_t grain,
                          feri_range_fn *fn);

/** Weight and bias gradients of y = x w' + b:  dw[o][i] = sum over rows of dy[r][o] x[r][i], db[o] = sum of dy[r][o];
 * either may be NULL. scratch: feri_weight_grad_scratch(). Worker scratch: gemm_tn_scratch(min(o, block), i). */
struct feri_weight_grad {
    size_t rows, o, i;
    const float *dy, *x;
    float *dw, *db;
    float *scratch;
};
size_t feri_weight_grad_scratch(size_t rows, size_t o, size_t i);
size_t feri_weight_grad_worker(const struct feri_kernels *k, size_t o, size_t i);
void feri_weight_grad(struct feri_exec *e, const struct feri_weight_grad *w);

#endif
