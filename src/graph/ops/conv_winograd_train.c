/* Training of 3x3 convolutions with many channels, by Winograd's F(4x4, 3x3).
 *   Y = A' [U . V] A,  U = G w G',  V = B' d B  (dots: products over the channels, for each of the 36 points)
 * - dx is the same convolution of dy by the weights turned by 180 degrees, with inputs and outputs exchanged.
 * - dU = (A dy A')' . V, summed over the tiles of a slot's images, and dw = G' dU G. For dU the tiles are transformed
 * in steps, and a point's product continues over the steps. The slots follow each other; each adds its dw to the tree.
 */
#include "graph/conv.h"

#define POINTS FERI_WINOGRAD_POINTS
/* floats of a cache line, as a gap between the points so that they do not share a cache set */
#define LINE 16
/* of a step's tiles, which stay in the cache until they are multiplied, but ... */
#define STEP_FLOATS     1000000
#define STEP_TILES_MIN  256 /* ... no fewer than this, because every step reads and writes dU */
#define TRANSFORM_TILES 8   /* tiles of a transform's task */
#define PRODUCT_COLUMNS 128 /* columns of a product's task */

/* ---- weights ---- */

struct weights_job {
    struct feri_exec *e;
    const float *w; /* [co][3][3][ci] */
    size_t ci, co;
    float *u;
};

/* Columns [n0, n0 + nr) of b[ci][co]. */
static void forward_panel(void *arg, size_t task, size_t worker)
{
    const struct weights_job *j = arg;
    const struct feri_kernels *k = j->e->k;
    size_t n0 = task * k->gemm_nr, width = feri_min(k->gemm_nr, j->co - n0), panel = j->ci * k->gemm_nr;
    float *taps = feri_worker_scratch(j->e, worker);
    k->gemm_pack(9 * j->ci, width, j->w + n0 * 9 * j->ci, 1, 9 * j->ci, taps, 0, width);
    k->winograd_weight(panel, taps, panel, j->u + n0 * j->ci, feri_packed_size(k, j->ci, j->co));
}

/* Columns [n0, n0 + nr) of b[co][ci], the weights turned by 180 degrees. */
static void backward_panel(void *arg, size_t task, size_t worker)
{
    const struct weights_job *j = arg;
    const struct feri_kernels *k = j->e->k;
    size_t n0 = task * k->gemm_nr, width = feri_min(k->gemm_nr, j->ci - n0), panel = j->co * k->gemm_nr;
    float *taps = feri_worker_scratch(j->e, worker);
    for (size_t tap = 0; tap < 9; tap++)
        k->gemm_pack(j->co, width, j->w + tap * j->ci + n0, 9 * j->ci, 1, taps + (8 - tap) * panel, 0, width);
    k->winograd_weight(panel, taps, panel, j->u + n0 * j->co, feri_packed_size(k, j->co, j->ci));
}

static struct weights_job weights_of(struct feri_exec *e, const struct feri_node *nd, float *u)
{
    return (struct weights_job){.e = e,
                                .w = feri_param_data(e, nd, FERI_ROLE_WEIGHT),
                                .ci = feri_shape_of(e->plan, nd->in[0]).c,
                                .co = feri_shape_of(e->plan, nd->out).c,
                                .u = u};
}

void feri_winograd_train_weights(struct feri_exec *e, const struct feri_node *nd, float *u)
{
    struct weights_job j = weights_of(e, nd, u);
    feri_pool_run(e->pool, feri_div_up(j.co, e->k->gemm_nr), forward_panel, &j);
}

/* ---- gradient of the input ---- */

static void data_gradient(struct feri_exec *e, const struct feri_node *nd, float *scratch)
{
    struct weights_job j = weights_of(e, nd, scratch);
    feri_pool_run(e->pool, feri_div_up(j.ci, e->k->gemm_nr), backward_panel, &j);
    struct feri_winograd_conv w = {.x = feri_shape_of(e->plan, nd->out),
                                   .y = feri_shape_of(e->plan, nd->in[0]),
                                   .in = feri_dout(e, nd),
                                   .out = feri_din(e, nd, 0),
                                   .u = j.u,
                                   .scratch = scratch + POINTS * feri_packed_size(e->k, j.co, j.ci)};
    if (feri_accumulates(e, nd, 0)) {
        w.epi.residual = w.out;
        w.epi.ld_residual = w.y.c;
    }
    feri_winograd_conv(e, &w);
}

