#include "graph/parallel.h"

/* Shapes alone decide how work is divided, so the bits never depend on which thread does it. These constants set the
 * size of the pieces. */
#define GEMM_ROWS         96  /* rows per product task, about */
#define GEMM_TASKS        8   /* divide columns too when rows alone give fewer tasks */
#define REDUCE_FLOATS     256 /* added at once, in the first-level cache */
#define REDUCE_TASK       16384
#define WEIGHT_GRAD_ROWS  32 /* outputs per weight-gradient task, at least: each task packs x for itself */
#define WEIGHT_GRAD_TASKS 8  /* a slot's tasks if there are more outputs: few large tasks leave threads waiting */

/* No row depends on the division, so here it may depend on the number of threads: about two tasks per thread, and a
 * thread gets the same rows of a small map in every node. */
size_t feri_rows_step(const struct feri_exec *e, size_t rows, size_t most)
{
    size_t step = feri_div_up(rows, 2 * feri_pool_threads(e->pool));
    return step < most / 2 || step > most ? most : step;
}

struct gemm_job {
    const struct feri_kernels *k;
    const struct feri_gemm *g;
    size_t m, n, row_step, col_step, row_blocks;
};

static void gemm_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct gemm_job *j = arg;
    size_t m0 = task % j->row_blocks * j->row_step, n0 = task / j->row_blocks * j->col_step;
    j->k->gemm(j->g, m0, feri_min(j->m, m0 + j->row_step), n0, feri_min(j->n, n0 + j->col_step));
}

void feri_parallel_gemm(struct feri_exec *e, const struct feri_gemm *g, size_t m, size_t n)
{
    const struct feri_kernels *k = e->k;
    struct gemm_job j = {.k = k, .g = g, .m = m, .n = n};
    if (m == 0 || n == 0) return;
    size_t step = feri_rows_step(e, m, GEMM_ROWS);
    /* Blocks of equal height: a short last one would read all the weights for its few rows. */
    j.row_step = feri_div_up(m, m < step ? 1 : (m + step / 2) / step);
    j.row_blocks = feri_div_up(m, j.row_step);
    size_t panels = feri_div_up(n, k->gemm_nr);
    size_t col_blocks = j.row_blocks >= GEMM_TASKS ? 1 : feri_min(panels, feri_div_up(GEMM_TASKS, j.row_blocks));
    j.col_step = feri_div_up(panels, col_blocks) * k->gemm_nr;
    feri_pool_run(e->pool, j.row_blocks * feri_div_up(n, j.col_step), gemm_task, &j);
}

size_t feri_packed_size(const struct feri_kernels *k, size_t kdim, size_t n)
{
    return feri_div_up(n, k->gemm_nr) * k->gemm_nr * kdim;
}

struct pack_job {
    const struct feri_kernels *k;
    size_t kdim, n, b_ks, b_ns, step;
    const float *b;
    float *out;
};

static void pack_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct pack_job *j = arg;
    size_t n0 = task * j->step;
    j->k->gemm_pack(j->kdim, j->n, j->b, j->b_ks, j->b_ns, j->out, n0, feri_min(j->n, n0 + j->step));
}

void feri_parallel_pack(struct feri_exec *e, size_t kdim, size_t n, const float *b, size_t b_ks, size_t b_ns,
                        float *out)
{
    struct pack_job j = {.k = e->k, .kdim = kdim, .n = n, .b_ks = b_ks, .b_ns = b_ns, .b = b, .out = out};
    j.step = feri_div_up(feri_div_up(n, e->k->gemm_nr), 4) * e->k->gemm_nr;
    feri_pool_run(e->pool, feri_div_up(n, j.step), pack_task, &j);
}

/* ---- sums over slots ---- */

struct feri_parts feri_parts_of(size_t slots, size_t slot_samples, size_t rows, size_t step)
{
    size_t most = slot_samples * rows, each = feri_div_up(most, step);
    return (struct feri_parts){rows, feri_div_up(most, each ? each : 1), each, each * slots};
}

struct feri_parts feri_parts_now(const struct feri_exec *e, size_t rows, size_t step)
{
    return feri_parts_of(feri_slots_mine(&e->slots), feri_slots_largest(&e->slots, e->total), rows, step);
}

size_t feri_part_rows(const struct feri_exec *e, const struct feri_parts *p, size_t i, size_t *n_out)
{
    size_t slot = i / p->each, begin = feri_slot_begin(e, slot) * p->rows, end = feri_slot_begin(e, slot + 1) * p->rows,
           at = feri_min(begin + i % p->each * p->step, end);
    *n_out = feri_min(p->step, end - at);
    return at;
}

struct reduce_job {
    struct feri_exec *e;
    size_t each, count;
    const float *partial;
    float *out; /* in block 0 */
};

/* A range of the sum. A subtree's sum is in its place on the stack: in the block that it may become, or in a buffer. */
struct reduction {
    const struct reduce_job *j;
    size_t i0, n;
    struct feri_tree tree;
    float buffers[FERI_SLOTS_BLOCKS][REDUCE_FLOATS];
};

