#include "serve/frames.h"

#include "base/clock.h"
#include "base/mem.h"
#include "common/cli.h"
#include "faces/abstain.h"
#include "faces/output.h"
#include "faces/quality.h"
#include "serve/body.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64

struct session {
    char *name;
    struct query query; /* of the first frame */
    fer_pipeline *pipeline;
    fer_tracker *tracker; /* NULL: before the first frame */
    double begun, used;   /* clock */
    uint64_t frames;
    bool busy, ended;
    struct session *next;
};

struct sessions {
    pthread_mutex_t lock;
    struct session *first;
    size_t n, most;
    double idle;
};

/* ---- the list; its lock is held ---- */

static void free_session(struct session *s)
{
    if (!s) return;
    fer_tracker_free(s->tracker);
    fer_pipeline_free(s->pipeline);
    free(s->name);
    free(s);
}

static struct session **place_of(struct sessions *all, const char *name)
{
    struct session **p = &all->first;
    while (*p && strcmp((*p)->name, name) != 0) p = &(*p)->next;
    return p;
}

static struct session *unlink_at(struct sessions *all, struct session **p)
{
    struct session *s = *p;
    *p = s->next;
    all->n--;
    return s;
}

static struct session *unlink_expired(struct sessions *all, double now)
{
    for (struct session **p = &all->first; *p; p = &(*p)->next)
        if (!(*p)->busy && now - (*p)->used > all->idle) return unlink_at(all, p);
    return NULL;
}

static struct session *add(struct sessions *all, const struct request *r)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s || !(s->name = feri_strdup(r->tail))) {
        free(s);
        return NULL;
    }
    s->query = r->query;
    s->query.t = NULL;
    s->begun = feri_now();
    s->next = all->first;
    all->first = s;
    all->n++;
    return s;
}

/* ---- for the server ---- */

