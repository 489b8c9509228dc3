/* base/pool.h and base/lock.h in WebAssembly, where a thread is a worker that JavaScript starts (web/thread.js). No
 * worker starts while C runs. So web/libfer.js starts all of them with the module, and all pools share them: only one
 * thread calls, so one job runs at a time. In fer.wasm, which has no atomic instructions, that thread does all the
 * tasks. */
#include "base/lock.h"
#include "base/pool.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>

struct feri_pool {
    unsigned threads;
};

static unsigned n_workers;

#ifdef __wasm_atomics__

#include <stdatomic.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), used)) name

#define THREADS_MAX 32 /* as in web/libfer.js */

/* How often a thread looks for the next job before it sleeps, some ten microseconds: as in src/base/pool.c, but without
 * an instruction that pauses. */
#define SPIN_ROUNDS 20000

/* A thread's tasks, on a cache line of their own. A thread that has finished its tasks helps with the others'. */
struct run {
    _Alignas(64) _Atomic size_t next;
    size_t end;
};

/* The only job at a time. */
static struct {
    struct run runs[THREADS_MAX];
    feri_task_fn *fn;
    void *arg;
    unsigned threads;
    _Alignas(64) _Atomic int generation; /* increases with every job */
    _Alignas(64) _Atomic int active;     /* workers that have not finished this job */
    _Atomic int sleeping;                /* workers that wait for the next one */
} job;

static bool may_sleep; /* a page's own thread must not */

static void sleep_while(_Atomic int *value, int seen)
{
    __builtin_wasm_memory_atomic_wait32((int *)value, seen, -1);
}

static void wake(_Atomic int *value)
{
    __builtin_wasm_memory_atomic_notify((int *)value, ~0U);
}

static void work(size_t worker)
{
    for (size_t i = 0; i < job.threads; i++) {
        struct run *run = &job.runs[(worker + i) % job.threads];
        for (size_t task; (task = atomic_fetch_add(&run->next, 1)) < run->end;) job.fn(job.arg, task, worker);
    }
}

static void wait_for_job(int seen)
{
    for (int i = 0; i < SPIN_ROUNDS; i++)
        if (atomic_load(&job.generation) != seen) return;
    atomic_fetch_add(&job.sleeping, 1);
    while (atomic_load(&job.generation) == seen) sleep_while(&job.generation, seen);
    atomic_fetch_sub(&job.sleeping, 1);
}

/* Work until the worker is terminated; index counts from 1. */
_Noreturn void EXPORT(fer_web_thread)(unsigned index)
{
    for (unsigned seen = 0;; seen++) { /* unsigned, since it may wrap */
        wait_for_job((int)seen);
        if (index < job.threads) work(index);
        if (atomic_fetch_sub(&job.active, 1) == 1) wake(&job.active);
    }
}

/* So many workers are ready. */
void EXPORT(fer_web_threads)(unsigned workers, bool caller_may_sleep)
{
    n_workers = workers < THREADS_MAX ? workers : THREADS_MAX - 1;
    may_sleep = caller_may_sleep;
}

static void run_shared(const struct feri_pool *pool, size_t n_tasks, feri_task_fn *fn, void *arg)
{
    job.fn = fn;
    job.arg = arg;
    job.threads = pool->threads;
    for (size_t i = 0; i < job.threads; i++) {
        job.runs[i].end = (i + 1) * n_tasks / job.threads;
        atomic_store(&job.runs[i].next, i * n_tasks / job.threads);
    }
    atomic_store(&job.active, (int)n_workers);
    atomic_fetch_add(&job.generation, 1);
    if (atomic_load(&job.sleeping)) wake(&job.generation);
    work(0);
    int left, rounds = 0;
    while ((left = atomic_load(&job.active)) != 0)
        if (may_sleep && rounds++ > SPIN_ROUNDS) sleep_while(&job.active, left);
}

/* The C library that this is linked to knows no threads, and a task may need memory for a moment. The linker turns
 * every call of malloc() into one of __wrap_malloc() (cmake/web.cmake). */
static _Atomic bool allocating;

static void take_heap(void)
{
    while (atomic_exchange(&allocating, true)) continue;
}

static void give_heap(void)
{
    atomic_store(&allocating, false);
}

#define GUARDED(name, parameters, values)    \
    void *__real_##name parameters;          \
    void *__wrap_##name parameters;          \
    void *__wrap_##name parameters           \
    {                                        \
        take_heap();                         \
        void *memory = __real_##name values; \
        give_heap();                         \
        return memory;                       \
    }

GUARDED(malloc, (size_t size), (size))
GUARDED(calloc, (size_t n, size_t size), (n, size))
GUARDED(realloc, (void *old, size_t size), (old, size))
GUARDED(aligned_alloc, (size_t alignment, size_t size), (alignment, size))

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    take_heap();
    __real_free(memory);
    give_heap();
}

#endif

unsigned feri_cpu_count(void)
{
    return 1 + n_workers;
}

/* A pool has at most as many threads as there are. */
fer_status feri_pool_new(unsigned threads, struct feri_pool **pool_out, fer_error *err)
{
    *pool_out = NULL;
    if (threads > 1024)
        return feri_fail(err, FER_ERR_ARGUMENT, "threads: %u is out of range, expected 0 to 1024", threads);
    struct feri_pool *pool = feri_alloc_zero(sizeof *pool);
    if (!pool) return feri_fail_memory(err, sizeof *pool);
    pool->threads = threads && threads < feri_cpu_count() ? threads : feri_cpu_count();
    *pool_out = pool;
    return FER_OK;
}

void feri_pool_free(struct feri_pool *pool)
{
    feri_free(pool);
}

unsigned feri_pool_threads(const struct feri_pool *pool)
{
    return pool ? pool->threads : 1;
}

void feri_pool_run(struct feri_pool *pool, size_t n_tasks, feri_task_fn *fn, void *arg)
{
#ifdef __wasm_atomics__
    if (feri_pool_threads(pool) > 1 && n_tasks > 1) {
        run_shared(pool, n_tasks, fn, arg);
        return;
    }
#endif
    (void)pool;
    for (size_t i = 0; i < n_tasks; i++) fn(arg, i, 0);
}

/* Tasks take no lock. */
void feri_lock_init(struct feri_lock *lock)
{
    (void)lock;
}

void feri_lock_destroy(struct feri_lock *lock)
{
    (void)lock;
}

void feri_lock_take(struct feri_lock *lock)
{
    (void)lock;
}

void feri_lock_give(struct feri_lock *lock)
{
    (void)lock;
}
