/* The gradient of a convolution's input, by matrix products alone. Pixel (ih, iw) of dx is the sum of dy[oh][ow]
 * w[i][j] over the taps (i, j) for which oh = (ih + pad - i) / stride and ow = (iw + pad - j) / stride are whole
 * numbers. Pixels of a row in one phase of the stride (iw = phase + q stride) have the same taps j: first, first +
 * stride, ... For them ow = q + base - number of the tap: a window over dy's row that advances by one pixel with q. So
 * a kernel row contributes one product. Its left side is that row in place, padded, with overlapping rows. */
#include "graph/conv.h"

struct data_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    struct feri_shape x, y;
    size_t kernel, stride, pad, groups;
    size_t gi, go; /* channels of a group: in, out */
    size_t block;  /* of `packed`: one tap */
    float *packed; /* [group][kernel row][phase] packed as a product's b[taps from the last to the first][go][gi] */
};

static struct data_job job_of(const struct feri_plan *p, const struct feri_node *nd)
{
    struct data_job j = {.nd = nd,
                         .x = feri_shape_of(p, nd->in[0]),
                         .y = feri_shape_of(p, nd->out),
                         .kernel = nd->u.conv.kernel,
                         .stride = nd->u.conv.stride,
                         .pad = nd->u.conv.pad,
                         .groups = nd->u.conv.groups};
    j.gi = j.x.c / j.groups;
    j.go = j.y.c / j.groups;
    j.block = feri_packed_size(p->k, j.go, j.gi);
    return j;
}

/* Taps of a phase, in one direction. */
struct taps {
    size_t first, count, base;
};

static struct taps taps_of(const struct data_job *j, size_t phase)
{
    size_t at = phase + j->pad, first = at % j->stride;
    return (struct taps){first, first < j->kernel ? feri_div_up(j->kernel - first, j->stride) : 0, at / j->stride};
}

/* Taps of all phases before this one. */
static size_t taps_before(const struct data_job *j, size_t phase)
{
    size_t n = 0;
    for (size_t i = 0; i < phase; i++) n += taps_of(j, i).count;
    return n;
}

static float *packed_at(const struct data_job *j, size_t group, size_t i, size_t phase)
{
    return j->packed + ((group * j->kernel + i) * j->kernel + taps_before(j, phase)) * j->block;
}

/* Taps that are neighbours in dy's row, and so belong to one product. */
static size_t run_of(const struct data_job *j, size_t taps)
{
    return j->groups == 1 ? taps : 1;
}

/* Pack one run, one panel of columns and one tap at a time, because the taps are in reverse order. w points to the last
 * tap. */
static void pack_run(const struct data_job *j, size_t taps, const float *w, float *to)
{
    size_t patch = j->kernel * j->kernel * j->gi, nr = j->e->k->gemm_nr;
    for (size_t n = 0; n < j->gi; n += nr)
        for (size_t v = 0; v < taps; v++, to += j->go * nr) {
            size_t width = feri_min(nr, j->gi - n);
            j->e->k->gemm_pack(j->go, width, w + n - v * j->stride * j->gi, patch, 1, to, 0, width);
        }
}

/* The weights of one group and kernel row. */
static void pack_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct data_job *j = arg;
    size_t group = task / j->kernel, i = task % j->kernel, patch = j->kernel * j->kernel * j->gi;
    const float *w = feri_param_data(j->e, j->nd, FERI_ROLE_WEIGHT) + group * j->go * patch + i * j->kernel * j->gi;
    for (size_t phase = 0; phase < j->stride; phase++) {
        struct taps t = taps_of(j, phase);
        size_t run = run_of(j, t.count);
        for (size_t v = 0; v < t.count; v += run)
            pack_run(j, run, w + (t.first + (t.count - 1 - v) * j->stride) * j->gi,
                     packed_at(j, group, i, phase) + v * j->block);
    }
}

/* What kernel row i contributes to the pixels of one phase of dx's row. row is dy's, with `kernel` zero pixels before
 * and after it. */
static void phase_part(const struct data_job *j, size_t i, size_t phase, const float *row, float *dx, bool accumulate)
{
    struct taps t = taps_of(j, phase);
    size_t count = j->x.w > phase ? feri_div_up(j->x.w - phase, j->stride) : 0, run = run_of(j, t.count);
    for (size_t group = 0; group < j->groups; group++)
        for (size_t v = 0; v < t.count; v += run) {
            struct feri_gemm g = {.k = run * j->go,
                                  .a = row + (j->kernel + t.base + v + 1 - t.count) * j->y.c + group * j->go,
                                  .a_rs = j->y.c,
                                  .a_ks = 1,
                                  .b_packed = packed_at(j, group, i, phase) + v * j->block,
                                  .c = dx + phase * j->x.c + group * j->gi,
                                  .ldc = j->stride * j->x.c,
                                  .accumulate = accumulate || v > 0};
            j->e->k->gemm(&g, 0, count, 0, j->gi);
        }
}

static bool every_phase_has_taps(const struct data_job *j)
{
    return j->kernel >= j->stride;
}

/* One row of dx. padded has room for a row of dy with its padding, which is zero. */
static void data_row(const struct data_job *j, size_t ih, const float *dy, float *padded, float *dx, bool accumulate)
{
    struct taps t = taps_of(j, ih % j->stride);
    size_t row = j->y.w * j->y.c;
    if (!accumulate && !every_phase_has_taps(j)) {
        memset(dx, 0, j->x.w * j->x.c * sizeof *dx);
        accumulate = true;
    }
    for (size_t u = 0; u < t.count; u++) {
        size_t up = ih / j->stride + t.base; /* oh + u */
        if (up < u || up - u >= j->y.h) continue;
        memcpy(padded + j->kernel * j->y.c, dy + (up - u) * row, row * sizeof *padded);
        for (size_t phase = 0; phase < j->stride; phase++)
            phase_part(j, t.first + u * j->stride, phase, padded, dx, accumulate);
        accumulate = true;
    }
    if (!accumulate) memset(dx, 0, j->x.w * j->x.c * sizeof *dx);
}

static size_t padded_row(const struct data_job *j)
{
    return (j->y.w + 2 * j->kernel) * j->y.c;
}

static void image_task(void *arg, size_t image, size_t worker)
{
    const struct data_job *j = arg;
    float *padded = feri_worker_scratch(j->e, worker), *dx = feri_din(j->e, j->nd, 0) + image * feri_shape_size(j->x);
    const float *dy = feri_dout(j->e, j->nd) + image * feri_shape_size(j->y);
    memset(padded, 0, padded_row(j) * sizeof *padded);
    for (size_t ih = 0; ih < j->x.h; ih++, dx += j->x.w * j->x.c)
        data_row(j, ih, dy, padded, dx, feri_accumulates(j->e, j->nd, 0));
}

void feri_conv_data_scratch(const struct feri_plan *p, const struct feri_node *nd, size_t *shared_out,
                            size_t *worker_out)
{
    struct data_job j = job_of(p, nd);
    *shared_out = j.groups * j.kernel * j.kernel * j.block;
    *worker_out = padded_row(&j);
}

void feri_conv_data(struct feri_exec *e, const struct feri_node *nd, float *scratch)
{
    struct data_job j = job_of(e->plan, nd);
    j.e = e;
    j.packed = scratch;
    feri_pool_run(e->pool, j.groups * j.kernel, pack_task, &j);
    feri_pool_run(e->pool, e->n, image_task, &j);
}
