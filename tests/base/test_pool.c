/* What users of a pool rely on: results are complete when a job returns, jobs can follow at once, and only one task at
 * a time uses a worker's scratch. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct feri_pool *pool_of(unsigned threads)
{
    struct feri_pool *pool;
    fer_error err = {0};
    if (feri_pool_new(threads, &pool, &err) != FER_OK) fail_msg("%s", err.text);
    return pool;
}

#define TASKS 37

struct chain {
    double slot[TASKS];
    double before;
};

static void step(void *arg, size_t task, size_t worker)
{
    (void)worker;
    struct chain *c = arg;
    c->slot[task] = c->before * 0.7 + (double)task / 3;
}

/* Hundreds of short jobs, each of which needs all of the one before. */
static double run_chain(struct feri_pool *pool)
{
    struct chain c = {.before = 1};
    for (int job = 0; job < 300; job++) {
        feri_pool_run(pool, TASKS, step, &c);
        c.before = 0;
        for (size_t i = 0; i < TASKS; i++) c.before += c.slot[i] / TASKS;
    }
    return c.before;
}

static void test_jobs_are_complete_when_they_return(void **state)
{
    (void)state;
    double alone = run_chain(NULL);
    for (unsigned threads = 1; threads <= 5; threads++) {
        struct feri_pool *pool = pool_of(threads);
        double together = run_chain(pool);
        assert_true(alone == together);
        feri_pool_free(pool);
    }
}

struct scratch {
    atomic_int busy[5];
    atomic_int shared, outside;
};

static void use_scratch(void *arg, size_t task, size_t worker)
{
    struct scratch *s = arg;
    if (worker >= 5) {
        atomic_fetch_add(&s->outside, 1);
        return;
    }
    if (atomic_fetch_add(&s->busy[worker], 1) != 0) atomic_fetch_add(&s->shared, 1);
    for (volatile size_t i = 0; i < 200 + task % 7 * 50; i++) continue;
    atomic_fetch_sub(&s->busy[worker], 1);
}

static void test_a_workers_number_belongs_to_one_task_at_a_time(void **state)
{
    (void)state;
    struct feri_pool *pool = pool_of(5);
    struct scratch s = {0};
    for (int job = 0; job < 20; job++) feri_pool_run(pool, 200, use_scratch, &s);
    assert_int_equal(atomic_load(&s.shared), 0);
    assert_int_equal(atomic_load(&s.outside), 0);
    feri_pool_free(pool);
}

static void count(void *arg, size_t task, size_t worker)
{
    (void)task;
    (void)worker;
    atomic_fetch_add((atomic_int *)arg, 1);
}

/* A task must not use the pool it is in, but its loops need none. */
static void nested(void *arg, size_t task, size_t worker)
{
    (void)task;
    (void)worker;
    feri_pool_run(NULL, 10, count, arg);
}

static void test_tasks_run_loops_of_their_own_without_a_pool(void **state)
{
    (void)state;
    struct feri_pool *pool = pool_of(3);
    atomic_int n = 0;
    feri_pool_run(pool, 20, nested, &n);
    assert_int_equal(atomic_load(&n), 200);
    feri_pool_run(pool, 0, count, &n);
    assert_int_equal(atomic_load(&n), 200);
    feri_pool_free(pool);
}

static void test_thread_counts_have_a_default_and_a_limit(void **state)
{
    (void)state;
    struct feri_pool *pool = pool_of(0);
    fer_error err = {0};
    assert_true(feri_cpu_count() >= 1);
    assert_int_equal(feri_pool_threads(pool), feri_cpu_count());
    feri_pool_free(pool);
    assert_int_equal(feri_pool_threads(NULL), 1);
    assert_int_equal(feri_pool_new(1025, &pool, &err), FER_ERR_ARGUMENT);
    assert_null(pool);
    assert_non_null(strstr(err.text, "1025"));
}

static void test_pools_come_and_go(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct feri_pool *pool = pool_of(1 + i % 4);
        atomic_int n = 0;
        if (i % 3) feri_pool_run(pool, i, count, &n);
        feri_pool_free(pool);
        assert_int_equal(atomic_load(&n), i % 3 ? (int)i : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_are_complete_when_they_return),
        cmocka_unit_test(test_a_workers_number_belongs_to_one_task_at_a_time),
        cmocka_unit_test(test_tasks_run_loops_of_their_own_without_a_pool),
        cmocka_unit_test(test_thread_counts_have_a_default_and_a_limit),
        cmocka_unit_test(test_pools_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
