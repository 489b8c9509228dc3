/* Batch normalisation (Ioffe, Szegedy 2015) with a fused activation:
 *   y = act(z),  z = x scale + shift,  scale = gamma / sqrt(var + eps),  shift = beta - mean scale
 * Backward, with dz = dy act'(z), xhat = (x - mean) invstd, sums over all M rows:
 *   dbeta = sum dz,  dgamma = sum dz xhat
 *   dx = scale (dz - dbeta / M - xhat dgamma / M) = scale dz + q (x - mean) + r
 * The form q x + r would be wrong: far from zero it rounds every row the same way, which would swamp the sum of dx, and
 * that sum must vanish. Training normalises by the biased variance but stores the unbiased one as running_var, as
 * PyTorch does. */
#include "graph/parallel.h"

#include <math.h>

#define MOMENTUM 0.1f
#define LANES    16 /* of the widest vectors */
/* a chunk's rows stay in the second-level cache between the two passes of bn_stats */
#define CHUNK_FLOATS 32768

static size_t chunk_rows(size_t c)
{
    size_t rows = CHUNK_FLOATS / c;
    return rows < 16 ? 16 : rows;
}

/* Few channels would leave most lanes of a vector idle. So `fold` rows are treated as one row of fold * channels. */
static size_t fold_of(size_t rows, size_t channels)
{
    size_t fold = 1;
    while (channels * fold % LANES && fold < LANES) fold++;
    return channels < LANES && rows % fold == 0 ? fold : 1;
}

/* The matrix that a batch norm processes: rows x c, where c is fold * channels. */
struct batch_norm_job {
    struct feri_exec *e;
    const struct feri_node *nd;
    size_t channels, fold, rows, c, step, chunks;
    /* [c]: the channels' values, repeated `fold` times */
    const float *mean, *invstd, *scale, *shift, *slope;
    float *scratch;
    const float *q, *r;
};

static struct batch_norm_job geometry_of(const struct feri_plan *p, const struct feri_node *nd, size_t n)
{
    struct batch_norm_job j = {
        .nd = nd, .channels = feri_shape_of(p, nd->out).c, .fold = 1, .rows = feri_rows(p, nd->out, n)};
    if (p->mode == FERI_PLAN_TRAIN) j.fold = fold_of(j.rows, j.channels);
    j.rows /= j.fold;
    j.c = j.channels * j.fold;
    j.step = chunk_rows(j.c);
    j.chunks = feri_div_up(j.rows, j.step);
    return j;
}

static void batch_norm_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    if (p->mode == FERI_PLAN_INFER) return;
    struct batch_norm_job j = geometry_of(p, nd, n);
    size_t widest = j.channels < LANES ? j.channels * LANES : j.channels,
           chunks = j.chunks + 1;                   /* a smaller batch may use another fold */
    s->saved = 5 * widest;                          /* mean, invstd, scale, shift, slope */
    s->forward = chunks * 2 * widest;               /* mean and m2 of every chunk */
    s->backward = chunks * 3 * widest + 2 * widest; /* dbeta, dgamma, dslope of every chunk; q, r */
}

static struct batch_norm_job job_of(struct feri_exec *e, const struct feri_node *nd)
{
    struct batch_norm_job j = geometry_of(e->plan, nd, e->n);
    size_t c = j.c;
    j.e = e;
    if (nd->weight) {
        j.scale = nd->weight;
        j.shift = nd->bias;
        j.slope = nd->slope;
    } else {
        const float *saved = e->saved[feri_node_index(e, nd)];
        j.mean = saved;
        j.invstd = saved + c;
        j.scale = saved + 2 * c;
        j.shift = saved + 3 * c;
        j.slope = feri_param_data(e, nd, FERI_ROLE_SLOPE) ? saved + 4 * c : NULL;
    }
    return j;
}

/* Repeat the channels' values `fold` times. */
static void spread(const struct batch_norm_job *j, const float *channels, float *out)
{
    for (size_t i = 0; i < j->fold; i++) memmove(out + i * j->channels, channels, j->channels * sizeof *out);
}

static void stats_task(void *arg, size_t chunk, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t r0 = chunk * j->step;
    float *mean = j->scratch + chunk * 2 * j->c;
    j->e->k->bn_stats(feri_min(j->step, j->rows - r0), j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, mean, mean + j->c);
}

