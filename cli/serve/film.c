#define _GNU_SOURCE /* pipe2 */
#include "serve/film.h"

#include "common/cli.h"
#include "faces/abstain.h"
#include "faces/output.h"
#include "faces/quality.h"
#include "films/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 20 }; /* bytes of the upload that wait */

/* The upload goes through a pipe, since the library reads videos from files and pipes. One thread fills the pipe,
 * another one reads frames from it and answers. */
struct film_upload {
    struct service *service;
    struct query query;
    char *format;     /* the query's text, copied */
    struct wire wire; /* used by the thread that answers */
    struct film_flow flow;
    int reader, writer; /* the pipe's ends */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *waiting; /* [ROOM]: a ring */
    size_t at, n;
    bool complete, left, paused, ended;
    int holders;                 /* who still needs this: the connection and the thread that answers */
    struct metrics_request sent; /* so far */
    bool cut;                    /* the client takes no more of the answer */
};

/* ---- lifetime ---- */

static void destroy(struct film_upload *f)
{
    if (f->wire.fd >= 0) close(f->wire.fd);
    if (f->reader >= 0) close(f->reader);
    if (f->writer >= 0) close(f->writer);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f->waiting);
    free(f->format);
    free(f);
}

static void let_go(struct film_upload *f)
{
    pthread_mutex_lock(&f->lock);
    bool last = --f->holders == 0;
    pthread_mutex_unlock(&f->lock);
    if (last) destroy(f);
}

/* With the lock held: whoever waits for the film goes on. */
static void wake(struct film_upload *f)
{
    if (f->paused) f->flow.go_on(f->flow.user);
    f->paused = false;
    pthread_cond_broadcast(&f->changed);
}

static void pause_connection(struct film_upload *f)
{
    f->paused = true;
    f->flow.pause(f->flow.user);
}

/* ---- from the upload into the pipe ---- */

static size_t take(struct film_upload *f, char *to, size_t most)
{
    pthread_mutex_lock(&f->lock);
    while (f->n == 0 && !f->complete && !f->left && !f->ended) pthread_cond_wait(&f->changed, &f->lock);
    size_t n = f->left || f->ended ? 0 : f->n < most ? f->n : most;
    for (size_t done = 0; done < n;) {
        size_t part = n - done < ROOM - f->at ? n - done : ROOM - f->at;
        memcpy(to + done, f->waiting + f->at, part);
        f->at = (f->at + part) % ROOM;
        done += part;
    }
    f->n -= n;
    if (n > 0) wake(f);
    pthread_mutex_unlock(&f->lock);
    return n;
}

static bool pour(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, data, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false; /* nobody reads: the film has ended */
        data += put;
        n -= (size_t)put;
    }
    return true;
}

static void *fill(void *arg)
{
    struct film_upload *f = arg;
    char part[1 << 14];
    size_t n;
    while ((n = take(f, part, sizeof part)) > 0 && pour(f->writer, part, n)) {
    }
    close(f->writer);
    f->writer = -1;
    return NULL;
}

size_t film_feed(struct film_upload *f, const char *data, size_t n)
{
    pthread_mutex_lock(&f->lock);
    size_t room = ROOM - f->n, taken = f->ended ? n : n < room ? n : room;
    for (size_t done = 0; !f->ended && done < taken;) {
        size_t to = (f->at + f->n) % ROOM, part = taken - done < ROOM - to ? taken - done : ROOM - to;
        memcpy(f->waiting + to, data + done, part);
        f->n += part;
        done += part;
    }
    if (taken < n) pause_connection(f);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    return taken;
}

