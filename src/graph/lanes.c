/* Inference of at least as many samples as there are threads. Each thread takes a few samples through the whole network
 * by itself. This has three advantages: what one node writes, the next reads from the cache of the same core; threads
 * wait for each other once per batch instead of once per node; and the arena holds only a few samples per thread. The
 * bits of a sample do not depend on its batch, so they equal those of the shared run. */
#include "graph/lanes.h"

#include "base/pool.h"

#include <stdlib.h>

#define SAMPLES_MAX 8 /* of a task */
#define ARENA_FLOATS \
    ((size_t)1 << 18) /* per task, about the second-level cache. More samples at once read the weights less often */

struct feri_lanes {
    struct feri_pool *pool;
    struct feri_exec **execs; /* [threads] */
    size_t threads, samples;  /* of a task, at most */
    float *input, *output;    /* [batch_max] */
    size_t in_size, out_size, size;
    size_t n, step; /* of the current run */
};

/* Samples per task: as many as the cache holds, as long as each thread gets two tasks. */
static size_t samples_of(const struct feri_exec *one, size_t batch_max, size_t threads)
{
    size_t fit = ARENA_FLOATS / (one->arena_size / sizeof(float) + 1), share = batch_max / (2 * threads);
    size_t samples = feri_min(feri_min(fit, share), SAMPLES_MAX);
    return samples ? samples : 1;
}

static fer_status make_execs(struct feri_lanes *l, const struct feri_plan *p, size_t batch_max, fer_error *err)
{
    fer_status st = feri_exec_build(p, 1, NULL, &l->execs[0], err);
    if (st != FER_OK) return st;
    l->samples = samples_of(l->execs[0], batch_max, l->threads);
    if (l->samples > 1) {
        feri_exec_drop(l->execs[0]);
        l->execs[0] = NULL;
    }
    for (size_t i = 0; i < l->threads && st == FER_OK; i++) {
        if (!l->execs[i]) st = feri_exec_build(p, l->samples, NULL, &l->execs[i], err);
        if (st == FER_OK) l->size += l->execs[i]->arena_size;
    }
    return st;
}

fer_status feri_lanes_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                          struct feri_lanes **lanes_out, fer_error *err)
{
    *lanes_out = NULL;
    struct feri_lanes *l = calloc(1, sizeof *l);
    if (!l) return feri_fail_memory(err, sizeof *l);
    *l = (struct feri_lanes){.pool = pool,
                             .threads = feri_pool_threads(pool),
                             .in_size = feri_shape_size(p->values[p->input].shape),
                             .out_size = feri_shape_size(p->values[p->output].shape)};
    l->size = batch_max * (l->in_size + l->out_size) * sizeof *l->input;
    fer_status st = 2 * (double)l->size > feri_memory_size() ? feri_batch_too_large(batch_max, 2 * (double)l->size, err)
                                                             : FER_OK; /* the caller counts them too */
    if (st == FER_OK) {
        l->execs = calloc(l->threads, sizeof(struct feri_exec *));
        l->input = feri_alloc(l->size);
        st = l->execs && l->input ? make_execs(l, p, batch_max, err) : feri_fail_memory(err, l->size);
    }
    if (st != FER_OK) {
        feri_lanes_free(l);
        return st;
    }
    l->output = l->input + batch_max * l->in_size;
    *lanes_out = l;
    return FER_OK;
}

void feri_lanes_free(struct feri_lanes *l)
{
    if (!l) return;
    for (size_t i = 0; l->execs && i < l->threads; i++) feri_exec_drop(l->execs[i]);
    free(l->execs);
    feri_free(l->input);
    free(l);
}

float *feri_lanes_input(struct feri_lanes *l)
{
    return l->input;
}

float *feri_lanes_output(struct feri_lanes *l)
{
    return l->output;
}

size_t feri_lanes_size(const struct feri_lanes *l)
{
    return l->size;
}

static void lane_task(void *arg, size_t task, size_t worker)
{
    struct feri_lanes *l = arg;
    struct feri_exec *e = l->execs[worker];
    size_t first = task * l->step, n = feri_min(l->step, l->n - first);
    memcpy(e->value[e->plan->input], l->input + first * l->in_size, n * l->in_size * sizeof *l->input);
    feri_exec_run(e, n, 0);
    memcpy(l->output + first * l->out_size, e->value[e->plan->output], n * l->out_size * sizeof *l->output);
}

void feri_lanes_forward(struct feri_lanes *l, size_t n)
{
    size_t rounds =
        /* tasks of equal size, as far as possible, and a whole number of them per thread */
        feri_div_up(n, l->samples * l->threads);
    l->n = n;
    l->step = feri_div_up(n, rounds * l->threads);
    feri_pool_run(l->pool, feri_div_up(n, l->step), lane_task, l);
}

void feri_lanes_profile(struct feri_lanes *l, bool on)
{
    for (size_t i = 0; i < l->threads; i++) feri_exec_time(l->execs[i], on);
}

void feri_lanes_take_times(struct feri_lanes *l, struct feri_node_time *times)
{
    for (size_t i = 0; i < l->threads; i++) {
        const struct feri_exec *e = l->execs[i];
        for (size_t k = 0; k < e->plan->n_nodes; k++) times[k].forward_s += e->times[k].forward_s / (double)l->threads;
    }
    feri_lanes_profile(l, true);
}
