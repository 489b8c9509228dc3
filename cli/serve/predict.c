#include "serve/predict.h"

#include "base/error.h"
#include "common/cli.h"
#include "faces/output.h"
#include "serve/looked.h"

#include <stdlib.h>
#include <string.h>

struct run {
    struct worker *worker;
    struct request *request;
    fer_pipeline *pipeline;
    const struct body *body;
    struct looked *ready; /* the only picture; NULL: there are several */
    struct printed printed;
    struct faces_out *out;
    bool json; /* a picture that cannot be read is a line of its own */
    size_t n_bad;
    fer_error bad; /* of the first one */
};

/* ---- one picture ---- */

/* What is wrong with a picture of a list names it. */
static void look(struct run *run, const struct body_picture *p, struct looked *out)
{
    *out = (struct looked){.request = run->request, .picture = p, .seen = run->worker->seen};
    looked_at(run->pipeline, 1, out);
    if (out->error.status != FER_OK) feri_fail_in(&out->error, out->error.status, "%s", p->name);
}

static bool print_faces(struct run *run, const struct looked *l)
{
    const struct photo_seen *seen = l->seen;
    struct faces_frame frame = {.file = l->picture->name,
                                .width = fer_image_width(l->image),
                                .height = fer_image_height(l->image),
                                .whole = seen->whole,
                                .n = seen->n,
                                .faces = seen->faces};
    return faces_out_add(run->out, &frame);
}

static void print_bad(struct run *run, const struct looked *l)
{
    if (run->n_bad++ == 0) run->bad = l->error;
    if (!run->json) return;
    json_t *doc = json_object();
    feri_json_set(doc, "file", feri_json_string(l->picture->name));
    feri_json_set(doc, "error", feri_json_string(l->error.text));
    char *text = cli_json_mark(doc) ? feri_json_dump(doc, JSON_COMPACT) : NULL;
    json_decref(doc);
    if (text) fprintf(run->printed.f, "%s\n", text);
    free(text);
}

/* ---- a drawn picture ---- */

static void reply_drawing(struct run *run, const struct looked *l)
{
    static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF};
    struct reply *reply = &run->request->reply;
    const struct body_picture *p = l->picture;
    bool as_jpeg = p->size > sizeof jpeg && memcmp(p->data, jpeg, sizeof jpeg) == 0;
    struct annotator *a = worker_annotator(run->worker);
    fer_image *drawn = a ? annotate_image(a, l->image, l->seen->faces, l->seen->n) : NULL;
    uint8_t *data = NULL;
    size_t size = 0;
    fer_error err;
    if (!drawn)
        reply_error(reply, 501,
                    "the faces cannot be drawn: this server was built or installed without cairo, or "
                    "a side of the picture is longer than 32767 pixels");
    else if (fer_image_encode(drawn, as_jpeg ? ".jpg" : ".png", &data, &size, &err) != FER_OK)
        reply_failed(reply, &err);
    else reply_take(reply, as_jpeg ? "image/jpeg" : "image/png", (char *)data, size);
    fer_image_free(drawn);
}

static void draw(struct run *run)
{
    const struct looked *l = run->ready;
    if (l->error.status == FER_OK) reply_drawing(run, l);
    else request_failed(run->request, &l->error);
}

/* ---- all ---- */

static void print_picture(struct run *run, const struct looked *l)
{
    if (l->error.status != FER_OK) print_bad(run, l);
    else if (!print_faces(run, l)) reply_later(&run->request->reply, 503, 1, "out of memory");
}

static void print_list(struct run *run)
{
    struct request *r = run->request;
    for (size_t i = 0; i < run->body->n && !r->reply.status; i++) {
        struct looked l;
        look(run, &run->body->items[i], &l);
        if (l.error.status == FER_ERR_STOPPED) request_failed(r, &l.error); /* as a whole */
        else print_picture(run, &l);
        looked_free(&l);
    }
}

