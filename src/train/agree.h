/* All processes of a training must do the same: what they compare, and what the other ranks' results add. */
#ifndef FERI_TRAIN_AGREE_H
#define FERI_TRAIN_AGREE_H

#include "base/json.h"
#include "fer/ranks.h"
#include "kernels/kernels.h"
#include "models/model.h"

/** Rank 0 writes files and notes; so does a single process (ranks NULL). */
static inline bool feri_ranks_write(const fer_ranks *ranks)
{
    return !ranks || ranks->rank == 0;
}
static inline size_t feri_ranks_size(const fer_ranks *ranks)
{
    return ranks ? ranks->size : 1;
}

/** Pass n rows of `size` bytes each, other numbers on other ranks, to all: fn receives those of rank 0, of rank 1, ...,
 * aligned for any type, until it fails. */
typedef fer_status feri_rows_fn(void *user, size_t rank, size_t n, const void *rows, fer_error *err);
struct feri_rank_rows {
    size_t n, size;
    const void *mine;
};
fer_status feri_ranks_rows(const fer_ranks *ranks, const struct feri_rank_rows *rows, feri_rows_fn *fn, void *user,
                           fer_error *err);
/** Pass some bytes of each rank to all: those of rank 0, of rank 1, ... sizes: of each rank. Without ranks a copy. */
void feri_ranks_share(const fer_ranks *ranks, const void *mine, const size_t *sizes, void *all);
/** One number of each rank: *out, which the caller frees. */
fer_status feri_ranks_numbers(const fer_ranks *ranks, uint64_t mine, uint64_t **out, fer_error *err);
/** The sum of a number over all ranks. */
fer_status feri_ranks_sum(const fer_ranks *ranks, size_t mine, size_t *sum_out, fer_error *err);

/** FER_ERR_ARGUMENT on all ranks if one has other facts than rank 0; the message names the first difference. Facts are
 * a JSON object: the options that determine the run, digests of the data. The build and the instruction set are added.
 */
fer_status feri_ranks_agree(const fer_ranks *ranks, json_t *facts, const struct feri_kernels *k, fer_error *err);
/** A number that other weights have another of. */
fer_status feri_weights_hash(const fer_model *m, uint64_t *hash_out, fer_error *err);
/** FER_ERR_NUMERIC on all ranks if the weights are not the same on all. */
fer_status feri_ranks_same_weights(const fer_ranks *ranks, const fer_model *m, fer_error *err);

#endif
