/* Sums over the samples of a batch that have the same bits for any number of threads and processes. A batch is divided
 * into slots that depend on it alone. Each slot is summed in one order; the sums of the slots are added in a binary
 * tree. A process ("rank") has consecutive slots, so it can add whole subtrees itself; the others finish the tree. */
#ifndef FERI_BASE_SLOTS_H
#define FERI_BASE_SLOTS_H

#include <stddef.h>

#define FERI_SLOTS_BLOCKS 64 /* no range of slots has more subtrees */

struct feri_slots {
    size_t count; /* a power of two */
    size_t rank, size;
};

/** For batches of up to `batch` samples. size 0: one process. Check feri_slots_most() first. */
struct feri_slots feri_slots_of(size_t batch, size_t rank, size_t size);
/** The largest number of ranks that can share such a batch. */
size_t feri_slots_most(size_t batch);

/** First slot of a rank; that of the next rank ends it. */
static inline size_t feri_slots_first(const struct feri_slots *s, size_t rank)
{
    return rank * s->count / s->size;
}
/** Number of this rank's slots. */
static inline size_t feri_slots_mine(const struct feri_slots *s)
{
    return feri_slots_first(s, s->rank + 1) - feri_slots_first(s, s->rank);
}
/** First of n samples that belongs to a slot, counted over the batch. */
static inline size_t feri_slots_sample(const struct feri_slots *s, size_t slot, size_t n)
{
    return slot * n / s->count;
}
/** First sample of a rank. */
static inline size_t feri_slots_begin(const struct feri_slots *s, size_t rank, size_t n)
{
    return feri_slots_sample(s, feri_slots_first(s, rank), n);
}
/** Samples of a rank, of n. */
static inline size_t feri_slots_samples(const struct feri_slots *s, size_t rank, size_t n)
{
    return feri_slots_begin(s, rank + 1, n) - feri_slots_begin(s, rank, n);
}
/** Samples that every slot, or this rank, has at most when the batch has at most n. */
static inline size_t feri_slots_largest(const struct feri_slots *s, size_t n)
{
    return (n + s->count - 1) / s->count;
}
static inline size_t feri_slots_samples_max(const struct feri_slots *s, size_t n)
{
    size_t most = (feri_slots_mine(s) * n + s->count - 1) / s->count + (s->size > 1);
    return most < n ? most : n;
}
/** This rank's slot i: its first sample, counted from the rank's first. i may be the number of slots. */
static inline size_t feri_slots_local(const struct feri_slots *s, size_t i, size_t n)
{
    return feri_slots_sample(s, feri_slots_first(s, s->rank) + i, n) - feri_slots_begin(s, s->rank, n);
}

/* Subtrees as they are added, from the left. */
struct feri_tree {
    size_t n;
    struct feri_subtree {
        size_t first, size; /* slots */
        void *data;
    } stack[FERI_SLOTS_BLOCKS];
};
typedef void feri_tree_add_fn(void *arg, void *sum, const void *right); /* sum += right */
/** The next subtree of the sum. Whatever completes a larger one is added at once. data must stay. */
void feri_tree_push(struct feri_tree *t, struct feri_subtree s, feri_tree_add_fn *add, void *arg);
/** The largest subtrees of a rank's slots, from the left; returns their number. One if the number of ranks is a power
 * of two. data is not set. */
size_t feri_slots_blocks(const struct feri_slots *s, size_t rank, struct feri_subtree blocks[FERI_SLOTS_BLOCKS]);

#endif