static void print_all(struct run *run)
{
    struct request *r = run->request;
    if (run->ready) print_picture(run, run->ready);
    else print_list(run);
    /* One picture, or none of several, or a format without a place for errors: then the request as a whole failed. */
    if (!r->reply.status && run->n_bad > 0 && (run->n_bad == run->body->n || !run->json)) request_failed(r, &run->bad);
}

static void print(struct run *run)
{
    struct request *r = run->request;
    const struct faces_format *format = query_format(&r->query);
    run->json = strcmp(r->query.format, "json") == 0;
    printed_open(&run->printed);
    if (run->printed.f) run->out = faces_out_to(format, run->printed.f, "the answer", &r->service->engine.kind);
    if (run->out) {
        print_all(run);
        faces_out_close(run->out);
    } else reply_later(&r->reply, 503, 1, "out of memory");
    printed_reply(&run->printed, run->json && run->body->n == 1 ? "application/json" : format->type, &r->reply);
}

static void answer(struct run *run)
{
    struct request *r = run->request;
    if (r->query.annotate && !run->ready)
        reply_error(&r->reply, 400, "annotate: answers with one picture, and the request has %zu", run->body->n);
    else if (r->query.annotate) draw(run);
    else print(run);
}

/* ---- several requests ---- */

struct batch {
    struct body bodies[BATCH_MAX];
    struct run runs[BATCH_MAX];
    struct looked pictures[BATCH_MAX]; /* of the requests that have one */
    size_t n, n_pictures;
};

static void read_bodies(struct batch *b, struct worker *w, struct request *const requests[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct request *r = requests[i];
        struct body *body = &b->bodies[b->n];
        if (!body_read(r->type, r->body, r->size, body, &r->reply)) continue;
        struct run *run = &b->runs[b->n++];
        *run = (struct run){.worker = w, .request = r, .body = body};
        if (body->n > 1) continue;
        run->ready = &b->pictures[b->n_pictures];
        *run->ready = (struct looked){.request = r, .picture = &body->items[0], .seen = &w->seen[b->n_pictures]};
        b->n_pictures++;
    }
}

/* Together they may have taken too long although none does. */
static void look_again_alone(struct batch *b, fer_pipeline *p)
{
    for (size_t i = 0; i < b->n_pictures; i++) {
        struct looked *l = &b->pictures[i];
        if (l->error.status != FER_ERR_STOPPED) continue;
        looked_free(l);
        l->request->pictures--; /* it is counted again */
        worker_begin(b->runs[0].worker);
        looked_at(p, 1, l);
    }
}

static void look_at_all(struct batch *b, fer_pipeline *p)
{
    looked_at(p, b->n_pictures, b->pictures);
    if (b->n_pictures > 1) look_again_alone(b, p);
}

static void answer_all(struct batch *b, fer_pipeline *p)
{
    look_at_all(b, p);
    for (size_t i = 0; i < b->n; i++)
        if (b->runs[i].ready) answer(&b->runs[i]);
    for (size_t i = 0; i < b->n_pictures; i++) looked_free(&b->pictures[i]);
    for (size_t i = 0; i < b->n; i++) { /* they use the worker's scratch again */
        if (b->runs[i].ready) continue;
        b->runs[i].pipeline = p;
        worker_begin(b->runs[i].worker);
        answer(&b->runs[i]);
    }
}

static void run_batch(struct batch *b)
{
    fer_pipeline *p;
    fer_error err;
    if (b->n == 0) return;
    const struct run *first = &b->runs[0];
    if (worker_pipeline(first->worker, &first->request->query, &p, &err) == FER_OK) answer_all(b, p);
    else
        for (size_t i = 0; i < b->n; i++) reply_failed(&b->runs[i].request->reply, &err);
}

void predict_run_many(struct worker *w, struct request *const requests[], size_t n)
{
    struct batch *b = calloc(1, sizeof *b);
    if (b) {
        read_bodies(b, w, requests, n);
        run_batch(b);
        for (size_t i = 0; i < b->n; i++) body_free(&b->bodies[i]);
        free(b);
    } else
        for (size_t i = 0; i < n; i++) reply_later(&requests[i]->reply, 503, 1, "out of memory");
}
