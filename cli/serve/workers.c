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
    struct workers_options options;
    struct workers_count count;
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
        fer_pipeline_set_stop(k->pipeline, worker_must_stop, w);
    }
    k->used = ++t->uses;
    *out = k->pipeline;
    return FER_OK;
}

bool worker_must_stop(void *worker)
{
    const struct worker *w = worker;
    return *w->all->engine->stopping || feri_now() > w->until;
}

void worker_begin(struct worker *w)
{
    w->until = feri_now() + w->all->engine->work_max;
}

struct annotator *worker_annotator(struct worker *w)
{
    struct thread *t = thread_of(w);
    const struct faces_kind *kind = &w->all->engine->kind;
    if (!t->annotator) t->annotator = annotate_new(kind->classes, kind->n_classes);
    return t->annotator;
}

/* ---- the queue ---- */

static struct job *take_first(struct workers *all)
{
    struct job *job = all->first;
    all->first = job->next;
    if (!all->first) all->last = NULL;
    all->count.waiting--;
    job->next = NULL;
    return job;
}

/* Those at the head of the queue that can be done together with the first; a share of it is left to other workers. */
static size_t take_more(struct workers *all, struct job *first)
{
    size_t share = (all->count.waiting + all->options.threads) / all->options.threads, n = 1;
    if (share > all->options.batch) share = all->options.batch;
    for (struct job *last = first; n < share && all->first && first->joins(first, all->first); n++)
        last = last->next = take_first(all);
    if (n > 1) all->count.joined += n;
    return n;
}

static struct job *take(struct workers *all, size_t *n)
{
    while (!all->first && !all->ends) pthread_cond_wait(&all->changed, &all->lock);
    if (!all->first) return NULL;
    struct job *job = take_first(all);
    *n = job->joins ? take_more(all, job) : 1;
    all->count.busy++;
    return job;
}

static void *work(void *arg)
{
    struct thread *t = arg;
    struct workers *all = t->worker.all;
    struct job *jobs;
    size_t n;
    pthread_mutex_lock(&all->lock);
    while ((jobs = take(all, &n)) != NULL) {
        pthread_mutex_unlock(&all->lock);
        double begun = feri_now();
        worker_begin(&t->worker);
        jobs->run(&t->worker, jobs); /* they may be gone now */
        double took = (feri_now() - begun) / (double)n;
        pthread_mutex_lock(&all->lock);
        all->count.busy--;
        all->seconds = all->seconds > 0 ? (1 - SMOOTHING) * all->seconds + SMOOTHING * took : took;
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

bool workers_add(struct workers *all, struct job *job)
{
    pthread_mutex_lock(&all->lock);
    bool room = !all->ends && all->count.waiting < all->options.waiting_max;
    if (room) {
        job->next = NULL;
        if (all->last) all->last->next = job;
        else all->first = job;
        all->last = job;
        all->count.waiting++;
        pthread_cond_signal(&all->changed);
    }
    pthread_mutex_unlock(&all->lock);
    return room;
}

struct workers_count workers_count(struct workers *all)
{
    pthread_mutex_lock(&all->lock);
    struct workers_count count = all->count;
    pthread_mutex_unlock(&all->lock);
    return count;
}

double workers_delay(struct workers *all)
{
    pthread_mutex_lock(&all->lock);
    double delay = (double)(all->count.waiting + 1) * all->seconds / (double)all->options.threads;
    pthread_mutex_unlock(&all->lock);
    return delay;
}

/* ---- begin and end ---- */

static bool start(struct workers *all)
{
    fer_pipeline *unused;
    fer_error err;
    const struct query usual = query_defaults(QUERY_PICTURE);
    size_t n = all->options.threads;
    for (size_t i = 0; i < n; i++) { /* so that what is wrong with the weights is said before the first request */
        struct worker *w = &all->threads[i].worker;
        w->all = all;
        w->seen = calloc(all->options.batch, sizeof *w->seen);
        if (!w->seen) return cli_no_memory();
        if (!cli_good(worker_pipeline(w, &usual, &unused, &err), &err)) return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct thread *t = &all->threads[i];
        t->started = pthread_create(&t->thread, NULL, work, t) == 0;
        if (!t->started) return cli_refuse("thread %zu of %zu could not be started", i + 1, n);
    }
    return true;
}

struct workers *workers_new(const struct engine *engine, const struct workers_options *options)
{
    struct workers *all = calloc(1, sizeof *all);
    if (all) all->threads = calloc(options->threads, sizeof *all->threads);
    if (!all || !all->threads) {
        free(all);
        cli_no_memory();
        return NULL;
    }
    all->engine = engine;
    all->options = *options;
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
    free(t->worker.seen);
}

void workers_free(struct workers *all)
{
    if (!all) return;
    pthread_mutex_lock(&all->lock);
    all->ends = true;
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->options.threads; i++) free_thread(&all->threads[i]);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    free(all->threads);
    free(all);
}
