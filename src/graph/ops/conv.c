/* The general convolution, as a matrix product. A row of `columns` is the patch of one output pixel, [kh][kw][channels
 * of the group]; y = columns w'. Tiles of rows are gathered, multiplied and dropped, so memory never holds all patches
 * at once. dw = dy' columns; ops/conv_data.c computes dx. */
#include "graph/conv.h"
#include "graph/runs.h"

feri_value feri_pointwise(struct feri_graph *g, feri_value x, const char *name, size_t out, bool bias);
feri_value feri_depthwise(struct feri_graph *g, feri_value x, const char *name, struct feri_conv conv);

#define TILE_FLOATS 49152 /* a tile of columns stays in the second-level cache */
#define WEIGHT_ROWS 128   /* fewest rows of a weight gradient's tile */

/* The sizes of one convolution, in the terms of the comment above. */
struct geometry {
    struct feri_shape x, y;
    size_t kernel, stride, pad, groups;
    size_t gi, go; /* channels of a group: in, out */
    size_t patch;  /* kernel * kernel * gi */
    size_t rows;   /* output pixels of one image */
    size_t tile;   /* rows of a tile */
};

static struct geometry geometry_of(const struct feri_plan *p, const struct feri_node *nd)
{
    struct geometry q = {.x = feri_shape_of(p, nd->in[0]),
                         .y = feri_shape_of(p, nd->out),
                         .kernel = nd->u.conv.kernel,
                         .stride = nd->u.conv.stride,
                         .pad = nd->u.conv.pad,
                         .groups = nd->u.conv.groups};
    q.gi = q.x.c / q.groups;
    q.go = q.y.c / q.groups;
    q.patch = q.kernel * q.kernel * q.gi;
    q.rows = q.y.h * q.y.w;
    size_t mr = p->k->gemm_mr, tile = TILE_FLOATS / q.patch / mr * mr;
    if (tile < mr) tile = mr;
    q.tile = feri_min(tile, q.rows);
    return q;
}

static uint64_t conv_macs(const struct feri_graph *g, const struct feri_node *nd)
{
    struct feri_shape y = g->values[nd->out].shape;
    size_t gi = g->values[nd->in[0]].shape.c / nd->u.conv.groups;
    return (uint64_t)feri_shape_size(y) * gi * nd->u.conv.kernel * nd->u.conv.kernel;
}

/* Kernel columns [j0, j1) of the patch of output column ow lie inside the image. */
static void taps_inside(const struct geometry *q, size_t ow, size_t *j0, size_t *j1)
{
    size_t left = ow * q->stride;
    *j1 = q->x.w + q->pad > left ? feri_min(q->x.w + q->pad - left, q->kernel) : 0;
    *j0 = left < q->pad ? feri_min(q->pad - left, *j1) : 0;
}

/* Output columns [lo, hi) have all their taps inside. */
static void interior(const struct geometry *q, size_t *lo, size_t *hi)
{
    *hi = q->x.w + q->pad >= q->kernel ? feri_min((q->x.w + q->pad - q->kernel) / q->stride + 1, q->y.w) : 0;
    *lo = feri_min(feri_div_up(q->pad, q->stride), *hi);
}

/* A pixel whose patch row extends beyond the image. xrow is the image's row, `to` the patch's. */
static void gather_edge(const struct geometry *q, const float *xrow, size_t ow, float *to)
{
    size_t run = q->gi, j0, j1;
    taps_inside(q, ow, &j0, &j1);
    memset(to, 0, q->kernel * run * sizeof *to);
    for (size_t j = j0; j < j1; j++)
        memcpy(to + j * run, xrow + (ow * q->stride + j - q->pad) * q->x.c, run * sizeof *to);
}

/* One kernel row of the patches of output pixels [ow0, ow1) of one row. xrow is the matching row of the image. Without
 * groups the taps are neighbours in x too, so they are one run. */
static void gather_row(const struct geometry *q, const float *xrow, size_t ow0, size_t ow1, float *to)
{
    size_t lo, hi, ow = ow0;
    interior(q, &lo, &hi);
    lo = feri_min(lo, ow1);
    hi = feri_min(hi, ow1);
    for (; ow < lo; ow++, to += q->patch) gather_edge(q, xrow, ow, to);
    if (ow < hi) {
        size_t parts = q->groups == 1 ? 1 : q->kernel, run = q->groups == 1 ? q->kernel * q->gi : q->gi;
        const float *from = xrow + (ow * q->stride - q->pad) * q->x.c;
        for (size_t j = 0; j < parts; j++)
            feri_copy_runs(to + j * run, q->patch, from + j * q->x.c, q->stride * q->x.c, hi - ow, run);
        to += (hi - ow) * q->patch;
        ow = hi;
    }
    for (; ow < ow1; ow++, to += q->patch) gather_edge(q, xrow, ow, to);
}