static void apply_task(void *arg, size_t chunk, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t r0 = chunk * j->step;
    j->e->k->bn_apply(feri_min(j->step, j->rows - r0), j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, j->scale, j->shift,
                      j->nd->act, j->slope, feri_out(j->e, j->nd) + r0 * j->c);
}

/* Mean and sum of squared deviations of the union, one chunk and one fold after the other (Chan, Golub, LeVeque 1983).
 */
static void combine(const struct batch_norm_job *j, size_t ch, double *mean_out, double *m2_out)
{
    double mean = 0, m2 = 0, n = 0;
    for (size_t part = 0; part < j->chunks * j->fold; part++) {
        size_t chunk = part / j->fold, at = chunk * 2 * j->c + part % j->fold * j->channels + ch;
        double nb = (double)feri_min(j->step, j->rows - chunk * j->step), total = n + nb,
               delta = (double)j->scratch[at] - mean;
        mean += delta * nb / total;
        m2 += (double)j->scratch[at + j->c] + delta * delta * n * nb / total;
        n = total;
    }
    *mean_out = mean;
    *m2_out = m2;
}

/* Write this batch's statistics to `saved` and update the running ones. */
static void batch_statistics(struct feri_exec *e, const struct feri_node *nd, struct batch_norm_job *j, float *saved)
{
    struct feri_param *params = e->plan->graph->params;
    float *running_mean = params[nd->param[FERI_ROLE_MEAN]].data, *running_var = params[nd->param[FERI_ROLE_VAR]].data;
    j->scratch = e->forward_scratch[feri_node_index(e, nd)];
    feri_pool_run(e->pool, j->chunks, stats_task, j);
    double rows = (double)(j->rows * j->fold);
    for (size_t ch = 0; ch < j->channels; ch++) {
        double mean, m2;
        combine(j, ch, &mean, &m2);
        saved[ch] = (float)mean;
        saved[j->c + ch] = (float)(1.0 / sqrt(m2 / rows + (double)FERI_NORM_EPS));
        double unbiased = m2 / (rows > 1 ? rows - 1 : 1);
        running_mean[ch] = (1 - MOMENTUM) * running_mean[ch] + MOMENTUM * (float)mean;
        running_var[ch] = (1 - MOMENTUM) * running_var[ch] + MOMENTUM * (float)unbiased;
    }
    *params[nd->param[FERI_ROLE_COUNTER]].data += 1;
}

static void running_statistics(struct feri_exec *e, const struct feri_node *nd, const struct batch_norm_job *j,
                               float *saved)
{
    const float *mean = feri_param_data(e, nd, FERI_ROLE_MEAN), *var = feri_param_data(e, nd, FERI_ROLE_VAR);
    for (size_t ch = 0; ch < j->channels; ch++) {
        saved[ch] = mean[ch];
        saved[j->c + ch] = 1.0f / sqrtf(var[ch] + FERI_NORM_EPS);
    }
}

static void batch_norm_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct batch_norm_job j = job_of(e, nd);
    if (!nd->weight) {
        float *saved = e->saved[feri_node_index(e, nd)], *mean = saved, *invstd = saved + j.c, *scale = saved + 2 * j.c,
              *shift = saved + 3 * j.c;
        const float *gamma = feri_param_data(e, nd, FERI_ROLE_WEIGHT), *beta = feri_param_data(e, nd, FERI_ROLE_BIAS);
        if (nd->u.frozen_stats) running_statistics(e, nd, &j, saved);
        else batch_statistics(e, nd, &j, saved);
        for (size_t ch = 0; ch < j.channels; ch++) {
            scale[ch] = gamma[ch] * invstd[ch];
            shift[ch] = beta[ch] - mean[ch] * scale[ch];
        }
        for (size_t i = 0; i < 4; i++) spread(&j, saved + i * j.c, saved + i * j.c);
        if (j.slope) spread(&j, feri_param_data(e, nd, FERI_ROLE_SLOPE), saved + 4 * j.c);
    }
    feri_pool_run(e->pool, j.chunks, apply_task, &j);
}

static void reduce_task(void *arg, size_t chunk, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t r0 = chunk * j->step;
    float *sums = j->scratch + chunk * 3 * j->c;
    memset(sums, 0, 3 * j->c * sizeof *sums);
    j->e->k->bn_backward_reduce(feri_min(j->step, j->rows - r0), j->c, feri_in(j->e, j->nd, 0) + r0 * j->c,
                                feri_dout(j->e, j->nd) + r0 * j->c, j->scale, j->shift, j->mean, j->invstd, j->nd->act,
                                j->slope, sums, sums + j->c, sums + 2 * j->c);
}

