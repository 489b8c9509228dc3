/* Gradients are packed into buckets in the order in which the backward pass finishes them. For each bucket, a rank
 * sends every other one its share of the bucket, sums the parts of its own share over the tree of slots, and passes the
 * sum to all: 2 (N - 1) / N times the bucket, if every rank's slots are one subtree. Both transfers go on while the
 * backward pass computes the next bucket; whatever has arrived is taken up after every node. */
#include "train/crew.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define BUCKET_FLOATS ((size_t)1 << 18) /* or one tensor, if it is larger */

enum bucket_state { BUCKET_WAITING, BUCKET_EXCHANGED, BUCKET_GATHERED, BUCKET_DONE };

struct bucket {
    size_t begin, end;
    enum bucket_state state;
    void *handle;
    float *packed;   /* what is sent; NULL: the gradients themselves */
    float *received; /* [all blocks][this rank's share] */
};

struct feri_crew {
    const fer_ranks *ranks;
    struct feri_team team;
    struct feri_slots slots;
    struct feri_subtree *blocks; /* [n_blocks] of all ranks */
    size_t *n_blocks_of;         /* [ranks] */
    size_t n_blocks;
    size_t *sizes, *more_sizes; /* [ranks] */
    double *numbers;            /* [2][slots][FERI_CREW_NUMBERS] */
    struct feri_exec *exec;
    const struct feri_kernels *k;
    struct bucket *buckets;
    size_t n_buckets, started, summed; /* buckets whose exchange, whose gathering has begun */
    struct feri_crew_cost cost;
};

/* ---- small numbers ---- */

static double bytes_to_others(const struct feri_crew *c, const size_t *sizes)
{
    return (double)(sizes[c->ranks->rank] * (c->ranks->size - 1));
}

/* sizes are in c->sizes. */
static void share(struct feri_crew *c, const void *mine, void *all)
{
    double start = feri_now();
    c->ranks->share(c->ranks->user, mine, c->sizes, all);
    c->cost.seconds += feri_now() - start;
    c->cost.other_bytes += bytes_to_others(c, c->sizes);
}

static void share_blocks(void *user, size_t count, const double *mine, double *all)
{
    struct feri_crew *c = user;
    for (size_t r = 0; r < c->ranks->size; r++) c->sizes[r] = c->n_blocks_of[r] * count * sizeof *mine;
    share(c, mine, all);
}

void feri_crew_rows(struct feri_crew *c, size_t n, size_t floats, const float *mine, float *all)
{
    for (size_t r = 0; r < c->ranks->size; r++)
        c->sizes[r] = feri_slots_samples(&c->slots, r, n) * floats * sizeof *mine;
    share(c, mine, all);
}

/* ---- sums of a few numbers ---- */

static void add_numbers(void *arg, void *sum, const void *right)
{
    double *a = sum;
    const double *b = right;
    for (size_t i = 0; i < *(const size_t *)arg; i++) a[i] += b[i];
}

void feri_crew_sum(struct feri_crew *c, const struct feri_slots *slots, size_t count, double *mine, double *out)
{
    struct feri_tree local, whole;
    local.n = whole.n = 0;
    size_t first = feri_slots_first(slots, slots->rank);
    for (size_t i = 0; i < feri_slots_mine(slots); i++)
        feri_tree_push(&local, (struct feri_subtree){first + i, 1, mine + i * count}, add_numbers, &count);
    if (!c) {
        memcpy(out, local.stack[0].data, count * sizeof *out);
        return;
    }
    for (size_t b = 0; b < local.n; b++) memcpy(c->numbers + b * count, local.stack[b].data, count * sizeof *out);
    double *all = c->numbers + c->slots.count * FERI_CREW_NUMBERS;
    share_blocks(c, count, c->numbers, all);
    for (size_t b = 0; b < c->n_blocks; b++) {
        struct feri_subtree s = c->blocks[b];
        s.data = all + b * count;
        feri_tree_push(&whole, s, add_numbers, &count);
    }
    memcpy(out, whole.stack[0].data, count * sizeof *out);
}

/* ---- gradients ---- */

/* A rank's share of a bucket. */
static size_t share_begin(const struct feri_crew *c, const struct bucket *b, size_t rank)
{
    return b->begin + (b->end - b->begin) * rank / c->ranks->size;
}

static size_t share_size(const struct feri_crew *c, const struct bucket *b, size_t rank)
{
    return share_begin(c, b, rank + 1) - share_begin(c, b, rank);
}