/* columns[r][i][j][ch] of output pixels [row0, row0 + rows) of one image; xg points at the group's first channel. */
static void gather(const struct geometry *q, const float *xg, size_t row0, size_t rows, float *columns)
{
    size_t width = q->kernel * q->gi;
    for (size_t r = row0, n; r < row0 + rows; r += n, columns += n * q->patch) {
        size_t oh = r / q->y.w, ow = r % q->y.w;
        n = feri_min(q->y.w - ow, row0 + rows - r);
        for (size_t i = 0; i < q->kernel; i++) {
            size_t ih = oh * q->stride + i; /* in padded coordinates */
            if (ih >= q->pad && ih - q->pad < q->x.h)
                gather_row(q, xg + (ih - q->pad) * q->x.w * q->x.c, ow, ow + n, columns + i * width);
            else
                for (size_t m = 0; m < n; m++) memset(columns + m * q->patch + i * width, 0, width * sizeof *columns);
        }
    }
}

static size_t packed_group(const struct feri_plan *p, const struct geometry *q)
{
    return feri_packed_size(p->k, q->patch, q->go);
}

/* dw' = columns' dy fills the lanes with outputs when a patch would fill only a few: the first convolution of a grey
 * image.
 */
static bool small_patch(const struct feri_kernels *k, const struct geometry *q)
{
    return q->patch < k->gemm_nr && q->patch < q->go;
}

/* Rows of a weight gradient's tile; dw is read and written once per tile. */
static size_t weight_tile(const struct geometry *q)
{
    return feri_min(q->rows, q->tile < WEIGHT_ROWS ? WEIGHT_ROWS : q->tile);
}

static size_t weight_scratch(const struct feri_plan *p, const struct geometry *q)
{
    bool small = small_patch(p->k, q);
    size_t m = small ? q->patch : q->go, n = small ? q->go : q->patch;
    return (small ? q->y.c * q->patch : 0) + weight_tile(q) * q->patch + p->k->gemm_tn_scratch(m, n);
}

static size_t few_scratch(const struct feri_plan *p, const struct feri_node *nd)
{
    struct feri_conv_few few = feri_conv_few_of(p, nd, NULL);
    return p->k->conv_few_scratch(&few);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void train_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    struct geometry q = geometry_of(p, nd);
    size_t weights = q.y.c * q.patch, shared, worker;
    bool few = feri_conv_few_takes(p, nd);
    feri_conv_data_scratch(p, nd, &shared, &worker);
    s->forward = few ? 0 : packed_group(p, &q) * q.groups;
    s->backward = larger(shared, s->slots * (weights + q.y.c));
    s->worker = larger(worker, weight_scratch(p, &q));
    if (few) s->worker = larger(s->worker, few_scratch(p, nd));
}

static void conv_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    struct geometry q = geometry_of(p, nd);
    if (feri_winograd_takes(p, nd)) feri_winograd_sizes(p, nd, n, s);
    else if (p->mode == FERI_PLAN_TRAIN) train_sizes(p, nd, n, s);
    else s->worker = feri_conv_few_takes(p, nd) ? few_scratch(p, nd) : q.tile * q.patch;
}

float *feri_conv_pack(const struct feri_plan *p, const struct feri_node *nd, size_t *count_out)
{
    if (feri_winograd_takes(p, nd)) return feri_winograd_pack(p, nd, count_out);
    struct geometry q = geometry_of(p, nd);
    bool few = feri_conv_few_takes(p, nd);
    size_t size = packed_group(p, &q), count = few ? q.y.c * q.patch : q.groups * size;
    float *packed = feri_alloc_whole(count * sizeof *packed);
    *count_out = count;
    if (!packed) return NULL;
    if (few) memcpy(packed, nd->weight, count * sizeof *packed);
    else
        for (size_t gr = 0; gr < q.groups; gr++)
            p->k->gemm_pack(q.patch, q.go, nd->weight + gr * q.go * q.patch, 1, q.patch, packed + gr * size, 0, q.go);
    return packed;
}

struct conv_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    struct geometry q;
    const float *packed;
    struct feri_epilogue epi;
    size_t tiles, slots;
    float *partial;
    bool bias; /* has a gradient */
};