struct sessions *sessions_new(size_t most, double idle)
{
    struct sessions *all = calloc(1, sizeof *all);
    if (!all) {
        cli_no_memory();
        return NULL;
    }
    all->most = most;
    all->idle = idle;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void sessions_free(struct sessions *all)
{
    if (!all) return;
    while (all->first) free_session(unlink_at(all, &all->first));
    pthread_mutex_destroy(&all->lock);
    free(all);
}

void sessions_expire(struct sessions *all)
{
    struct session *s;
    do {
        pthread_mutex_lock(&all->lock);
        s = unlink_expired(all, feri_now());
        pthread_mutex_unlock(&all->lock);
        free_session(s); /* takes a moment: without the lock */
    } while (s);
}

size_t sessions_count(struct sessions *all)
{
    pthread_mutex_lock(&all->lock);
    size_t n = all->n;
    pthread_mutex_unlock(&all->lock);
    return n;
}

/* ---- one frame ---- */

static bool is_name(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return n > 0 && n <= NAME_MAX_BYTES && !text[n];
}

static bool good_name(struct request *r)
{
    if (is_name(r->tail)) return true;
    reply_error(&r->reply, 404,
                "a session's name has 1 to %d letters, digits, dots, dashes and underscores, such as "
                "/v1/frames/cam-1",
                NAME_MAX_BYTES);
    return false;
}

static bool same_options(const struct query *a, const struct query *b)
{
    return query_same_pipeline(a, b) && memcmp(&a->tracker, &b->tracker, sizeof a->tracker) == 0;
}

static struct session *take(struct sessions *all, struct request *r)
{
    struct session *s = *place_of(all, r->tail);
    if (!s && all->n >= all->most)
        reply_later(&r->reply, 503, (unsigned)ceil(all->idle),
                    "all %zu sessions are in use; one ends %g s after its "
                    "last frame",
                    all->most, all->idle);
    else if (!s && !(s = add(all, r))) reply_later(&r->reply, 503, 1, "out of memory");
    else if (s->busy)
        reply_later(&r->reply, 429, 1, "session %s still computes the frame before; wait for its answer", s->name);
    else if (!same_options(&s->query, &r->query))
        reply_error(&r->reply, 409,
                    "session %s was begun with other options; give the same in every frame, or end it "
                    "with DELETE",
                    s->name);
    return r->reply.status ? NULL : s;
}

bool frames_admit(struct request *r)
{
    struct sessions *all = r->service->sessions;
    if (!good_name(r)) return false;
    sessions_expire(all);
    pthread_mutex_lock(&all->lock);
    struct session *s = take(all, r);
    if (s) s->busy = true;
    pthread_mutex_unlock(&all->lock);
    r->session = s;
    return s != NULL;
}

void frames_release(struct request *r)
{
    struct sessions *all = r->service->sessions;
    struct session *s = r->session, *gone = NULL;
    if (!s) return;
    pthread_mutex_lock(&all->lock);
    s->busy = false;
    s->used = feri_now();
    if (!s->tracker || s->ended) gone = unlink_at(all, place_of(all, s->name)); /* nothing worth keeping */
    pthread_mutex_unlock(&all->lock);
    r->session = NULL;
    free_session(gone);
}

static bool ready(struct session *s, struct request *r)
{
    fer_error err;
    if (s->tracker) return true;
    fer_status st = engine_pipeline(&r->service->engine, &s->query, &s->pipeline, &err);
    if (st == FER_OK) st = fer_tracker_new(s->pipeline, &s->query.tracker, &s->tracker, &err);
    if (st == FER_OK) return true;
    fer_pipeline_free(s->pipeline);
    s->pipeline = NULL;
    reply_failed(&r->reply, &err);
    return false;
}

static void print(struct session *s, struct request *r, const struct faces_frame *frame)
{
    const struct faces_format *format = query_format(&r->query);
    struct faces_kind kind = r->service->engine.kind;
    struct printed p;
    kind.video = true;
    printed_open(&p);
    struct faces_out *out = p.f ? faces_out_to(format, p.f, "the answer", &kind) : NULL;
    if (!out || !faces_out_add(out, frame)) reply_later(&r->reply, 503, 1, "out of memory");
    faces_out_close(out);
    printed_reply(&p, strcmp(r->query.format, "jsonl") == 0 ? "application/json" : format->type, &r->reply);
    s->frames++;
}

static void end_later(struct sessions *all, struct session *s)
{
    pthread_mutex_lock(&all->lock);
    s->ended = true;
    pthread_mutex_unlock(&all->lock);
}

static void track(struct worker *w, struct session *s, struct request *r, const fer_image *image)
{
    fer_error err;
    fer_view v = fer_image_view(image);
    double seconds;
    query_time(&r->query, &seconds);
    struct faces_frame frame = {.file = s->name,
                                .frame = s->frames,
                                .seconds = isnan(seconds) ? feri_now() - s->begun : seconds,
                                .width = v.width,
                                .height = v.height,
                                .faces = w->seen->faces};
    fer_pipeline_set_stop(s->pipeline, worker_must_stop, w);
    if (fer_tracker_next(s->tracker, &v, frame.seconds, PHOTO_FACES_MAX, w->seen->faces, &frame.n, &err) != FER_OK) {
        request_failed(r, &err);
        if (err.status == FER_ERR_STOPPED) end_later(r->service->sessions, s); /* amid the frame */
        return;
    }
    frame.n = quality_keep(r->query.min_quality, w->seen->faces, frame.n);
    abstain_below(r->query.abstain, r->service->engine.kind.n_classes, w->seen->faces, frame.n);
    r->faces += frame.n;
    print(s, r, &frame);
}

void frames_run(struct worker *w, struct request *r)
{
    struct session *s = r->session;
    struct body body = {.n = 0};
    fer_image *image = NULL;
    fer_error err;
    if (!body_read(r->type, r->body, r->size, &body, &r->reply)) body.n = 0;
    else if (body.n > 1) reply_error(&r->reply, 400, "a request holds one frame, and this one has %zu", body.n);
    else if (!request_decode(r, body.items[0].data, body.items[0].size, &image, &err)) reply_failed(&r->reply, &err);
    else if (ready(s, r)) track(w, s, r, image);
    fer_image_free(image);
    body_free(&body);
    frames_release(r);
}

void frames_end(struct request *r)
{
    struct sessions *all = r->service->sessions;
    struct session *gone = NULL;
    if (!good_name(r)) return;
    pthread_mutex_lock(&all->lock);
    struct session **p = place_of(all, r->tail);
    bool there = *p != NULL;
    if (there && (*p)->busy) (*p)->ended = true;
    else if (there) gone = unlink_at(all, p);
    pthread_mutex_unlock(&all->lock);
    free_session(gone);
    if (there) reply_take(&r->reply, "application/json", NULL, 0);
    if (there) r->reply.status = 204;
    else reply_error(&r->reply, 404, "there is no session %s", r->tail);
}