/* For each rank in turn, its share of each of this rank's blocks. */
static void pack(const struct feri_crew *c, struct bucket *b)
{
    float *to = b->packed;
    for (size_t r = 0; r < c->ranks->size; r++)
        for (size_t block = 0; block < c->n_blocks_of[c->ranks->rank]; block++) {
            size_t n = share_size(c, b, r);
            memcpy(to, feri_exec_grads(c->exec, block) + share_begin(c, b, r), n * sizeof *to);
            to += n;
        }
}

static void start_exchange(struct feri_crew *c, struct bucket *b)
{
    size_t own = share_size(c, b, c->ranks->rank), blocks = c->n_blocks_of[c->ranks->rank];
    if (b->packed) pack(c, b);
    for (size_t r = 0; r < c->ranks->size; r++) {
        c->sizes[r] = blocks * share_size(c, b, r) * sizeof(float);
        c->more_sizes[r] = c->n_blocks_of[r] * own * sizeof(float);
        if (r != c->ranks->rank) c->cost.gradient_bytes += (double)c->sizes[r];
    }
    b->handle = c->ranks->exchange(c->ranks->user, b->packed ? b->packed : feri_exec_grads(c->exec, 0) + b->begin,
                                   c->sizes, b->received, c->more_sizes);
    b->state = BUCKET_EXCHANGED;
}

struct addition {
    const struct feri_crew *c;
    size_t n;
};

static void add_floats(void *arg, void *sum, const void *right)
{
    const struct addition *a = arg;
    a->c->k->add(a->n, sum, right, sum);
}

/* Sum this rank's share, and pass it to all. */
static void start_gathering(struct feri_crew *c, struct bucket *b)
{
    struct addition a = {c, share_size(c, b, c->ranks->rank)};
    struct feri_tree tree;
    tree.n = 0;
    for (size_t i = 0; i < c->n_blocks; i++) {
        struct feri_subtree s = c->blocks[i];
        s.data = b->received + i * a.n;
        feri_tree_push(&tree, s, add_floats, &a);
    }
    for (size_t r = 0; r < c->ranks->size; r++) c->sizes[r] = share_size(c, b, r) * sizeof(float);
    c->cost.gradient_bytes += bytes_to_others(c, c->sizes);
    b->handle = c->ranks->gather(c->ranks->user, tree.stack[0].data, c->sizes, feri_exec_grads(c->exec, 0) + b->begin);
    b->state = BUCKET_GATHERED;
}

static bool is_done(struct feri_crew *c, struct bucket *b, bool wait)
{
    double start = wait ? feri_now() : 0;
    bool done = c->ranks->done(c->ranks->user, b->handle, wait);
    if (wait) c->cost.seconds += feri_now() - start;
    return done;
}

/* Take up what has arrived, or wait for everything. All ranks must start to gather in the same order. */
static void advance(struct feri_crew *c, bool wait)
{
    for (; c->summed < c->started; c->summed++) {
        if (!is_done(c, &c->buckets[c->summed], wait)) break;
        start_gathering(c, &c->buckets[c->summed]);
    }
    for (size_t i = 0; i < c->summed; i++) {
        struct bucket *b = &c->buckets[i];
        if (b->state == BUCKET_GATHERED && is_done(c, b, wait)) b->state = BUCKET_DONE;
    }
}

static void finished(void *user, size_t node)
{
    struct feri_crew *c = user;
    size_t ready = feri_exec_grads_ready(c->exec, node);
    while (c->started < c->n_buckets && c->buckets[c->started].end <= ready)
        start_exchange(c, &c->buckets[c->started++]);
    advance(c, false);
}

void feri_crew_finish(struct feri_crew *c)
{
    while (c->started < c->n_buckets) start_exchange(c, &c->buckets[c->started++]);
    advance(c, true);
    for (size_t i = 0; i < c->n_buckets; i++) c->buckets[i].state = BUCKET_WAITING;
    c->started = c->summed = 0;
    double n = (double)c->ranks->size;
    c->cost.least_bytes += 2 * (n - 1) / n * (double)(feri_exec_grads_summed(c->exec) * sizeof(float));
    c->cost.steps++;
}

/* ---- creation ---- */

