/* Execution: all threads share every node of a small batch, or each thread takes its own samples through the
 * network. */
#include "graph/exec.h"
#include "graph/lanes.h"

#define FLOATS_MAX ((size_t)1 << (sizeof(size_t) > 4 ? 40 : 29)) /* no input is that large */

fer_status feri_exec_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                         struct feri_exec **exec_out, fer_error *err)
{
    *exec_out = NULL;
    struct feri_lanes *lanes = NULL;
    size_t most = FLOATS_MAX / feri_shape_size(feri_shape_of(p, p->input)), threads = feri_pool_threads(pool);
    fer_status st = FER_OK;
    if (batch_max < 1 || batch_max > most)
        return feri_fail(err, FER_ERR_ARGUMENT, "batch %zu is out of range, expected 1 to %zu", batch_max, most);
    if (p->mode == FERI_PLAN_INFER && batch_max > 1 && threads > 1) {
        if ((st = feri_lanes_new(p, batch_max, pool, &lanes, err)) != FER_OK) return st;
        batch_max = feri_min(batch_max, threads - 1); /* more samples than this run in lanes */
    }
    if ((st = feri_exec_build(p, batch_max, pool, exec_out, err)) == FER_OK) (*exec_out)->lanes = lanes;
    else feri_lanes_free(lanes);
    return st;
}

void feri_exec_free(struct feri_exec *e)
{
    if (e) feri_lanes_free(e->lanes);
    feri_exec_drop(e);
}

size_t feri_exec_arena_size(const struct feri_exec *e)
{
    return e->arena_size + (e->lanes ? feri_lanes_size(e->lanes) : 0);
}

float *feri_exec_input(struct feri_exec *e)
{
    return e->lanes ? feri_lanes_input(e->lanes) : e->value[e->plan->input];
}

const float *feri_exec_output(const struct feri_exec *e)
{
    return e->lanes ? feri_lanes_output(e->lanes) : e->value[e->plan->output];
}

static void copy_samples(float *to, const float *from, size_t n, struct feri_shape s)
{
    memcpy(to, from, n * feri_shape_size(s) * sizeof *to);
}

void feri_exec_forward(struct feri_exec *e, size_t n, uint64_t seed)
{
    const struct feri_plan *p = e->plan;
    if (e->lanes && n > e->batch_max) {
        feri_lanes_forward(e->lanes, n);
        return;
    }
    if (e->lanes) copy_samples(e->value[p->input], feri_lanes_input(e->lanes), n, feri_shape_of(p, p->input));
    feri_exec_run(e, n, seed);
    if (e->lanes) copy_samples(feri_lanes_output(e->lanes), e->value[p->output], n, feri_shape_of(p, p->output));
}

void feri_exec_profile(struct feri_exec *e, bool on)
{
    if (e->lanes) feri_lanes_profile(e->lanes, on);
    feri_exec_time(e, on);
}

const struct feri_node_time *feri_exec_times(struct feri_exec *e, size_t *n_out)
{
    *n_out = e->plan->n_nodes;
    if (e->lanes) feri_lanes_take_times(e->lanes, e->times);
    return e->times;
}
