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

/* After a job the next one often follows within microseconds (the graph's next node). So a worker checks this many
 * times before it sleeps. The number is bounded, so that a busy machine does not lose a core. */
#define SPIN_ROUNDS 4000

struct worker {
    struct feri_pool *pool;
    size_t index;
    pthread_t thread;
};

/* Each thread gets a run of consecutive tasks. So it finds the data where its tasks of the previous job wrote them: in
 * its own core's cache. A thread that has finished its run helps with the others. Runs are on separate cache lines. */
struct run {
    _Alignas(64) _Atomic size_t next; /* next task */
    size_t end;
};

struct feri_pool {
    /* number for which scratch memory is allocated; fewer may run if the system is short of threads */
    unsigned threads;
    unsigned started;       /* number of running workers */
    pid_t process;          /* process in which they run; a child after fork() has none of them */
    struct worker *workers; /* threads - 1 of them; the caller is worker 0 */
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    _Atomic uint64_t generation; /* increases with every job */
    struct run *runs;            /* [threads] */
    _Atomic unsigned active;     /* workers that have not finished this job */
    unsigned sleeping;           /* guarded by the lock */
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

/* Start the workers of this process, as many as the system allows; the others do the tasks of missing ones. In a child
 * after fork(), threads that do not exist may hold the locks, so everything is created again. */
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
    /* otherwise none were started, or they belong to another process */
    if (pool->process == getpid()) stop_workers(pool);
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