void film_complete(struct film_upload *f)
{
    pthread_mutex_lock(&f->lock);
    f->complete = true;
    if (!f->ended) pause_connection(f);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

bool film_has_ended(struct film_upload *f)
{
    pthread_mutex_lock(&f->lock);
    bool ended = f->ended;
    pthread_mutex_unlock(&f->lock);
    return ended;
}

void film_leave(struct film_upload *f, struct metrics_request *out)
{
    pthread_mutex_lock(&f->lock);
    f->left = true;
    out->status = f->sent.status;
    out->pictures = f->sent.pictures;
    out->faces = f->sent.faces;
    out->bytes_out = f->sent.bytes_out;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    let_go(f);
}

/* ---- from the pipe to the answer ---- */

struct run {
    struct film_upload *upload;
    char path[32];
    fer_video *video;
    fer_pipeline *pipeline;
    fer_tracker *tracker;
    struct faces_kind kind;
    struct film_pace pace;
    struct printed printed;
    struct faces_out *out;
    fer_face faces[PHOTO_FACES_MAX];
};

static bool has_to_stop(void *user)
{
    struct film_upload *f = user;
    pthread_mutex_lock(&f->lock);
    bool stop = f->left || f->cut;
    pthread_mutex_unlock(&f->lock);
    return stop || f->service->stopping;
}

static fer_status open_all(struct run *run, fer_error *err)
{
    struct film_upload *f = run->upload;
    const struct engine *engine = &f->service->engine;
    fer_video_options v = {.pixels_max = engine->pixels_max, .threads = 1, .stop = has_to_stop, .user = f};
    fer_status st = engine_pipeline(engine, &f->query, &run->pipeline, err);
    if (st == FER_OK) fer_pipeline_set_stop(run->pipeline, has_to_stop, f);
    if (st == FER_OK) st = fer_tracker_new(run->pipeline, &f->query.tracker, &run->tracker, err);
    if (st == FER_OK) st = fer_video_open(run->path, &v, &run->video, err);
    return st;
}

/* Let the connection know how far the answer is. */
static void publish(struct film_upload *f, size_t frames, size_t faces)
{
    pthread_mutex_lock(&f->lock);
    f->sent.status = f->wire.status;
    f->sent.bytes_out = f->wire.bytes;
    f->sent.pictures += frames;
    f->sent.faces += faces;
    f->cut = f->wire.failed;
    pthread_mutex_unlock(&f->lock);
}

/* What was printed since the last time goes to the client. */
static void send_printed(struct run *run)
{
    struct film_upload *f = run->upload;
    fflush(run->printed.f);
    if (!f->wire.status) wire_begin(&f->wire, query_format(&f->query)->type);
    wire_add(&f->wire, run->printed.text, run->printed.size);
    rewind(run->printed.f);
}

static bool one_frame(struct run *run, const fer_video_frame *v, fer_error *err)
{
    struct film_upload *f = run->upload;
    bool stepped;
    double seconds = film_pace_time(&run->pace, v->seconds, &stepped);
    struct faces_frame frame = {.file = "video",
                                .frame = v->index,
                                .seconds = seconds,
                                .width = v->view.width,
                                .height = v->view.height,
                                .faces = run->faces};
    bool searched = film_pace_searches(&run->pace, v->index, seconds);
    run->pace.n_read++;
    if (!searched) return true;
    run->pace.n_searched++;
    if (fer_tracker_next(run->tracker, &v->view, seconds, PHOTO_FACES_MAX, run->faces, &frame.n, err) != FER_OK)
        return false;
    frame.n = quality_keep(f->query.min_quality, run->faces, frame.n);
    abstain_below(f->query.abstain, run->kind.n_classes, run->faces, frame.n);
    bool ok = faces_out_add(run->out, &frame);
    send_printed(run);
    publish(f, 1, frame.n);
    if (!ok) *err = (fer_error){FER_ERR_MEMORY, "out of memory"};
    return ok;
}

static fer_status read_all(struct run *run, fer_error *err)
{
    fer_video_frame v;
    bool more = true;
    for (;;) {
        fer_status st = fer_video_read(run->video, &v, &more, err);
        if (st == FER_OK && !more && run->pace.n_read == 0) {
            *err = (fer_error){FER_ERR_FORMAT, "the video has no frame"};
            return FER_ERR_FORMAT;
        }
        if (st != FER_OK || !more) return st;
        if (!one_frame(run, &v, err)) return err->status;
    }
}

/* The pipe's name means nothing to the client. */
static void hide_path(const struct run *run, fer_error *err)
{
    static const char name[] = "the video";
    size_t n = strlen(run->path), n_name = sizeof name - 1;
    if (strncmp(err->text, run->path, n) != 0) return;
    size_t rest = strlen(err->text + n) + 1;
    if (n_name + rest > sizeof err->text) return;
    memmove(err->text + n_name, err->text + n, rest);
    memcpy(err->text, name, n_name);
}

/* Lines were sent, so the status is too: the last line says what went wrong, where the format has a place for it.
 * Otherwise the answer ends without its end. */
static void end_badly(struct run *run, const fer_error *err)
{
    struct reply r = {0};
    fer_error no = *err;
    hide_path(run, &no);
    if (no.status == FER_ERR_IO) no.status = FER_ERR_FORMAT; /* the upload's fault, not this machine's */
    reply_failed(&r, &no);
    struct film_upload *f = run->upload;
    if (!f->wire.status) wire_reply(&f->wire, &r);
    else if (strcmp(f->query.format, "jsonl") == 0) {
        wire_add(&f->wire, r.body, r.size);
        wire_add(&f->wire, "\n", 1);
        wire_end(&f->wire);
    }
    reply_free(&r);
}

static void end_well(struct run *run)
{
    faces_out_close(run->out);
    run->out = NULL;
    send_printed(run);
    wire_end(&run->upload->wire);
}

static void free_run(struct run *run)
{
    if (!run) return;
    faces_out_abort(run->out);
    if (run->printed.f) fclose(run->printed.f);
    free(run->printed.text);
    fer_video_close(run->video);
    fer_tracker_free(run->tracker);
    fer_pipeline_free(run->pipeline);
    free(run);
}

static fer_status print_all(struct run *run, fer_error *err)
{
    struct film_upload *f = run->upload;
    printed_open(&run->printed);
    if (run->printed.f) run->out = faces_out_to(query_format(&f->query), run->printed.f, "the answer", &run->kind);
    if (!run->out) {
        *err = (fer_error){FER_ERR_MEMORY, "out of memory"};
        return FER_ERR_MEMORY;
    }
    return read_all(run, err);
}

/* Before the first line: there is no memory, or no thread. */
static void refuse(struct film_upload *f)
{
    struct reply r = {0};
    reply_later(&r, 503, 1, "out of memory");
    wire_reply(&f->wire, &r);
    reply_free(&r);
}

static void work(struct film_upload *f)
{
    struct run *run = calloc(1, sizeof *run);
    fer_error err;
    if (!run) {
        refuse(f);
        return;
    }
    run->upload = f;
    run->kind = f->service->engine.kind;
    run->kind.video = true;
    run->pace = (struct film_pace){.every = f->query.every, .fps = f->query.fps};
    snprintf(run->path, sizeof run->path, "/dev/fd/%d", f->reader);
    fer_status st = open_all(run, &err);
    if (st == FER_OK) st = print_all(run, &err);
    if (st == FER_OK) end_well(run);
    else end_badly(run, &err);
    free_run(run);
}

static void end(struct film_upload *f)
{
    publish(f, 0, 0);
    close(f->reader); /* so that the other thread need not wait for room in the pipe */
    f->reader = -1;
    pthread_mutex_lock(&f->lock);
    f->ended = true;
    wake(f);
    pthread_mutex_unlock(&f->lock);
}

static void *answer(void *arg)
{
    struct film_upload *f = arg;
    struct service *service = f->service;
    pthread_t filling;
    bool fills = pthread_create(&filling, NULL, fill, f) == 0;
    if (fills) work(f);
    else refuse(f);
    end(f);
    if (fills) pthread_join(filling, NULL);
    let_go(f);
    service->films--; /* the last thing: the service waits for it */
    return NULL;
}

/* ---- begin ---- */

static struct film_upload *new_film(const struct request *r)
{
    struct film_upload *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->service = r->service;
    f->query = r->query;
    f->wire.fd = f->reader = f->writer = -1;
    f->holders = 2;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    f->waiting = malloc(ROOM);
    f->format = strdup(r->query.format);
    f->query.format = f->format;
    int ends[2] = {-1, -1};
    bool ok = f->waiting && f->format && pipe2(ends, O_CLOEXEC) == 0;
    f->reader = ends[0];
    f->writer = ends[1];
    if (ok) return f;
    destroy(f);
    return NULL;
}

bool film_begin(struct request *r, const struct wire *wire, const struct film_flow *flow, struct film_upload **out)
{
    pthread_t thread;
    struct film_upload *f = new_film(r);
    *out = NULL;
    if (!f) close(wire->fd);
    else {
        f->flow = *flow;
        f->wire = *wire;
        r->service->films++;
        if (pthread_create(&thread, NULL, answer, f) == 0) {
            pthread_detach(thread);
            *out = f;
            return true;
        }
        r->service->films--;
        destroy(f);
    }
    reply_later(&r->reply, 503, 1, "out of memory");
    return false;
}
