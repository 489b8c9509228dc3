/* The threads that compute, and the bounded queue before them. All share one model. */
#ifndef FER_SERVE_WORKERS_H
#define FER_SERVE_WORKERS_H

#include "draw/annotate.h"
#include "faces/frame.h"
#include "photos/look.h"
#include "serve/query.h"

#include <stdatomic.h>

struct workers;

enum { BATCH_MAX = PHOTO_TASKS_MAX }; /* jobs that a worker does together */

struct worker {
    struct workers *all;
    struct photo_seen *seen; /* scratch: one for each job that is done together */
    double until;            /* clock: when the job ends at the latest */
};

/* What the server computes with. */
struct engine {
    fer_model *model;
    struct faces_kind kind;                  /* of pictures; its classes are these: */
    const char *names[FER_FACE_CLASSES + 1]; /* the model's and "uncertain" */
    const char *detector;                    /* NULL: the built-in one */
    const char *isa;
    size_t pixels_max; /* of a picture or frame */
    double work_max;   /* seconds that one request may be computed */
    const atomic_bool *stopping;
};

/* A request that waits for a worker. The caller keeps it until `run` has returned. */
struct job {
    void (*run)(struct worker *w, struct job *jobs);
    /* Whether another waiting job can be done together with this one, and by its function. NULL: none */
    bool (*joins)(const struct job *job, const struct job *other);
    void *user;
    struct job *next; /* in the queue; of those that are done together */
};

struct workers_options {
    size_t threads, waiting_max;
    size_t batch; /* jobs that are done together, up to BATCH_MAX */
};

/** The engine must outlive them. NULL after an error message. */
struct workers *workers_new(const struct engine *engine, const struct workers_options *options);
/** False: the queue is full, or ends. */
bool workers_add(struct workers *all, struct job *job);
/* Now: jobs that wait, workers that compute. Since the start: jobs that were done together with others. */
struct workers_count {
    size_t waiting, busy;
    unsigned long long joined;
};
struct workers_count workers_count(struct workers *all);
/** An estimate of the seconds until a new job would be begun. */
double workers_delay(struct workers *all);
/** Finish all jobs, then end the threads. NULL is fine. */
void workers_free(struct workers *all);

/** A pipeline of the shared model; the caller frees it. */
fer_status engine_pipeline(const struct engine *engine, const struct query *q, fer_pipeline **out, fer_error *err);

/** The worker's pipeline for these options. It keeps those that were used last. */
fer_status worker_pipeline(struct worker *w, const struct query *q, fer_pipeline **out, fer_error *err);
/** Whether the worker's job takes too long, or the server is about to end. */
bool worker_must_stop(void *worker);
/** Give the job a new span of time. */
void worker_begin(struct worker *w);
/** The worker's annotator; NULL after an error message. */
struct annotator *worker_annotator(struct worker *w);

#endif
