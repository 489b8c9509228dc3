#include "graph/parallel.h"

/* Shapes alone decide how work is divided, so the bits never depend on which thread does it. These constants set the
 * size of the pieces. */
#define GEMM_ROWS     96   /* rows per product task, about */
#define GEMM_TASKS    8    /* divide columns too when rows alone give fewer tasks */
#define REDUCE_ROWS   1024 /* rows per reduction chunk, about, as long as that gives no more than ... */
#define REDUCE_CHUNKS 16   /* ... chunks */
#define WEIGHT_GRAD_ROWS \
    32 /* outputs per weight-gradient task: each packs x for itself, but few large tasks leave threads waiting */

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

size_t feri_reduce_chunks(size_t rows, size_t *step_out)
{
    size_t chunks = feri_min(feri_div_up(rows, REDUCE_ROWS), REDUCE_CHUNKS),
           step = chunks ? feri_div_up(rows, chunks) : 1;
    *step_out = step;
    return feri_div_up(rows, step);
}

struct reduce_job {
    const struct feri_kernels *k;
    size_t chunks, count, step;
    const float *partial;
    float *out;
};

static void reduce_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct reduce_job *j = arg;
    size_t i0 = task * j->step, n = feri_min(j->step, j->count - i0);
    memcpy(j->out + i0, j->partial + i0, n * sizeof *j->out);
    for (size_t c = 1; c < j->chunks; c++) j->k->add(n, j->out + i0, j->partial + c * j->count + i0, j->out + i0);
}

void feri_reduce_partials(struct feri_exec *e, size_t chunks, size_t count, const float *partial, float *out)
{
    if (chunks == 0) {
        memset(out, 0, count * sizeof *out);
        return;
    }
    struct reduce_job j = {.k = e->k, .chunks = chunks, .count = count, .step = 16384, .partial = partial, .out = out};
    feri_pool_run(e->pool, feri_div_up(count, j.step), reduce_task, &j);
}

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

size_t feri_weight_grad_scratch(size_t rows, size_t o, size_t i)
{
    size_t step;
    return feri_reduce_chunks(rows, &step) * (o * i + o);
}

size_t feri_weight_grad_worker(const struct feri_kernels *k, size_t o, size_t i)
{
    return k->gemm_tn_scratch(feri_min(o, WEIGHT_GRAD_ROWS), i);
}

struct weight_grad_job {
    struct feri_exec *e;
    const struct feri_weight_grad *w;
    size_t chunks, step;
};

static void weight_grad_task(void *arg, size_t task, size_t worker)
{
    const struct weight_grad_job *j = arg;
    const struct feri_weight_grad *w = j->w;
    size_t chunk = task % j->chunks, r0 = chunk * j->step, rows = feri_min(j->step, w->rows - r0);
    size_t o0 = task / j->chunks * WEIGHT_GRAD_ROWS, o = feri_min(WEIGHT_GRAD_ROWS, w->o - o0);
    const float *dy = w->dy + r0 * w->o + o0;
    float *dw = w->scratch + chunk * w->o * w->i, *db = w->scratch + j->chunks * w->o * w->i + chunk * w->o;
    if (w->dw)
        j->e->k->gemm_tn(rows, o, w->i, dy, w->o, w->x + r0 * w->i, w->i, dw + o0 * w->i, w->i, false,
                         feri_worker_scratch(j->e, worker));
    if (w->db) j->e->k->column_sums(rows, o, dy, w->o, db + o0, false);
}

void feri_weight_grad(struct feri_exec *e, const struct feri_weight_grad *w)
{
    if (!w->dw && !w->db) return;
    struct weight_grad_job j = {.e = e, .w = w};
    j.chunks = feri_reduce_chunks(w->rows, &j.step);
    feri_pool_run(e->pool, j.chunks * feri_div_up(w->o, WEIGHT_GRAD_ROWS), weight_grad_task, &j);
    if (w->dw) feri_reduce_partials(e, j.chunks, w->o * w->i, w->scratch, w->dw);
    if (w->db) feri_reduce_partials(e, j.chunks, w->o, w->scratch + j.chunks * w->o * w->i, w->db);
}