/* ---- gradient of the weights ---- */

struct grad_job {
    struct feri_exec *e;
    struct feri_shape x, y;
    const float *in, *dout;
    size_t tiles, step;  /* of an image; of a step */
    size_t ld_v, ld_m;   /* floats from a point to the next */
    size_t tile0, tile1; /* of this step */
    bool first_step;     /* of the slot */
    float *v, *m, *du;
    size_t level, merges;         /* this slot's place on the stack of sums, and how many it completes */
    float *dw[FERI_SLOTS_BLOCKS]; /* the stack */
};

/* v[point][tile][ci], m[point][tile][co]: transforms of x and dy; du[point][co][ci]. */
static struct grad_job grad_geometry(const struct feri_plan *p, const struct feri_node *nd, size_t slot_samples)
{
    struct grad_job j = {.x = feri_shape_of(p, nd->in[0]), .y = feri_shape_of(p, nd->out)};
    size_t fit = STEP_FLOATS / POINTS / (j.x.c + j.y.c);
    j.tiles = feri_div_up(j.x.h, FERI_WINOGRAD_OUT) * feri_div_up(j.x.w, FERI_WINOGRAD_OUT);
    j.step = feri_min(fit < STEP_TILES_MIN ? STEP_TILES_MIN : fit / TRANSFORM_TILES * TRANSFORM_TILES,
                      slot_samples * j.tiles);
    j.ld_v = j.step * j.x.c + LINE;
    j.ld_m = j.step * j.y.c + LINE;
    return j;
}

/* The stack of sums over slots has no more levels than this. */
static size_t levels_of(size_t slots)
{
    size_t levels = 2;
    for (; slots > 1; slots /= 2) levels += 2;
    return feri_min(levels, FERI_SLOTS_BLOCKS);
}

static size_t grad_scratch(const struct grad_job *j, size_t slots)
{
    return POINTS * (j->ld_v + j->ld_m + j->x.c * j->y.c) + levels_of(slots) * 9 * j->x.c * j->y.c;
}

static void transform_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct grad_job *j = arg;
    const struct feri_kernels *k = j->e->k;
    size_t ci = j->x.c, co = j->y.c, t0 = j->tile0 + task * TRANSFORM_TILES,
           t1 = feri_min(t0 + TRANSFORM_TILES, j->tile1);
    struct feri_winograd gx = {.h = j->x.h, .w = j->x.w, .c = ci, .ld_pixel = ci, .ld_tile = ci, .ld_point = j->ld_v};
    struct feri_winograd gy = {.h = j->y.h, .w = j->y.w, .c = co, .ld_pixel = co, .ld_tile = co, .ld_point = j->ld_m};
    for (size_t t = t0, end; t < t1; t = end) {
        size_t image = t / j->tiles, first = image * j->tiles;
        end = feri_min(t1, first + j->tiles);
        k->winograd_input(&gx, j->in + image * feri_shape_size(j->x), t - first, end - first,
                          j->v + (t - j->tile0) * ci);
        k->winograd_output_transposed(&gy, j->dout + image * feri_shape_size(j->y), t - first, end - first,
                                      j->m + (t - j->tile0) * co);
    }
}

static void product_task(void *arg, size_t task, size_t worker)
{
    const struct grad_job *j = arg;
    size_t ci = j->x.c, co = j->y.c, point = task % POINTS, n0 = task / POINTS * PRODUCT_COLUMNS;
    const float *m = j->m + point * j->ld_m, *v = j->v + point * j->ld_v + n0;
    j->e->k->gemm_tn(j->tile1 - j->tile0, co, feri_min(PRODUCT_COLUMNS, ci - n0), m, co, v, ci,
                     j->du + point * co * ci + n0, ci, !j->first_step, feri_worker_scratch(j->e, worker));
}

/* Output channel o of the slot's dw, and of the sums that it completes. */
static void weights_task(void *arg, size_t o, size_t worker)
{
    (void)worker;
    const struct grad_job *j = arg;
    size_t ci = j->x.c, at = o * 9 * ci;
    j->e->k->winograd_weight_transposed(ci, j->du + o * ci, j->y.c * ci, j->dw[j->level] + at, ci);
    for (size_t i = j->level; i > j->level - j->merges; i--)
        j->e->k->add(9 * ci, j->dw[i - 1] + at, j->dw[i] + at, j->dw[i - 1] + at);
}

