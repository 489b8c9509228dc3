/* Live video: a thread reads and decodes continuously. One frame, the newest, is passed to the caller. */
#define _POSIX_C_SOURCE 200809L /* the monotonic clock of a condition */
#include "base/error.h"
#include "formats/ffmpeg/video.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct feri_video_live {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct feri_decoded newest;
    bool waiting; /* newest can be taken */
    bool ended;
    fer_status st;
    fer_error why;
    uint64_t dropped;
    struct feri_video_counts counts;
};

static void publish(fer_video *v, struct feri_video_live *l)
{
    if (l->waiting) {
        l->dropped++;
        v->av.av_frame_unref(l->newest.frame);
    }
    v->av.av_frame_move_ref(l->newest.frame, v->next.frame);
    l->newest.seconds = v->next.seconds;
    l->newest.index = v->next.index;
    l->waiting = true;
}

static void *decode_all(void *video)
{
    fer_video *v = video;
    struct feri_video_live *l = v->live;
    for (bool more = true; more;) {
        fer_error why = {0};
        fer_status st = feri_video_advance(v, &more, &why);
        more = more && st == FER_OK;
        pthread_mutex_lock(&l->lock);
        l->counts = v->counts;
        if (more) {
            publish(v, l);
        } else {
            l->ended = true;
            l->st = st;
            l->why = why;
        }
        pthread_cond_signal(&l->changed);
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

static void make_condition(pthread_cond_t *c)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void destroy(fer_video *v, struct feri_video_live *l)
{
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    v->av.av_frame_free(&l->newest.frame);
    free(l);
    v->live = NULL;
}

fer_status feri_video_live_start(fer_video *v, fer_error *err)
{
    struct feri_video_live *l = calloc(1, sizeof *l);
    if (!l) return feri_fail_memory(err, sizeof *l);
    l->counts = v->counts;
    l->newest.frame = v->av.av_frame_alloc();
    pthread_mutex_init(&l->lock, NULL);
    make_condition(&l->changed);
    v->live = l;
    if (l->newest.frame && pthread_create(&l->thread, NULL, decode_all, v) == 0) return FER_OK;
    destroy(v, l);
    return feri_fail(err, FER_ERR_MEMORY, "%s: cannot create the thread that reads it", v->name);
}

void feri_video_live_stop(fer_video *v)
{
    if (!v->live) return;
    atomic_store(&v->quit, true);
    pthread_join(v->live->thread, NULL);
    destroy(v, v->live);
}

static double now(struct timespec *t)
{
    clock_gettime(CLOCK_MONOTONIC, t);
    return (double)t->tv_sec + 1e-9 * (double)t->tv_nsec;
}

/* Wait until there is a frame or the end. The lock is held, except while the caller's stop function runs. */
static fer_status wait_for_frame(fer_video *v, struct feri_video_live *l, fer_error *err)
{
    const long slice = 50000000;
    struct timespec until;
    double since = now(&until);
    while (!l->waiting && !l->ended) {
        pthread_mutex_unlock(&l->lock);
        bool stop = feri_video_stopped(v);
        pthread_mutex_lock(&l->lock);
        double waited = now(&until) - since;
        if (stop) return feri_fail(err, FER_ERR_STOPPED, "%s: stopped after %.3f s", v->name, l->newest.seconds);
        if (waited > v->opt.patience)
            return feri_fail(err, FER_ERR_IO, "%s: no frame for %g s after %.3f s", v->name, v->opt.patience,
                             l->newest.seconds);
        until.tv_nsec += slice;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (!l->waiting && !l->ended) pthread_cond_timedwait(&l->changed, &l->lock, &until);
    }
    return FER_OK;
}

fer_status feri_video_live_take(fer_video *v, struct feri_decoded *out, bool *more, fer_error *err)
{
    struct feri_video_live *l = v->live;
    *more = false;
    v->av.av_frame_unref(v->shown);
    pthread_mutex_lock(&l->lock);
    fer_status st = wait_for_frame(v, l, err);
    if (st == FER_OK && l->waiting) {
        v->av.av_frame_move_ref(v->shown, l->newest.frame);
        *out = (struct feri_decoded){v->shown, l->newest.seconds, l->newest.index};
        l->waiting = false;
        *more = true;
    } else if (st == FER_OK && l->st != FER_OK) {
        st = feri_fail(err, l->st, "%s", l->why.text);
    }
    v->counts_shown = l->counts;
    v->dropped_shown = l->dropped;
    pthread_mutex_unlock(&l->lock);
    return st;
}
