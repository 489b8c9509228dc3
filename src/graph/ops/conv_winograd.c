/* 3x3 convolutions of many channels by Winograd's F(4x4, 3x3) (Lavin, Gray 2016): 36 products of [tiles x ci] by [ci x
 * co] instead of 9 over all pixels, a quarter of the multiplications. If an image has many tiles, a task performs all
 * steps for one block of tiles, which then stays in the cache. If it has few tiles, it has many channels, and the
 * weights are most of what must be read. Then each step runs over more tiles before the next one begins, divided into
 * tasks, so that the weights are read rarely. */
#include "graph/conv.h"

#define POINTS       FERI_WINOGRAD_POINTS
#define CHANNELS_MIN 16 /* in and out; with fewer the vectors of the transforms are not full */
/* of an image; at 4 x 4, reading four times the weights costs more than it saves */
#define PIXELS_MIN 49
/* of a block: balances reading weights and blocks from beyond the second-level cache */
#define BLOCK_FLOATS 400000
#define BLOCKS_MIN   8  /* blocks of an image that make enough tasks */
#define STEP_TILES   96 /* tiles per step, when steps are divided; a multiple of any gemm_mr */
/* In training the images of a batch share the weights that are read, and together they give enough tasks. */
#define TRAIN_PIXELS_MIN   36
#define TRAIN_BLOCK_FLOATS 250000
#define TRAIN_BLOCK_MIN    32 /* fewest tiles in a block; if fewer fit, steps are divided instead */
#define TRAIN_STEP_TILES   256
#define TRANSFORM_TILES    4   /* tiles per transform task, when steps are divided */
#define PRODUCT_COLUMNS    256 /* columns per product task, about, when steps are divided */
#define LANES              4   /* numbers transformed together; every gemm_nr is a multiple */
/* floats of a cache line, as a gap between the points so that they do not share a cache set */
#define LINE 16

bool feri_winograd_takes(const struct feri_plan *p, const struct feri_node *nd)
{
    struct feri_shape x = feri_shape_of(p, nd->in[0]), y = feri_shape_of(p, nd->out);
    bool shape = nd->u.conv.kernel == 3 && nd->u.conv.stride == 1 && nd->u.conv.pad == 1 && nd->u.conv.groups == 1;
    size_t pixels = p->mode == FERI_PLAN_TRAIN ? TRAIN_PIXELS_MIN : PIXELS_MIN;
    return shape && x.c >= CHANNELS_MIN && y.c >= CHANNELS_MIN && x.h * x.w >= pixels;
}

/* How the tiles of n images are divided. */
struct cut {
    size_t tiles;      /* of an image */
    bool blocks;       /* true: a task processes a block */
    size_t block;      /* tiles of a block or step */
    size_t ld_v, ld_m; /* in v and m, floats from a point to the next */
};

static struct cut cut_of(const struct feri_plan *p, struct feri_shape x, struct feri_shape y, size_t n)
{
    bool train = p->mode == FERI_PLAN_TRAIN;
    size_t mr = p->k->gemm_mr, floats = train ? TRAIN_BLOCK_FLOATS : BLOCK_FLOATS,
           fit = floats / POINTS / (x.c + y.c) / mr * mr;
    struct cut c = {.tiles = feri_div_up(x.h, FERI_WINOGRAD_OUT) * feri_div_up(x.w, FERI_WINOGRAD_OUT)};
    c.blocks = train ? fit >= TRAIN_BLOCK_MIN : fit > 0 && c.tiles >= BLOCKS_MIN * fit;
    size_t step = train ? TRAIN_STEP_TILES : STEP_TILES;
    c.block = feri_min(c.blocks ? fit : step, n * c.tiles);
    c.ld_v = c.block * x.c + LINE;
    c.ld_m = c.block * y.c + LINE;
    return c;
}

void feri_winograd_scratch(const struct feri_plan *p, struct feri_shape x, struct feri_shape y, size_t n,
                           size_t *shared_out, size_t *worker_out)
{
    struct cut c = cut_of(p, x, y, n);
    size_t size = POINTS * (c.ld_v + c.ld_m);
    *shared_out = c.blocks ? 0 : size;
    *worker_out = c.blocks ? size : 0;
}

