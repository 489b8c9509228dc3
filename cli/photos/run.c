#define _POSIX_C_SOURCE 200809L /* strdup, sysconf */
#include "photos/run.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/pool.h"
#include "common/cli.h"
#include "faces/abstain.h"
#include "faces/quality.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STDIN_MAX   ((size_t)1 << 28) /* bytes of a picture from standard input */
#define WORKERS_MAX 256
#define POLL_NS     2000000L
#define SECOND_NS   1000000000L

/* A slot in the ring of pictures in progress or waiting to be reported. */
struct place {
    bool done;
    size_t number;
    struct input photo;
    struct photo_answer answer;
    struct photo_seen seen;
    char error[FER_ERROR_TEXT_MAX + 64];
    char note[256];
};

struct work {
    struct photo_run *run;
    struct place *ring;
    size_t n_ring, begun, answered; /* counts of pictures */
    bool ended;                     /* no picture is left to begin */
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

struct worker {
    struct work *work;
    size_t index;
    fer_pipeline *pipeline;
    pthread_t thread;
    bool started;
};

/* ---- one picture ---- */

static fer_status load(const char *path, size_t pixels_max, fer_image **out, fer_error *err)
{
    size_t size;
    if (strcmp(path, "-") != 0) return fer_image_load_within(path, pixels_max, out, err);
    uint8_t *data;
    fer_status st = feri_stream_read(stdin, STDIN_MAX, &data, &size, err);
    if (st == FER_OK) st = fer_image_decode_within(data, size, pixels_max, out, err);
    free(data);
    return st;
}

/* Whether a message starts with the path. In messages, unprintable bytes are question marks. */
static bool begins_with(const char *text, const char *path)
{
    while (*path && (*text == *path || *text == '?')) text++, path++;
    return !*path;
}

static void keep_note(struct place *p, const char *note)
{
    if (!note) return;
    snprintf(p->note, sizeof p->note, "%s", note);
    p->answer.note = p->note;
}

/* False: `see` failed. */
static bool work_on(struct worker *w, struct place *p)
{
    const struct photo_run *r = w->work->run;
    const struct input *photo = &p->photo;
    struct photo_answer *a = &p->answer;
    double start = feri_now();
    fer_error err = {0};
    fer_image *image = NULL;
    bool ok = true;
    *a = (struct photo_answer){.name = photo->path, .number = p->number, .faces = p->seen.faces};
    fer_status st = load(photo->path, r->pixels_max, &image, &err);
    a->decoding = feri_now() - start;
    if (st == FER_OK) {
        fer_view v = fer_image_view(image);
        a->width = v.width;
        a->height = v.height;
        keep_note(p, fer_image_note(image));
        st = photo_look(w->pipeline, &v, r->faces, &p->seen, &err);
        a->whole = p->seen.whole;
        a->n = st == FER_OK ? quality_keep(r->min_quality, p->seen.faces, p->seen.n) : 0;
    }
    if (st == FER_OK) abstain_below(r->abstain, fer_model_get_info(r->options.model).n_classes, p->seen.faces, a->n);
    if (st != FER_OK) {
        bool standard = strcmp(photo->path, "-") == 0, named = !standard && begins_with(err.text, photo->path);
        snprintf(p->error, sizeof p->error, "%s%s%s",
                 standard ? "standard input"
                 : named  ? ""
                          : photo->path,
                 named ? "" : ": ", err.text);
        a->error = p->error;
        a->n = 0;
    } else if (r->see) {
        ok = r->see(r->user, w->index, image, photo, a);
    }
    a->seconds = feri_now() - start;
    fer_image_free(image);
    return ok;
}

/* ---- threads ---- */

static enum photo_next take_next(struct work *k, struct place *p)
{
    const struct photo_run *r = k->run;
    p->number = k->begun;
    if (r->next) return r->next(r->chooser, &p->number, &p->photo);
    if (k->begun == r->list->n) return PHOTO_END;
    p->photo = r->list->items[k->begun];
    return PHOTO_TAKE;
}

/* Waits for room in the ring and for a picture. NULL: nothing is left to do. */
static struct place *begin_next(struct work *k)
{
    for (;;) {
        bool room = k->begun < k->answered + k->n_ring;
        struct place *p = &k->ring[k->begun % k->n_ring];
        if (k->stop || k->ended) return NULL;
        enum photo_next got = room ? take_next(k, p) : PHOTO_WAIT;
        k->begun += got == PHOTO_TAKE;
        if (got == PHOTO_TAKE) return p;
        k->ended = got == PHOTO_END;
        if (k->ended) pthread_cond_broadcast(&k->changed);
        else pthread_cond_wait(&k->changed, &k->lock);
    }
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct work *k = w->work;
    struct place *p;
    pthread_mutex_lock(&k->lock);
    while ((p = begin_next(k))) {
        pthread_mutex_unlock(&k->lock);
        bool ok = work_on(w, p);
        pthread_mutex_lock(&k->lock);
        k->run->failed |= !ok;
        p->done = true;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* For a change or, if somebody polls, a few milliseconds. */
static void wait_a_moment(struct work *k)
{
    struct timespec until;
    if (!k->run->poll) {
        pthread_cond_wait(&k->changed, &k->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    pthread_cond_timedwait(&k->changed, &k->lock, &until);
}

static void poll_once(struct work *k)
{
    if (!k->run->poll) return;
    pthread_mutex_unlock(&k->lock);
    k->run->poll(k->run->chooser);
    pthread_mutex_lock(&k->lock);
    pthread_cond_broadcast(&k->changed);
}

/* The place of the next picture to report, when it is done. NULL: none is left. */
static struct place *next_done(struct work *k)
{
    for (;;) {
        poll_once(k);
        struct place *p = &k->ring[k->answered % k->n_ring];
        if (k->stop || (k->ended && k->answered == k->begun)) return NULL;
        if (k->answered < k->begun && p->done) return p;
        wait_a_moment(k);
    }
}

static void answer_all(struct work *k)
{
    struct place *p;
    pthread_mutex_lock(&k->lock);
    while ((p = next_done(k))) {
        pthread_mutex_unlock(&k->lock);
        bool go_on = k->run->answer(k->run->user, &p->answer);
        pthread_mutex_lock(&k->lock);
        p->done = false;
        k->answered++;
        k->stop = !go_on;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
}

/* At most n, but no more than there are pictures. */
static size_t limited(const struct photo_run *r, size_t n)
{
    size_t pictures = !r->list ? SIZE_MAX : r->list->n > 0 ? r->list->n : 1;
    return n < pictures ? n : pictures;
}

size_t photo_workers(const struct photo_run *r)
{
    size_t n = r->options.threads ? r->options.threads : feri_cpu_count();
    return limited(r, n < WORKERS_MAX ? n : WORKERS_MAX);
}

static bool start(struct work *k, struct worker *workers, size_t n)
{
    fer_pipeline_options opt = k->run->options;
    fer_error err;
    if (n > 1) opt.threads = opt.detector.threads = 1; /* else one picture has all threads */
    for (size_t i = 0; i < n; i++) {
        workers[i] = (struct worker){.work = k, .index = i};
        if (fer_pipeline_new(&opt, &workers[i].pipeline, &err) != FER_OK) return cli_refuse("%s", err.text);
    }
    for (size_t i = 0; i < n; i++) {
        workers[i].started = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0;
        if (!workers[i].started && i == 0) return cli_refuse("no thread could be started");
    }
    return true;
}

static void finish(struct work *k, struct worker *workers, size_t n)
{
    pthread_mutex_lock(&k->lock);
    k->stop = true;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    for (size_t i = 0; i < n; i++) {
        if (workers[i].started) pthread_join(workers[i].thread, NULL);
        fer_pipeline_free(workers[i].pipeline);
    }
}

bool photo_run(struct photo_run *r)
{
    size_t n = photo_workers(r);
    struct work k = {.run = r, .n_ring = limited(r, r->ahead > 2 * n ? r->ahead : 2 * n)};
    struct worker *workers = calloc(n, sizeof *workers);
    k.ring = calloc(k.n_ring, sizeof *k.ring);
    pthread_mutex_init(&k.lock, NULL);
    pthread_cond_init(&k.changed, NULL);
    bool ok = workers && k.ring;
    if (!ok) cli_no_memory();
    if (ok && (ok = start(&k, workers, n))) answer_all(&k);
    if (workers) finish(&k, workers, n);
    ok = ok && k.ended && k.answered == k.begun;
    pthread_cond_destroy(&k.changed);
    pthread_mutex_destroy(&k.lock);
    free(workers);
    free(k.ring);
    return ok;
}
