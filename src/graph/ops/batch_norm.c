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
#define CHUNK_FLOATS  32768
#define TASK_CHANNELS 16 /* summed by one task */

static size_t chunk_rows(size_t c)
{
    size_t rows = CHUNK_FLOATS / c;
    return rows < 16 ? 16 : rows;
}

/* Few channels would leave most lanes of a vector idle. So `fold` rows of a sample are treated as one row of fold *
 * channels. */
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
    size_t channels, fold, rows, c; /* rows: of a sample */
    struct feri_parts parts;
    /* [c]: the channels' values, repeated `fold` times */
    const float *mean, *invstd, *scale, *shift, *slope;
    float *scratch;
    const float *q, *r;
};

static struct batch_norm_job geometry_of(const struct feri_plan *p, const struct feri_node *nd)
{
    struct batch_norm_job j = {
        .nd = nd, .channels = feri_shape_of(p, nd->out).c, .fold = 1, .rows = feri_rows(p, nd->out, 1)};
    if (p->mode == FERI_PLAN_TRAIN) j.fold = fold_of(j.rows, j.channels);
    j.rows /= j.fold;
    j.c = j.channels * j.fold;
    return j;
}

static void batch_norm_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    if (p->mode == FERI_PLAN_INFER) return;
    struct batch_norm_job j = geometry_of(p, nd);
    size_t parts = feri_parts_of(s->slots, s->slot_samples, j.rows, chunk_rows(j.c)).n;
    s->saved = 5 * j.c;                      /* mean, invstd, scale, shift, slope */
    s->forward = parts * 2 * j.c;            /* mean and m2 of every part */
    s->backward = parts * 3 * j.c + 2 * j.c; /* dbeta, dgamma, dslope of every part; q, r */
}

static struct batch_norm_job job_of(struct feri_exec *e, const struct feri_node *nd)
{
    struct batch_norm_job j = geometry_of(e->plan, nd);
    size_t c = j.c;
    j.parts = feri_parts_now(e, j.rows, chunk_rows(c));
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

static void stats_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t rows, r0 = feri_part_rows(j->e, &j->parts, part, &rows);
    float *mean = j->scratch + part * 2 * j->c;
    if (rows) j->e->k->bn_stats(rows, j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, mean, mean + j->c);
}

static void apply_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t rows, r0 = feri_part_rows(j->e, &j->parts, part, &rows);
    if (rows == 0) return;
    j->e->k->bn_apply(rows, j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, j->scale, j->shift, j->nd->act, j->slope,
                      feri_out(j->e, j->nd) + r0 * j->c);
}

/* ---- sums over slots and ranks ---- */

/* The union of some rows, of one channel: their number, mean and sum of squared deviations; or three plain sums. */
struct totals {
    double v[3];
};

/* Chan, Golub, LeVeque 1983. */
static void join_stats(void *arg, void *sum, const void *right)
{
    (void)arg;
    struct totals *a = sum;
    const struct totals *b = right;
    double n = a->v[0] + b->v[0], delta = b->v[1] - a->v[1];
    if (b->v[0] == 0) return;
    a->v[1] += delta * b->v[0] / n;
    a->v[2] += b->v[2] + delta * delta * a->v[0] * b->v[0] / n;
    a->v[0] = n;
}

static void join_sums(void *arg, void *sum, const void *right)
{
    (void)arg;
    struct totals *a = sum;
    const struct totals *b = right;
    for (size_t i = 0; i < 3; i++) a->v[i] += b->v[i];
}

/* A channel's rows of one part: j->scratch has 2 or 3 numbers of it, for each fold. */
static struct totals part_stats(const struct batch_norm_job *j, size_t part, size_t fold, size_t ch)
{
    const float *at = j->scratch + part * 2 * j->c + fold * j->channels + ch;
    size_t rows;
    feri_part_rows(j->e, &j->parts, part, &rows);
    if (rows == 0) return (struct totals){{0}};
    return (struct totals){{(double)rows, (double)at[0], (double)at[j->c]}};
}

static struct totals part_sums(const struct batch_norm_job *j, size_t part, size_t fold, size_t ch)
{
    const float *at = j->scratch + part * 3 * j->c + fold * j->channels + ch;
    return (struct totals){{(double)at[0], (double)at[j->c], (double)at[2 * j->c]}};
}

struct reduction {
    const struct batch_norm_job *j;
    struct totals (*part)(const struct batch_norm_job *j, size_t part, size_t fold, size_t ch);
    feri_tree_add_fn *join;
};

/* One part and one fold after the other. */
static struct totals slot_totals(const struct reduction *r, size_t slot, size_t ch)
{
    const struct batch_norm_job *j = r->j;
    struct totals sum = {{0}};
    for (size_t i = 0; i < j->parts.each * j->fold; i++) {
        struct totals next = r->part(j, slot * j->parts.each + i / j->fold, i % j->fold, ch);
        r->join(NULL, &sum, &next);
    }
    return sum;
}

/* Subtrees' values are on a stack of their own, beside that of the tree. */
static void push(const struct reduction *r, struct feri_tree *t, struct totals *stack, struct feri_subtree s,
                 struct totals value)
{
    s.data = &stack[t->n];
    stack[t->n] = value;
    feri_tree_push(t, s, r->join, NULL);
}

