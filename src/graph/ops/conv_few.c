/* Convolutions with few output channels, which have a kernel of their own. */
#include "graph/conv.h"

#define BLOCK_FLOATS 32768 /* input floats per task, about */

bool feri_conv_few_takes(const struct feri_plan *p, const struct feri_node *nd)
{
    return nd->u.conv.groups == 1 && feri_shape_of(p, nd->out).c <= FERI_FEW;
}

struct feri_conv_few feri_conv_few_of(const struct feri_plan *p, const struct feri_node *nd, const float *weight)
{
    struct feri_shape x = feri_shape_of(p, nd->in[0]), y = feri_shape_of(p, nd->out);
    return (struct feri_conv_few){.h = x.h,
                                  .w = x.w,
                                  .oh = y.h,
                                  .ow = y.w,
                                  .ci = x.c,
                                  .co = y.c,
                                  .k = nd->u.conv.kernel,
                                  .stride = nd->u.conv.stride,
                                  .pad = nd->u.conv.pad,
                                  .weight = weight};
}

struct few_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    struct feri_conv_few d;
    struct feri_epilogue epi;
    size_t row_step, row_blocks;
};

static void forward_task(void *arg, size_t task, size_t worker)
{
    const struct few_job *j = arg;
    const struct feri_conv_few *d = &j->d;
    size_t image = task / j->row_blocks, row0 = task % j->row_blocks * j->row_step, size = d->oh * d->ow * d->co;
    struct feri_epilogue epi = j->epi;
    if (epi.residual) epi.residual += image * size;
    j->e->k->conv_few(d, feri_in(j->e, j->nd, 0) + image * d->h * d->w * d->ci, feri_out(j->e, j->nd) + image * size,
                      row0, feri_min(d->oh, row0 + j->row_step), &epi, feri_worker_scratch(j->e, worker));
}

void feri_conv_few_forward(struct feri_exec *e, const struct feri_node *nd)
{
    bool infer = nd->weight != NULL;
    struct few_job j = {
        .e = e,
        .nd = nd,
        .d = feri_conv_few_of(e->plan, nd, infer ? nd->weight : feri_param_data(e, nd, FERI_ROLE_WEIGHT)),
        .epi = {.bias = infer ? nd->bias : feri_param_data(e, nd, FERI_ROLE_BIAS), .act = nd->act, .slope = nd->slope}};
    if (nd->residual >= 0) {
        j.epi.residual = feri_in(e, nd, nd->residual);
        j.epi.ld_residual = j.d.co;
    }
    j.row_step = feri_div_up(BLOCK_FLOATS, j.d.w * j.d.ci * j.d.stride);
    j.row_blocks = feri_div_up(j.d.oh, j.row_step);
    feri_pool_run(e->pool, e->n * j.row_blocks, forward_task, &j);
}
