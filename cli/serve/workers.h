/* The threads that compute, and the bounded queue before them. All share one model. */
#ifndef FER_SERVE_WORKERS_H
#define FER_SERVE_WORKERS_H

#include "draw/annotate.h"
#include "faces/frame.h"
#include "photos/look.h"
#include "serve/query.h"

struct workers;

struct worker {
    struct workers *all;
    struct photo_seen seen; /* scratch */
};

/* What the server computes with. */
struct engine {
    fer_model *model;
    struct faces_kind kind;                  /* of pictures; its classes are these: */
    const char *names[FER_FACE_CLASSES + 1]; /* the model's and "uncertain" */
    const char *detector;                    /* NULL: the built-in one */
    const char *isa;
    size_t pixels_max; /* of a picture or frame */
};

/* A request that waits for a worker. The caller keeps it until `run` has returned. */
struct job {
    void (*run)(struct worker *w, void *user);
    void *user;
    struct job *next;
};

/** n threads; at most `waiting` jobs wait. The engine must outlive them. NULL after an error message. */
struct workers *workers_new(const struct engine *engine, size_t n, size_t waiting);
/** False: the queue is full, or ends. */
bool workers_add(struct workers *all, struct job *job);
/** Jobs that wait, and jobs that are being worked on. */
void workers_count(struct workers *all, size_t *waiting, size_t *busy);
/** An estimate of the seconds until a new job would be begun. */
double workers_delay(struct workers *all);
/** Finish all jobs, then end the threads. NULL is fine. */
void workers_free(struct workers *all);

/** A pipeline of the shared model; the caller frees it. */
fer_status engine_pipeline(const struct engine *engine, const struct query *q, fer_pipeline **out, fer_error *err);

/** The worker's pipeline for these options. It keeps those that were used last. */
fer_status worker_pipeline(struct worker *w, const struct query *q, fer_pipeline **out, fer_error *err);
/** The worker's annotator; NULL after an error message. */
struct annotator *worker_annotator(struct worker *w);

#endif