static void backward_task(void *arg, size_t chunk, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t r0 = chunk * j->step;
    j->e->k->bn_backward_apply(feri_min(j->step, j->rows - r0), j->c, feri_in(j->e, j->nd, 0) + r0 * j->c,
                               feri_dout(j->e, j->nd) + r0 * j->c, j->scale, j->shift, j->nd->act, j->slope, j->mean,
                               j->q, j->r, feri_din(j->e, j->nd, 0) + r0 * j->c, feri_accumulates(j->e, j->nd, 0));
}

/* sums: dbeta, dgamma, dslope of a channel, over chunks and folds. */
static void sum_chunks(const struct batch_norm_job *j, size_t ch, double sums[3])
{
    for (size_t s = 0; s < 3; s++) {
        sums[s] = 0;
        for (size_t part = 0; part < j->chunks * j->fold; part++)
            sums[s] += (double)j->scratch[(part / j->fold * 3 + s) * j->c + part % j->fold * j->channels + ch];
    }
}

static void batch_norm_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct batch_norm_job j = job_of(e, nd);
    j.scratch = e->backward_scratch[feri_node_index(e, nd)];
    float *q = j.scratch + j.chunks * 3 * j.c, *r = q + j.c;
    float *dgamma = feri_param_grad(e, nd, FERI_ROLE_WEIGHT), *dbeta = feri_param_grad(e, nd, FERI_ROLE_BIAS),
          *dslope = feri_param_grad(e, nd, FERI_ROLE_SLOPE);
    double m = nd->u.frozen_stats ? INFINITY : (double)(j.rows * j.fold);
    feri_pool_run(e->pool, j.chunks, reduce_task, &j);
    for (size_t ch = 0; ch < j.channels; ch++) {
        double sums[3];
        sum_chunks(&j, ch, sums);
        if (dbeta) dbeta[ch] = (float)sums[0];
        if (dgamma) dgamma[ch] = (float)sums[1];
        if (dslope) dslope[ch] = (float)sums[2];
        q[ch] = (float)(-(double)j.scale[ch] * (double)j.invstd[ch] * sums[1] / m);
        r[ch] = (float)(-(double)j.scale[ch] * sums[0] / m);
    }
    if (!feri_din(e, nd, 0)) return;
    spread(&j, q, q);
    spread(&j, r, r);
    j.q = q;
    j.r = r;
    feri_pool_run(e->pool, j.chunks, backward_task, &j);
}

const struct feri_op feri_op_batch_norm = {
    .name = "batch_norm",
    .sizes = batch_norm_sizes,
    .forward = batch_norm_forward,
    .backward = batch_norm_backward,
    .backward_reads_in = true,
    .in_place = true,
};

static void add_params(struct feri_graph *g, const char *name, size_t c, int param[FERI_ROLES])
{
    param[FERI_ROLE_WEIGHT] = feri_param_add(g, name, "weight", FERI_PARAM_NORM_WEIGHT, 1, &c, 0);
    param[FERI_ROLE_BIAS] = feri_param_add(g, name, "bias", FERI_PARAM_NORM_BIAS, 1, &c, 0);
    param[FERI_ROLE_MEAN] = feri_param_add(g, name, "running_mean", FERI_PARAM_RUNNING_MEAN, 1, &c, 0);
    param[FERI_ROLE_VAR] = feri_param_add(g, name, "running_var", FERI_PARAM_RUNNING_VAR, 1, &c, 0);
    param[FERI_ROLE_COUNTER] = feri_param_add(g, name, "num_batches_tracked", FERI_PARAM_COUNTER, 0, &c, 0);
}

feri_value feri_batch_norm(struct feri_graph *g, feri_value x, const char *name)
{
    if (!feri_graph_has(g, x)) return -1;
    struct feri_shape s = feri_value_shape(g, x);
    struct feri_node *nd = feri_node_add(g, &feri_op_batch_norm, name, 1, &x, s);
    if (!nd) return -1;
    add_params(g, name, s.c, nd->param);
    return g->failed ? -1 : nd->out;
}

void feri_unused_batch_norm(struct feri_graph *g, const char *name, size_t c)
{
    int param[FERI_ROLES];
    size_t first = g->n_params;
    add_params(g, name, c, param);
    for (size_t i = first; i < g->n_params; i++) g->params[i].used = false;
}
