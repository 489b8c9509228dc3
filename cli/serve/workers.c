#include "serve/workers.h"

#include "base/clock.h"
#include "common/cli.h"

#include <pthread.h>
#include <stdlib.h>

#define PIPELINES_MAX 3 /* that a worker keeps */
#define SMOOTHING     0.1

struct kept {
    fer_pipeline *pipeline; /* NULL: none */
    struct query query;
    unsigned long used;
};

struct thread {
    struct worker worker; /* first: a worker is converted to its thread */
    struct kept kept[PIPELINES_MAX];
    unsigned long uses;
    struct annotator *annotator;
    pthread_t thread;
    bool started;
};

struct workers {
    const struct engine *engine;
    struct thread *threads;
    size_t n, waiting_max, waiting, busy;
    double seconds; /* of a job, smoothed */
    struct job *first, *last;
    bool ends;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* ---- pipelines ---- */

fer_status engine_pipeline(const struct engine *engine, const struct query *q, fer_pipeline **out, fer_error *err)
{
    fer_pipeline_options opt = query_pipeline(q);
    opt.model = engine->model;
    opt.isa = engine->isa;
    opt.detector.weights = engine->detector;
    return fer_pipeline_new(&opt, out, err);
}

static struct thread *thread_of(struct worker *w)
{
    return (struct thread *)(void *)w;
}

static struct kept *least_used(struct thread *t)
{
    struct kept *least = &t->kept[0];
    for (size_t i = 1; i < PIPELINES_MAX; i++)
        if (t->kept[i].used < least->used) least = &t->kept[i];
    return least;
}

fer_status worker_pipeline(struct worker *w, const struct query *q, fer_pipeline **out, fer_error *err)
{
    struct thread *t = thread_of(w);
    struct kept *k = NULL;
    for (size_t i = 0; i < PIPELINES_MAX && !k; i++)
        if (t->kept[i].pipeline && query_same_pipeline(&t->kept[i].query, q)) k = &t->kept[i];
    if (!k) {
        k = least_used(t);
        fer_pipeline_free(k->pipeline);
        *k = (struct kept){.query = *q};
        fer_status st = engine_pipeline(w->all->engine, q, &k->pipeline, err);
        if (st != FER_OK) return st;
    }
    k->used = ++t->uses;
    *out = k->pipeline;
    return FER_OK;
}

struct annotator *worker_annotator(struct worker *w)
{
    struct thread *t = thread_of(w);
    const struct faces_kind *kind = &w->all->engine->kind;
    if (!t->annotator) t->annotator = annotate_new(kind->classes, kind->n_classes);
    return t->annotator;
}

/* ---- the queue ---- */

static struct job *take(struct workers *all)
{
    while (!all->first && !all->ends) pthread_cond_wait(&all->changed, &all->lock);
    struct job *job = all->first;
    if (!job) return NULL;
    all->first = job->next;
    if (!all->first) all->last = NULL;
    all->waiting--;
    all->busy++;
    return job;
}

static void *work(void *arg)
{
    struct thread *t = arg;
    struct workers *all = t->worker.all;
    struct job *job;
    pthread_mutex_lock(&all->lock);
    while ((job = take(all)) != NULL) {
        pthread_mutex_unlock(&all->lock);
        double begun = feri_now();
        job->run(&t->worker, job->user); /* the job may be gone now */
        double took = feri_now() - begun;
        pthread_mutex_lock(&all->lock);
        all->busy--;
        all->seconds = all->seconds > 0 ? (1 - SMOOTHING) * all->seconds + SMOOTHING * took : took;
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

bool workers_add(struct workers *all, struct job *job)
{
    pthread_mutex_lock(&all->lock);
    bool room = !all->ends && all->waiting < all->waiting_max;
    if (room) {
        job->next = NULL;
        if (all->last) all->last->next = job;
        else all->first = job;
        all->last = job;
        all->waiting++;
        pthread_cond_signal(&all->changed);
    }
    pthread_mutex_unlock(&all->lock);
    return room;
}

void workers_count(struct workers *all, size_t *waiting, size_t *busy)
{
    pthread_mutex_lock(&all->lock);
    *waiting = all->waiting;
    *busy = all->busy;
    pthread_mutex_unlock(&all->lock);
}

double workers_delay(struct workers *all)
{
    pthread_mutex_lock(&all->lock);
    double delay = (double)(all->waiting + 1) * all->seconds / (double)all->n;
    pthread_mutex_unlock(&all->lock);
    return delay;
}

/* ---- begin and end ---- */

static bool start(struct workers *all)
{
    fer_pipeline *unused;
    fer_error err;
    const struct query usual = query_defaults(QUERY_PICTURE);
    for (size_t i = 0; i < all->n; i++) { /* so that what is wrong with the weights is said before the first request */
        all->threads[i].worker.all = all;
        if (!cli_good(worker_pipeline(&all->threads[i].worker, &usual, &unused, &err), &err)) return false;
    }
    for (size_t i = 0; i < all->n; i++) {
        struct thread *t = &all->threads[i];
        t->started = pthread_create(&t->thread, NULL, work, t) == 0;
        if (!t->started) return cli_refuse("thread %zu of %zu could not be started", i + 1, all->n);
    }
    return true;
}

struct workers *workers_new(const struct engine *engine, size_t n, size_t waiting)
{
    struct workers *all = calloc(1, sizeof *all);
    if (all) all->threads = calloc(n, sizeof *all->threads);
    if (!all || !all->threads) {
        free(all);
        cli_no_memory();
        return NULL;
    }
    all->engine = engine;
    all->n = n;
    all->waiting_max = waiting;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    if (start(all)) return all;
    workers_free(all);
    return NULL;
}

static void free_thread(struct thread *t)
{
    if (t->started) pthread_join(t->thread, NULL);
    for (size_t i = 0; i < PIPELINES_MAX; i++) fer_pipeline_free(t->kept[i].pipeline);
    annotate_free(t->annotator);
}

void workers_free(struct workers *all)
{
    if (!all) return;
    pthread_mutex_lock(&all->lock);
    all->ends = true;
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->n; i++) free_thread(&all->threads[i]);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    free(all->threads);
    free(all);
}