static void forward_task(void *arg, size_t task, size_t worker)
{
    const struct conv_job *j = arg;
    const struct geometry *q = &j->q;
    struct feri_exec *e = j->e;
    size_t image = task / j->tiles, row0 = task % j->tiles * q->tile, rows = feri_min(q->tile, q->rows - row0);
    float *columns = feri_worker_scratch(e, worker);
    const float *x = feri_in(e, j->nd, 0) + image * feri_shape_size(q->x);
    size_t at = (image * q->rows + row0) * q->y.c;
    for (size_t gr = 0; gr < q->groups; gr++) {
        size_t o0 = gr * q->go;
        gather(q, x + gr * q->gi, row0, rows, columns);
        struct feri_epilogue epi = j->epi;
        if (epi.bias) epi.bias += o0;
        if (epi.slope) epi.slope += o0;
        if (epi.residual) epi.residual += at + o0;
        struct feri_gemm g = {.k = q->patch,
                              .a = columns,
                              .a_rs = q->patch,
                              .a_ks = 1,
                              .b_packed = j->packed + gr * packed_group(e->plan, q),
                              .c = feri_out(e, j->nd) + at + o0,
                              .ldc = q->y.c,
                              .epi = &epi};
        e->k->gemm(&g, 0, rows, 0, q->go);
    }
}

static void conv_forward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_conv_few_takes(e->plan, nd)) {
        feri_conv_few_forward(e, nd);
        return;
    }
    if (feri_winograd_takes(e->plan, nd)) {
        feri_winograd_forward(e, nd);
        return;
    }
    struct conv_job j = {.e = e,
                         .nd = nd,
                         .q = geometry_of(e->plan, nd),
                         .packed = nd->weight,
                         .epi = {.bias = nd->bias, .act = nd->act, .slope = nd->slope}};
    if (!j.packed) {
        float *scratch = e->forward_scratch[feri_node_index(e, nd)];
        const float *w = feri_param_data(e, nd, FERI_ROLE_WEIGHT);
        for (size_t gr = 0; gr < j.q.groups; gr++)
            feri_parallel_pack(e, j.q.patch, j.q.go, w + gr * j.q.go * j.q.patch, 1, j.q.patch,
                               scratch + gr * packed_group(e->plan, &j.q));
        j.packed = scratch;
        j.epi.bias = feri_param_data(e, nd, FERI_ROLE_BIAS);
    }
    if (nd->residual >= 0) {
        j.epi.residual = feri_in(e, nd, nd->residual);
        j.epi.ld_residual = j.q.y.c;
    }
    j.tiles = feri_div_up(j.q.rows, j.q.tile);
    feri_pool_run(e->pool, e->n * j.tiles, forward_task, &j);
}

/* dw += one image's part. */
static void add_weight_grad(const struct conv_job *j, const float *x, const float *dy, float *dw, float *scratch)
{
    const struct geometry *q = &j->q;
    const struct feri_kernels *k = j->e->k;
    size_t tile = weight_tile(q);
    float *columns = scratch, *products = scratch + tile * q->patch;
    for (size_t gr = 0; gr < q->groups; gr++)
        for (size_t row0 = 0; row0 < q->rows; row0 += tile) {
            size_t rows = feri_min(tile, q->rows - row0);
            const float *d = dy + row0 * q->y.c + gr * q->go;
            float *to = dw + gr * q->go * q->patch;
            gather(q, x + gr * q->gi, row0, rows, columns);
            if (small_patch(k, q))
                k->gemm_tn(rows, q->patch, q->go, columns, q->patch, d, q->y.c, to, q->go, true, products);
            else k->gemm_tn(rows, q->go, q->patch, d, q->y.c, columns, q->patch, to, q->patch, true, products);
        }
}

/* [group][patch][go] -> [group][go][patch] */
static void turn(const struct geometry *q, const float *from, float *to)
{
    for (size_t gr = 0; gr < q->groups; gr++, from += q->go * q->patch, to += q->go * q->patch)
        for (size_t o = 0; o < q->go; o++)
            for (size_t i = 0; i < q->patch; i++) to[o * q->patch + i] = from[i * q->go + o];
}