static size_t count_buckets(struct feri_crew *c, struct bucket *out)
{
    size_t n = 0, begin = 0, total = feri_exec_grads_summed(c->exec);
    for (size_t i = feri_exec_n_nodes(c->exec); i-- > 0;) {
        size_t ready = feri_exec_grads_ready(c->exec, i);
        if (ready == begin || (ready - begin < BUCKET_FLOATS && ready < total)) continue;
        if (out) out[n] = (struct bucket){.begin = begin, .end = ready};
        begin = ready;
        n++;
    }
    return n;
}

fer_status feri_crew_attach(struct feri_crew *c, struct feri_exec *e, const struct feri_kernels *k, fer_error *err)
{
    c->exec = e;
    c->k = k;
    size_t n = count_buckets(c, NULL), floats = 0, blocks = c->n_blocks_of[c->ranks->rank];
    c->buckets = calloc(n + 1, sizeof *c->buckets);
    if (!c->buckets) return feri_fail_memory(err, n * sizeof *c->buckets);
    c->n_buckets = count_buckets(c, c->buckets);
    for (size_t i = 0; i < n; i++) {
        struct bucket *b = &c->buckets[i];
        floats = c->n_blocks * share_size(c, b, c->ranks->rank);
        b->received = feri_alloc((floats + 1) * sizeof *b->received);
        if (!b->received) return feri_fail_memory(err, floats * sizeof *b->received);
        if (blocks == 1) continue;
        b->packed = feri_alloc(blocks * (b->end - b->begin) * sizeof *b->packed);
        if (!b->packed) return feri_fail_memory(err, blocks * (b->end - b->begin) * sizeof *b->packed);
    }
    return FER_OK;
}

static fer_status set_up(struct feri_crew *c, fer_error *err)
{
    size_t ranks = c->ranks->size;
    struct feri_subtree blocks[FERI_SLOTS_BLOCKS];
    c->blocks = calloc(c->slots.count, sizeof *c->blocks);
    c->n_blocks_of = calloc(3 * ranks, sizeof *c->n_blocks_of);
    c->numbers = calloc(2 * c->slots.count, FERI_CREW_NUMBERS * sizeof *c->numbers);
    if (!c->blocks || !c->n_blocks_of || !c->numbers) return feri_fail(err, FER_ERR_MEMORY, "ranks: out of memory");
    c->sizes = c->n_blocks_of + ranks;
    c->more_sizes = c->sizes + ranks;
    for (size_t r = 0; r < ranks; r++) {
        c->n_blocks_of[r] = feri_slots_blocks(&c->slots, r, blocks);
        memcpy(c->blocks + c->n_blocks, blocks, c->n_blocks_of[r] * sizeof *blocks);
        c->n_blocks += c->n_blocks_of[r];
    }
    return FER_OK;
}

fer_status feri_crew_check(const fer_ranks *ranks, size_t batch, fer_error *err)
{
    size_t most = feri_slots_most(batch);
    if (!ranks || ranks->size <= most) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "batch: %zu images make %zu slots, which cannot be divided among %zu ranks: use a larger batch or "
                     "at most %zu ranks",
                     batch, most, ranks->size, most);
}

fer_status feri_crew_new(const fer_ranks *ranks, size_t batch, struct feri_crew **out, fer_error *err)
{
    *out = NULL;
    if (!ranks || ranks->size < 2) return FER_OK;
    if (feri_crew_check(ranks, batch, err) != FER_OK) return FER_ERR_ARGUMENT;
    struct feri_crew *c = calloc(1, sizeof *c);
    if (!c) return feri_fail_memory(err, sizeof *c);
    c->ranks = ranks;
    c->slots = feri_slots_of(batch, ranks->rank, ranks->size);
    c->team = (struct feri_team){c, ranks->rank, ranks->size, share_blocks, finished};
    fer_status st = set_up(c, err);
    if (st != FER_OK) {
        feri_crew_free(c);
        return st;
    }
    *out = c;
    return FER_OK;
}

void feri_crew_free(struct feri_crew *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->n_buckets; i++) {
        feri_free(c->buckets[i].packed);
        feri_free(c->buckets[i].received);
    }
    free(c->buckets);
    free(c->blocks);
    free(c->n_blocks_of);
    free(c->numbers);
    free(c);
}

const struct feri_team *feri_crew_team(const struct feri_crew *c)
{
    return c ? &c->team : NULL;
}

struct feri_crew_cost feri_crew_cost(const struct feri_crew *c)
{
    return c->cost;
}