/* ---- weights ---- */

/* Rows of G for the points: (1, p, p^2) / product of (p - other points). The row of infinity is (0, 0, 1). */
static void weight_matrix(double g[FERI_WINOGRAD_IN][3])
{
    const double a = FERI_WINOGRAD_A, b = FERI_WINOGRAD_B, points[5] = {0, a, -a, b, -b};
    for (size_t i = 0; i < 5; i++) {
        double scale = 1;
        for (size_t j = 0; j < 5; j++)
            if (j != i) scale *= points[i] - points[j];
        for (size_t k = 0; k < 3; k++) g[i][k] = (k == 0 ? 1 : k == 1 ? points[i] : points[i] * points[i]) / scale;
    }
    g[5][0] = g[5][1] = 0;
    g[5][2] = 1;
}

/* u[point] = G w G' of n numbers of each of the nine taps, computed in double and rounded once. n is a multiple of
 * LANES. */
static void transform_weights(size_t n, const float *taps, float *u, size_t ld_point)
{
    double g[FERI_WINOGRAD_IN][3];
    weight_matrix(g);
    for (size_t at = 0; at < n; at += LANES) {
        double w[9][LANES], t[3][LANES]; /* t: row i of G w */
        for (size_t tap = 0; tap < 9; tap++)
            for (size_t l = 0; l < LANES; l++) w[tap][l] = (double)taps[tap * n + at + l];
        for (size_t i = 0; i < FERI_WINOGRAD_IN; i++) {
            for (size_t k = 0; k < 3; k++)
                for (size_t l = 0; l < LANES; l++)
                    t[k][l] = g[i][0] * w[k][l] + g[i][1] * w[3 + k][l] + g[i][2] * w[6 + k][l];
            for (size_t j = 0; j < FERI_WINOGRAD_IN; j++) {
                float *out = u + (i * FERI_WINOGRAD_IN + j) * ld_point + at;
                for (size_t l = 0; l < LANES; l++)
                    out[l] = (float)(t[0][l] * g[j][0] + t[1][l] * g[j][1] + t[2][l] * g[j][2]);
            }
        }
    }
}

/* [point] packed as a product's b[ci][co], one panel of columns at a time: first the taps are packed, then neighbouring
 * numbers are transformed together. */
float *feri_winograd_pack(const struct feri_plan *p, const struct feri_node *nd, size_t *count_out)
{
    size_t ci = feri_shape_of(p, nd->in[0]).c, co = feri_shape_of(p, nd->out).c, nr = p->k->gemm_nr,
           size = feri_packed_size(p->k, ci, co);
    float *packed = feri_alloc_whole(POINTS * size * sizeof *packed),
          *taps = feri_alloc_whole(9 * ci * nr * sizeof *taps);
    for (size_t o = 0; packed && taps && o < co; o += nr) {
        size_t width = feri_min(nr, co - o);
        p->k->gemm_pack(9 * ci, width, nd->weight + o * 9 * ci, 1, 9 * ci, taps, 0, width);
        transform_weights(ci * nr, taps, packed + o * ci, size);
    }
    if (!taps) {
        feri_free(packed);
        packed = NULL;
    }
    feri_free(taps);
    *count_out = POINTS * size;
    return packed;
}

/* ---- running ---- */

struct winograd_job {
    struct feri_exec *e;
    const struct feri_winograd_conv *w;
    struct cut c;
    size_t tile0, tile1; /* of a step */
    float *v, *m;
};

/* Transform tiles [t0, t1), counted over all images, into v, which begins at t0. */
static void transform_input(const struct winograd_job *j, size_t t0, size_t t1, float *v)
{
    const struct cut *c = &j->c;
    struct feri_shape x = j->w->x;
    struct feri_winograd g = {.h = x.h, .w = x.w, .c = x.c, .ld_pixel = x.c, .ld_tile = x.c, .ld_point = c->ld_v};
    for (size_t t = t0, end; t < t1; t = end) {
        size_t image = t / c->tiles, first = image * c->tiles;
        end = feri_min(t1, first + c->tiles);
        j->e->k->winograd_input(&g, j->w->in + image * feri_shape_size(x), t - first, end - first, v + (t - t0) * x.c);
    }
}