static void weight_task(void *arg, size_t slot, size_t worker)
{
    const struct conv_job *j = arg;
    const struct geometry *q = &j->q;
    struct feri_exec *e = j->e;
    struct feri_conv_few few = feri_conv_few_of(e->plan, j->nd, NULL);
    bool takes_few = feri_conv_few_takes(e->plan, j->nd), small = !takes_few && small_patch(e->k, q);
    size_t weights = q->y.c * q->patch;
    float *scratch = feri_worker_scratch(e, worker), *dw = j->partial + slot * weights, *sums = small ? scratch : dw;
    float *db = j->partial + j->slots * weights + slot * q->y.c;
    if (small) scratch += weights;
    memset(sums, 0, weights * sizeof *sums);
    memset(db, 0, q->y.c * sizeof *db);
    for (size_t image = feri_slot_begin(e, slot); image < feri_slot_begin(e, slot + 1); image++) {
        const float *x = feri_in(e, j->nd, 0) + image * feri_shape_size(q->x);
        const float *dy = feri_dout(e, j->nd) + image * feri_shape_size(q->y);
        if (takes_few) e->k->conv_few_backward_weight(&few, x, dy, sums, scratch);
        else add_weight_grad(j, x, dy, sums, scratch);
        if (j->bias) e->k->column_sums(q->rows, q->y.c, dy, q->y.c, db, true);
    }
    if (small) turn(q, sums, dw);
}

static void conv_backward(struct feri_exec *e, const struct feri_node *nd)
{
    if (feri_winograd_takes(e->plan, nd)) {
        feri_winograd_backward(e, nd);
        return;
    }
    float *scratch = e->backward_scratch[feri_node_index(e, nd)];
    if (feri_din(e, nd, 0)) feri_conv_data(e, nd, scratch);
    float *dw = feri_param_grad(e, nd, FERI_ROLE_WEIGHT), *db = feri_param_grad(e, nd, FERI_ROLE_BIAS);
    if (!dw && !db) return;
    struct conv_job j = {.e = e, .nd = nd, .q = geometry_of(e->plan, nd), .partial = scratch, .bias = db != NULL};
    size_t weights = j.q.y.c * j.q.patch;
    j.slots = feri_slots_mine(&e->slots);
    feri_pool_run(e->pool, j.slots, weight_task, &j);
    if (dw) feri_reduce_slots(e, 1, weights, j.partial, dw);
    if (db) feri_reduce_slots(e, 1, j.q.y.c, j.partial + j.slots * weights, db);
}

const struct feri_op feri_op_conv = {
    .name = "conv",
    .macs = conv_macs,
    .sizes = conv_sizes,
    .forward = conv_forward,
    .backward = conv_backward,
    .backward_reads_in = true,
};

feri_value feri_conv2d(struct feri_graph *g, feri_value x, const char *name, struct feri_conv conv)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    if (!conv.kernel) conv.kernel = 1;
    if (!conv.stride) conv.stride = 1;
    if (!conv.groups) conv.groups = 1;
    if (conv.out == 0 || s.c % conv.groups || conv.out % conv.groups)
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "conv '%s%s': %zu inputs and %zu outputs do not divide into %zu groups", g->scope, name,
                               s.c, conv.out, conv.groups);
    if (conv.kernel > s.h + 2 * conv.pad || conv.kernel > s.w + 2 * conv.pad)
        return feri_graph_fail(g, FER_ERR_SHAPE,
                               "conv '%s%s': a %zu x %zu kernel does not fit an input of %zu x %zu with padding %zu",
                               g->scope, name, conv.kernel, conv.kernel, s.h, s.w, conv.pad);
    if (conv.kernel == 1 && conv.stride == 1 && conv.pad == 0 && conv.groups == 1)
        return feri_pointwise(g, x, name, conv.out, conv.bias);
    if (conv.groups == s.c && conv.out == s.c && conv.groups > 1 && conv.kernel <= 15 && conv.pad < conv.kernel)
        return feri_depthwise(g, x, name, conv);
    size_t dims[4] = {conv.out, s.c / conv.groups, conv.kernel, conv.kernel},
           fan_in = dims[1] * conv.kernel * conv.kernel;
    int w = feri_param_add(g, name, "weight", FERI_PARAM_WEIGHT, 4, dims, fan_in);
    int b = conv.bias ? feri_param_add(g, name, "bias", FERI_PARAM_BIAS, 1, dims, fan_in) : -1;
    struct feri_shape out = {(s.h + 2 * conv.pad - conv.kernel) / conv.stride + 1,
                             (s.w + 2 * conv.pad - conv.kernel) / conv.stride + 1, conv.out};
    struct feri_node *nd = feri_node_add(g, &feri_op_conv, name, 1, &x, out);
    if (!nd) return -1;
    nd->param[FERI_ROLE_WEIGHT] = w;
    nd->param[FERI_ROLE_BIAS] = b;
    nd->u.conv.kernel = conv.kernel;
    nd->u.conv.stride = conv.stride;
    nd->u.conv.pad = conv.pad;
    nd->u.conv.groups = conv.groups;
    return nd->out;
}
