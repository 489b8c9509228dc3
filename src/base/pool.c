#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pool.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* A finished job is often followed by the next one within microseconds (the graph's next node), so a worker
 * looks this often before it sleeps; bounded, so that a busy machine is not robbed of a core. */
#define SPIN_ROUNDS 4000

struct worker {
    struct feri_pool *pool;
    size_t index;
    pthread_t thread;
};

/* A job's tasks are dealt out in runs of neighbours, one run a thread, so that a thread finds what its tasks read where
 * its tasks of the job before wrote it: in its own core's cache. Who is done with his own run helps with the others'.
 * On cache lines of their own. */
struct run {
    _Alignas(64) _Atomic size_t next; /* task to hand out */
    size_t end;
};

struct feri_pool {
    unsigned threads;       /* what scratch memory is made for; a system short of threads may run fewer */
    unsigned started;       /* workers that run */
    pid_t process;          /* in which they run: a child after fork() has none of them */
    struct worker *workers; /* threads - 1 of them: the caller is worker 0 */
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    _Atomic uint64_t generation; /* one more for every job */
    struct run *runs;            /* [threads] */
    _Atomic unsigned active;     /* workers that have not yet finished with this job */
    unsigned sleeping;           /* under lock */
    atomic_bool stop;
    feri_task_fn *fn;
    void *arg;
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void work(struct feri_pool *pool, size_t worker)
{
    for (size_t i = 0; i < pool->threads; i++) {
        struct run *run = &pool->runs[(worker + i) % pool->threads];
        for (size_t task; (task = atomic_fetch_add_explicit(&run->next, 1, memory_order_relaxed)) < run->end;)
            pool->fn(pool->arg, task, worker);
    }
}

static bool wait_for_job(struct feri_pool *pool, uint64_t seen)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen) return true;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    pool->sleeping++;
    while (atomic_load(&pool->generation) == seen && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->wake, &pool->lock);
    pool->sleeping--;
    pthread_mutex_unlock(&pool->lock);
    return atomic_load(&pool->generation) != seen;
}

static void *worker_main(void *arg)
{
    struct worker *self = arg;
    struct feri_pool *pool = self->pool;
    for (uint64_t seen = 0; wait_for_job(pool, seen); seen++) {
        work(pool, self->index);
        if (atomic_fetch_sub_explicit(&pool->active, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->idle);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

unsigned feri_cpu_count(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int n = CPU_COUNT(&set);
        if (n > 0) return (unsigned)n;
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

/* The workers of this process, as many as the system lets start: the others help with the tasks of those that are
 * missing. In a child after fork() the locks may be held by threads that do not exist, so all begins anew. */
static void start_workers(struct feri_pool *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    atomic_init(&pool->generation, 0);
    atomic_init(&pool->active, 0);
    atomic_init(&pool->stop, false);
    pool->sleeping = pool->started = 0;
    pool->process = getpid();
    for (; pool->started + 1 < pool->threads; pool->started++) {
        struct worker *w = &pool->workers[pool->started];
        *w = (struct worker){.pool = pool, .index = pool->started + 1};
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0) break;
    }
}

static void stop_workers(struct feri_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
}

fer_status feri_pool_new(unsigned threads, struct feri_pool **pool_out, fer_error *err)
{
    *pool_out = NULL;
    if (threads > 1024)
        return feri_fail(err, FER_ERR_ARGUMENT, "threads: %u is out of range, expected 0 to 1024", threads);
    if (threads == 0) threads = feri_cpu_count();
    struct feri_pool *pool = feri_alloc_zero(sizeof *pool);
    if (!pool) return feri_fail_memory(err, sizeof *pool);
    pool->threads = threads;
    pool->workers = feri_alloc_zero(threads * sizeof *pool->workers);
    pool->runs = feri_alloc_zero(threads * sizeof *pool->runs);
    if (!pool->workers || !pool->runs) {
        feri_pool_free(pool);
        return feri_fail_memory(err, threads * (sizeof *pool->workers + sizeof *pool->runs));
    }
    start_workers(pool);
    *pool_out = pool;
    return FER_OK;
}

void feri_pool_free(struct feri_pool *pool)
{
    if (!pool) return;
    if (pool->process == getpid()) stop_workers(pool); /* else none were started, or they are another process's */
    feri_free(pool->workers);
    feri_free(pool->runs);
    feri_free(pool);
}

unsigned feri_pool_threads(const struct feri_pool *pool)
{
    return pool ? pool->threads : 1;
}

void feri_pool_run(struct feri_pool *pool, size_t n_tasks, feri_task_fn *fn, void *arg)
{
    if (!pool || pool->threads == 1 || n_tasks <= 1) {
        for (size_t i = 0; i < n_tasks; i++) fn(arg, i, 0);
        return;
    }
    if (pool->process != getpid()) start_workers(pool);
    pool->fn = fn;
    pool->arg = arg;
    for (size_t i = 0; i < pool->threads; i++) {
        pool->runs[i].end = (i + 1) * n_tasks / pool->threads;
        atomic_store_explicit(&pool->runs[i].next, i * n_tasks / pool->threads, memory_order_relaxed);
    }
    atomic_store_explicit(&pool->active, pool->started, memory_order_relaxed);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    if (pool->sleeping) pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    work(pool, 0);
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&pool->active, memory_order_acquire) == 0) return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->active, memory_order_acquire) != 0) pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