/* mine[block][channel] of this rank's blocks */
static void sum_channels(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct reduction *r = arg;
    const struct feri_slots *s = &r->j->e->slots;
    size_t channels = r->j->channels, end = feri_min(channels, (task + 1) * TASK_CHANNELS);
    for (size_t ch = task * TASK_CHANNELS; ch < end; ch++) {
        struct totals stack[FERI_SLOTS_BLOCKS];
        struct feri_tree t;
        t.n = 0;
        for (size_t slot = 0; slot < feri_slots_mine(s); slot++)
            push(r, &t, stack, (struct feri_subtree){.first = feri_slots_first(s, s->rank) + slot, .size = 1},
                 slot_totals(r, slot, ch));
        for (size_t b = 0; b < t.n; b++)
            for (size_t i = 0; i < 3; i++) r->j->e->mine[(b * channels + ch) * 3 + i] = stack[b].v[i];
    }
}

/* Finish the tree over the blocks of all ranks: the sums of a channel. */
static struct totals finish(const struct reduction *r, const double *all, size_t ch)
{
    const struct feri_exec *e = r->j->e;
    struct totals stack[FERI_SLOTS_BLOCKS];
    struct feri_tree t;
    t.n = 0;
    for (size_t b = 0; b < e->n_all_blocks; b++, all += 3 * r->j->channels)
        push(r, &t, stack, e->all_blocks[b], (struct totals){{all[ch * 3], all[ch * 3 + 1], all[ch * 3 + 2]}});
    return stack[0];
}

/* Sum over everything, of every channel; returns [channels] for finish(). */
static const double *share(const struct reduction *r)
{
    struct feri_exec *e = r->j->e;
    const struct feri_team *team = e->plan->team;
    feri_pool_run(e->pool, feri_div_up(r->j->channels, TASK_CHANNELS), sum_channels, (void *)(uintptr_t)r);
    if (!team) return e->mine;
    team->share(team->user, 3 * r->j->channels, e->mine, e->all);
    return e->all;
}

/* Write this batch's statistics to `saved` and update the running ones. */
static void batch_statistics(struct feri_exec *e, const struct feri_node *nd, struct batch_norm_job *j, float *saved)
{
    struct feri_param *params = e->plan->graph->params;
    float *running_mean = params[nd->param[FERI_ROLE_MEAN]].data, *running_var = params[nd->param[FERI_ROLE_VAR]].data;
    j->scratch = e->forward_scratch[feri_node_index(e, nd)];
    feri_pool_run(e->pool, j->parts.n, stats_task, j);
    const struct reduction r = {j, part_stats, join_stats};
    const double *all = share(&r);
    for (size_t ch = 0; ch < j->channels; ch++) {
        struct totals t = finish(&r, all, ch);
        double rows = t.v[0], mean = t.v[1], m2 = t.v[2];
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
    feri_pool_run(e->pool, j.parts.n, apply_task, &j);
}

static void reduce_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t rows, r0 = feri_part_rows(j->e, &j->parts, part, &rows);
    float *sums = j->scratch + part * 3 * j->c;
    memset(sums, 0, 3 * j->c * sizeof *sums);
    if (rows == 0) return;
    j->e->k->bn_backward_reduce(rows, j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, feri_dout(j->e, j->nd) + r0 * j->c,
                                j->scale, j->shift, j->mean, j->invstd, j->nd->act, j->slope, sums, sums + j->c,
                                sums + 2 * j->c);
}

static void backward_task(void *arg, size_t part, size_t worker)
{
    (void)worker;
    const struct batch_norm_job *j = arg;
    size_t rows, r0 = feri_part_rows(j->e, &j->parts, part, &rows);
    if (rows == 0) return;
    j->e->k->bn_backward_apply(rows, j->c, feri_in(j->e, j->nd, 0) + r0 * j->c, feri_dout(j->e, j->nd) + r0 * j->c,
                               j->scale, j->shift, j->nd->act, j->slope, j->mean, j->q, j->r,
                               feri_din(j->e, j->nd, 0) + r0 * j->c, feri_accumulates(j->e, j->nd, 0));
}

static void batch_norm_backward(struct feri_exec *e, const struct feri_node *nd)
{
    struct batch_norm_job j = job_of(e, nd);
    j.scratch = e->backward_scratch[feri_node_index(e, nd)];
    float *q = j.scratch + j.parts.n * 3 * j.c, *r = q + j.c;
    float *dgamma = feri_param_grad(e, nd, FERI_ROLE_WEIGHT), *dbeta = feri_param_grad(e, nd, FERI_ROLE_BIAS),
          *dslope = feri_param_grad(e, nd, FERI_ROLE_SLOPE);
    double m = nd->u.frozen_stats ? INFINITY : (double)(feri_rows(e->plan, nd->out, 1) * e->total);
    feri_pool_run(e->pool, j.parts.n, reduce_task, &j);
    const struct reduction over = {&j, part_sums, join_sums};
    const double *all = share(&over);
    for (size_t ch = 0; ch < j.channels; ch++) {
        struct totals sums = finish(&over, all, ch); /* dbeta, dgamma, dslope */
        if (dbeta) dbeta[ch] = (float)sums.v[0];
        if (dgamma) dgamma[ch] = (float)sums.v[1];
        if (dslope) dslope[ch] = (float)sums.v[2];
        q[ch] = (float)(-(double)j.scale[ch] * (double)j.invstd[ch] * sums.v[1] / m);
        r[ch] = (float)(-(double)j.scale[ch] * sums.v[0] / m);
    }
    if (!feri_din(e, nd, 0)) return;
    spread(&j, q, q);
    spread(&j, r, r);
    j.q = q;
    j.r = r;
    feri_pool_run(e->pool, j.parts.n, backward_task, &j);
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
