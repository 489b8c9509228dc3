/* A pool of worker threads that runs numbered tasks. Any worker may run any task. So a result is independent of the
 * number of threads exactly if every task writes only its own part. Reductions write to one slot per task and are
 * summed afterwards in task order. */
#ifndef FERI_BASE_POOL_H
#define FERI_BASE_POOL_H

#include "fer/base.h"

struct feri_pool;

/** worker < feri_pool_threads() may select scratch memory but must not affect the result. */
typedef void feri_task_fn(void *arg, size_t task, size_t worker);

/** threads 0: the number of processors this process may use. The caller of feri_pool_run() is one of the threads. If
 * the system starts fewer threads, those do all the work. A pool survives fork(): the child starts its own threads at
 * its first job, and freeing the pool there frees only memory. */
fer_status feri_pool_new(unsigned threads, struct feri_pool **pool_out, fer_error *err);
void feri_pool_free(struct feri_pool *pool);
unsigned feri_pool_threads(const struct feri_pool *pool);

/** Run fn(arg, 0..n_tasks-1, worker) and return when all are done. pool NULL: run them here. Not reentrant: one caller
 * at a time. */
void feri_pool_run(struct feri_pool *pool, size_t n_tasks, feri_task_fn *fn, void *arg);

/** Processors this process may use, at least 1. */
unsigned feri_cpu_count(void);

#endif
