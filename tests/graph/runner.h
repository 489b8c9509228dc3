/* A graph compiled and ready to run on BATCH samples of fixed numbers. */
#ifndef RUNNER_H
#define RUNNER_H

#include "base/rng.h"
#include "graph/exec.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BATCH 3

struct runner {
    struct feri_graph *graph;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_pool *pool;
    size_t n_out;
};

static struct runner compile(struct feri_graph *g, const struct feri_plan_options *opt, unsigned threads)
{
    struct runner r = {.graph = g};
    fer_error err = {0};
    struct feri_shape in = feri_value_shape(g, g->input), out = feri_value_shape(g, g->output);
    assert_int_equal(feri_pool_new(threads, &r.pool, &err), FER_OK);
    assert_int_equal(feri_plan_new(g, opt, &r.plan, &err), FER_OK);
    assert_int_equal(feri_exec_new(r.plan, BATCH, r.pool, &r.exec, &err), FER_OK);
    struct feri_rng rng = feri_rng_new(9, 1, 1);
    for (size_t i = 0; i < BATCH * feri_shape_size(in); i++) feri_exec_input(r.exec)[i] = feri_rng_range(&rng, -2, 2);
    r.n_out = BATCH * feri_shape_size(out);
    return r;
}

static void dismiss(struct runner *r)
{
    feri_exec_free(r->exec);
    feri_plan_free(r->plan);
    feri_pool_free(r->pool);
}

#endif