/* dU of the tiles of one slot. */
static void slot_product(struct grad_job *j, size_t slot)
{
    size_t end = feri_slot_begin(j->e, slot + 1) * j->tiles;
    j->first_step = true;
    for (j->tile0 = feri_slot_begin(j->e, slot) * j->tiles; j->tile0 < end; j->tile0 = j->tile1) {
        j->tile1 = feri_min(j->tile0 + j->step, end);
        feri_pool_run(j->e->pool, feri_div_up(j->tile1 - j->tile0, TRANSFORM_TILES), transform_task, j);
        feri_pool_run(j->e->pool, POINTS * feri_div_up(j->x.c, PRODUCT_COLUMNS), product_task, j);
        j->first_step = false;
    }
    if (j->first_step) memset(j->du, 0, POINTS * j->x.c * j->y.c * sizeof *j->du); /* no samples */
}

static void count_merge(void *arg, void *sum, const void *right)
{
    (void)sum;
    (void)right;
    (*(size_t *)arg)++;
}

static void weight_gradient(struct feri_exec *e, const struct feri_node *nd, float *scratch)
{
    struct grad_job j = grad_geometry(e->plan, nd, feri_slots_largest(&e->slots, e->total));
    struct feri_tree tree = {0};
    size_t slots = feri_slots_mine(&e->slots), levels = levels_of(slots), size = 9 * j.x.c * j.y.c;
    j.e = e;
    j.in = feri_in(e, nd, 0);
    j.dout = feri_dout(e, nd);
    j.v = scratch;
    j.m = j.v + POINTS * j.ld_v;
    j.du = j.m + POINTS * j.ld_m;
    for (size_t i = 0; i < levels; i++)
        j.dw[i] = i < e->n_blocks ? feri_param_grad(e, nd, FERI_ROLE_WEIGHT) + i * e->grads_size
                                  : j.du + POINTS * j.x.c * j.y.c + i * size;
    for (size_t slot = 0; slot < slots; slot++) {
        slot_product(&j, slot);
        j.level = tree.n;
        j.merges = 0;
        feri_tree_push(&tree, (struct feri_subtree){feri_slots_first(&e->slots, e->slots.rank) + slot, 1, NULL},
                       count_merge, &j.merges);
        feri_pool_run(e->pool, j.y.c, weights_task, &j);
    }
}

/* ---- both ---- */

static size_t max3(size_t a, size_t b, size_t c)
{
    size_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

void feri_winograd_train_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    struct grad_job j = grad_geometry(p, nd, s->slot_samples);
    size_t ci = j.x.c, co = j.y.c, forward, backward, forward_worker, backward_worker;
    feri_winograd_scratch(p, j.x, j.y, n, &forward, &forward_worker);
    feri_winograd_scratch(p, j.y, j.x, n, &backward, &backward_worker);
    s->forward = forward + POINTS * feri_packed_size(p->k, ci, co);
    s->backward = max3(backward + POINTS * feri_packed_size(p->k, co, ci), grad_scratch(&j, s->slots),
                       feri_weight_grad_scratch(s->slots, co, 0));
    s->worker = max3(max3(forward_worker, backward_worker, p->k->gemm_tn_scratch(co, PRODUCT_COLUMNS)),
                     9 * p->k->gemm_nr * ci, 9 * p->k->gemm_nr * co);
}

void feri_winograd_backward(struct feri_exec *e, const struct feri_node *nd)
{
    float *scratch = e->backward_scratch[feri_node_index(e, nd)], *db = feri_param_grad(e, nd, FERI_ROLE_BIAS);
    if (feri_din(e, nd, 0)) data_gradient(e, nd, scratch);
    if (feri_param_grad(e, nd, FERI_ROLE_WEIGHT)) weight_gradient(e, nd, scratch);
    if (!db) return;
    struct feri_weight_grad bias = {.rows = feri_rows(e->plan, nd->out, 1),
                                    .o = feri_shape_of(e->plan, nd->out).c,
                                    .dy = feri_dout(e, nd),
                                    .db = db,
                                    .scratch = scratch};
    feri_weight_grad(e, &bias);
}