static float *place(struct reduction *r, size_t level)
{
    return level < r->j->e->n_blocks ? r->j->out + level * r->j->e->grads_size + r->i0 : r->buffers[level];
}

static void add_right(void *arg, void *sum, const void *right)
{
    const struct reduction *r = arg;
    r->j->e->k->add(r->n, sum, right, sum);
}

/* The parts of a slot, one after the other. */
static void sum_slot(struct reduction *r, size_t slot, float *sum)
{
    const struct reduce_job *j = r->j;
    const float *from = j->partial + slot * j->each * j->count + r->i0;
    memcpy(sum, from, r->n * sizeof *sum);
    for (size_t part = 1; part < j->each; part++) j->e->k->add(r->n, sum, from + part * j->count, sum);
}

static void reduce_range(struct reduction *r)
{
    const struct feri_slots *s = &r->j->e->slots;
    size_t first = feri_slots_first(s, s->rank);
    r->tree.n = 0;
    for (size_t slot = 0; slot < feri_slots_mine(s); slot++) {
        float *sum = place(r, r->tree.n);
        sum_slot(r, slot, sum);
        feri_tree_push(&r->tree, (struct feri_subtree){first + slot, 1, sum}, add_right, r);
    }
}

static void reduce_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct reduce_job *j = arg;
    struct reduction r;
    r.j = j;
    size_t end = feri_min(j->count, (task + 1) * REDUCE_TASK);
    for (r.i0 = task * REDUCE_TASK; r.i0 < end; r.i0 += r.n) {
        r.n = feri_min(REDUCE_FLOATS, end - r.i0);
        reduce_range(&r);
    }
}

void feri_reduce_slots(struct feri_exec *e, size_t each, size_t count, const float *partial, float *out)
{
    struct reduce_job j = {.e = e, .each = each, .count = count, .partial = partial, .out = out};
    feri_pool_run(e->pool, feri_div_up(count, REDUCE_TASK), reduce_task, &j);
}

/* ---- ranges ---- */

struct range_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    size_t count, step;
    feri_range_fn *fn;
};

static void range_task(void *arg, size_t task, size_t worker)
{
    const struct range_job *j = arg;
    size_t begin = task * j->step;
    j->fn(j->e, j->nd, begin, feri_min(j->count, begin + j->step), worker);
}

void feri_parallel_ranges(struct feri_exec *e, const struct feri_node *nd, size_t count, size_t grain,
                          feri_range_fn *fn)
{
    struct range_job j = {e, nd, count, grain ? grain : 1, fn};
    feri_pool_run(e->pool, feri_div_up(count, j.step), range_task, &j);
}

static size_t weight_grad_rows(size_t o)
{
    size_t rows = feri_div_up(o, WEIGHT_GRAD_TASKS);
    return feri_min(o, rows > WEIGHT_GRAD_ROWS ? rows : WEIGHT_GRAD_ROWS);
}

size_t feri_weight_grad_scratch(size_t slots, size_t o, size_t i)
{
    return slots * (o * i + o);
}

size_t feri_weight_grad_worker(const struct feri_kernels *k, size_t o, size_t i)
{
    return k->gemm_tn_scratch(weight_grad_rows(o), i);
}

struct weight_grad_job {
    struct feri_exec *e;
    const struct feri_weight_grad *w;
    size_t slots;
};

static void weight_grad_task(void *arg, size_t task, size_t worker)
{
    const struct weight_grad_job *j = arg;
    const struct feri_weight_grad *w = j->w;
    size_t slot = task % j->slots, r0 = feri_slot_begin(j->e, slot) * w->rows,
           rows = feri_slot_samples(j->e, slot) * w->rows;
    size_t o0 = task / j->slots * weight_grad_rows(w->o), o = feri_min(weight_grad_rows(w->o), w->o - o0);
    const float *dy = w->dy + r0 * w->o + o0;
    float *dw = w->scratch + slot * w->o * w->i, *db = w->scratch + j->slots * w->o * w->i + slot * w->o;
    if (w->dw)
        j->e->k->gemm_tn(rows, o, w->i, dy, w->o, w->x + r0 * w->i, w->i, dw + o0 * w->i, w->i, false,
                         feri_worker_scratch(j->e, worker));
    if (w->db) j->e->k->column_sums(rows, o, dy, w->o, db + o0, false);
}

void feri_weight_grad(struct feri_exec *e, const struct feri_weight_grad *w)
{
    if (!w->dw && !w->db) return;
    struct weight_grad_job j = {.e = e, .w = w, .slots = feri_slots_mine(&e->slots)};
    feri_pool_run(e->pool, j.slots * feri_div_up(w->o, weight_grad_rows(w->o)), weight_grad_task, &j);
    if (w->dw) feri_reduce_slots(e, 1, w->o * w->i, w->scratch, w->dw);
    if (w->db) feri_reduce_slots(e, 1, w->o, w->scratch + j.slots * w->o * w->i, w->db);
}