static void transform_output(const struct winograd_job *j, size_t t0, size_t t1, const float *m)
{
    const struct cut *c = &j->c;
    struct feri_shape y = j->w->y;
    struct feri_winograd g = {.h = y.h, .w = y.w, .c = y.c, .ld_pixel = y.c, .ld_tile = y.c, .ld_point = c->ld_m};
    for (size_t t = t0, end; t < t1; t = end) {
        size_t image = t / c->tiles, first = image * c->tiles, at = image * feri_shape_size(y);
        struct feri_epilogue epi = j->w->epi;
        if (epi.residual) epi.residual += at;
        end = feri_min(t1, first + c->tiles);
        j->e->k->winograd_output(&g, m + (t - t0) * y.c, t - first, end - first, &epi, j->w->out + at);
    }
}

static void multiply(const struct winograd_job *j, size_t point, size_t tiles, size_t n0, size_t n1, const float *v,
                     float *m)
{
    size_t ci = j->w->x.c, co = j->w->y.c;
    struct feri_gemm g = {.k = ci,
                          .a = v + point * j->c.ld_v,
                          .a_rs = ci,
                          .a_ks = 1,
                          .b_packed = j->w->u + point * feri_packed_size(j->e->k, ci, co),
                          .c = m + point * j->c.ld_m,
                          .ldc = co};
    j->e->k->gemm(&g, 0, tiles, n0, n1);
}

static void block_task(void *arg, size_t task, size_t worker)
{
    const struct winograd_job *j = arg;
    size_t t0 = task * j->c.block, t1 = feri_min(t0 + j->c.block, j->e->n * j->c.tiles);
    float *v = feri_worker_scratch(j->e, worker), *m = v + POINTS * j->c.ld_v;
    transform_input(j, t0, t1, v);
    for (size_t point = 0; point < POINTS; point++) multiply(j, point, t1 - t0, 0, j->w->y.c, v, m);
    transform_output(j, t0, t1, m);
}

static void input_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct winograd_job *j = arg;
    size_t t = task * TRANSFORM_TILES, t0 = j->tile0 + t;
    transform_input(j, t0, feri_min(t0 + TRANSFORM_TILES, j->tile1), j->v + t * j->w->x.c);
}

static size_t product_columns(const struct winograd_job *j)
{
    return PRODUCT_COLUMNS / j->e->k->gemm_nr * j->e->k->gemm_nr;
}

static void product_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct winograd_job *j = arg;
    size_t step = product_columns(j), n0 = task / POINTS * step;
    multiply(j, task % POINTS, j->tile1 - j->tile0, n0, feri_min(n0 + step, j->w->y.c), j->v, j->m);
}

static void output_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct winograd_job *j = arg;
    size_t t = task * TRANSFORM_TILES, t0 = j->tile0 + t;
    transform_output(j, t0, feri_min(t0 + TRANSFORM_TILES, j->tile1), j->m + t * j->w->y.c);
}

static void steps(struct winograd_job *j)
{
    struct feri_pool *pool = j->e->pool;
    size_t total = j->e->n * j->c.tiles;
    j->v = j->w->scratch;
    j->m = j->v + POINTS * j->c.ld_v;
    for (j->tile0 = 0; j->tile0 < total; j->tile0 = j->tile1) {
        j->tile1 = feri_min(j->tile0 + j->c.block, total);
        size_t tasks = feri_div_up(j->tile1 - j->tile0, TRANSFORM_TILES);
        feri_pool_run(pool, tasks, input_task, j);
        feri_pool_run(pool, POINTS * feri_div_up(j->w->y.c, product_columns(j)), product_task, j);
        feri_pool_run(pool, tasks, output_task, j);
    }
}

void feri_winograd_conv(struct feri_exec *e, const struct feri_winograd_conv *w)
{
    struct winograd_job j = {.e = e, .w = w, .c = cut_of(e->plan, w->x, w->y, e->n)};
    if (j.c.blocks) feri_pool_run(e->pool, feri_div_up(e->n * j.c.tiles, j.c.block), block_task, &j);
    else steps(&j);
}
