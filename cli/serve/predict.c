#include "serve/predict.h"

#include "base/clock.h"
#include "base/error.h"
#include "common/cli.h"
#include "faces/abstain.h"
#include "faces/output.h"
#include "serve/body.h"

#include <stdlib.h>
#include <string.h>

struct run {
    struct worker *worker;
    struct request *request;
    fer_pipeline *pipeline;
    const struct body *body;
    struct printed printed;
    struct faces_out *out;
    bool json; /* a picture that cannot be read is a line of its own */
    size_t n_bad;
    fer_error bad; /* of the first one */
};

/* ---- one picture ---- */

/* What is wrong with a picture of a list names it. */
static fer_status look(struct run *run, const struct body_picture *p, fer_image **image, fer_error *err)
{
    struct request *r = run->request;
    bool ok = request_decode(r, p->data, p->size, image, err);
    if (ok) {
        fer_view v = fer_image_view(*image);
        ok = photo_look(run->pipeline, &v, (enum photo_faces)r->query.faces, &run->worker->seen, err) == FER_OK;
    }
    if (!ok) return run->body->n > 1 ? feri_fail_in(err, err->status, "%s", p->name) : err->status;
    abstain_below(r->query.abstain, r->service->engine.kind.n_classes, run->worker->seen.faces, run->worker->seen.n);
    r->faces += run->worker->seen.n;
    return FER_OK;
}

static bool print_faces(struct run *run, const struct body_picture *p, const fer_image *image)
{
    const struct photo_seen *seen = &run->worker->seen;
    struct faces_frame frame = {.file = p->name,
                                .width = fer_image_width(image),
                                .height = fer_image_height(image),
                                .whole = seen->whole,
                                .n = seen->n,
                                .faces = seen->faces};
    return faces_out_add(run->out, &frame);
}

static void print_bad(struct run *run, const struct body_picture *p, const fer_error *err)
{
    if (run->n_bad++ == 0) run->bad = *err;
    if (!run->json) return;
    json_t *doc = json_object();
    feri_json_set(doc, "file", feri_json_string(p->name));
    feri_json_set(doc, "error", feri_json_string(err->text));
    char *text = cli_json_mark(doc) ? feri_json_dump(doc, JSON_COMPACT) : NULL;
    json_decref(doc);
    if (text) fprintf(run->printed.f, "%s\n", text);
    free(text);
}

/* ---- a drawn picture ---- */

static void reply_drawing(struct run *run, const struct body_picture *p, const fer_image *image)
{
    static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF};
    struct reply *reply = &run->request->reply;
    bool as_jpeg = p->size > sizeof jpeg && memcmp(p->data, jpeg, sizeof jpeg) == 0;
    const struct photo_seen *seen = &run->worker->seen;
    struct annotator *a = worker_annotator(run->worker);
    fer_image *drawn = a ? annotate_image(a, image, seen->faces, seen->n) : NULL;
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
    const struct body_picture *p = &run->body->items[0];
    fer_image *image;
    fer_error err;
    if (look(run, p, &image, &err) == FER_OK) reply_drawing(run, p, image);
    else reply_failed(&run->request->reply, &err);
    fer_image_free(image);
}

/* ---- all ---- */

static void print_picture(struct run *run, const struct body_picture *p)
{
    fer_image *image;
    fer_error err;
    if (look(run, p, &image, &err) != FER_OK) print_bad(run, p, &err);
    else if (!print_faces(run, p, image)) reply_later(&run->request->reply, 503, 1, "out of memory");
    fer_image_free(image);
}

static void print_all(struct run *run)
{
    struct request *r = run->request;
    double begun = feri_now();
    for (size_t i = 0; i < run->body->n && !r->reply.status; i++) {
        print_picture(run, &run->body->items[i]);
        if (i + 1 < run->body->n && (feri_now() - begun > r->service->work_max || r->service->stopping))
            reply_later(&r->reply, 503, 1, "the %zu pictures of the request take more than %g s; send fewer at once",
                        run->body->n, r->service->work_max);
    }
    /* One picture, or none of several, or a format without a place for errors: then the request as a whole failed. */
    if (!r->reply.status && run->n_bad > 0 && (run->n_bad == run->body->n || !run->json))
        reply_failed(&r->reply, &run->bad);
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

static void run_body(struct worker *w, struct request *r, const struct body *body)
{
    struct run run = {.worker = w, .request = r, .body = body};
    fer_error err;
    if (r->query.annotate && body->n > 1)
        reply_error(&r->reply, 400, "annotate: answers with one picture, and the request has %zu", body->n);
    else if (worker_pipeline(w, &r->query, &run.pipeline, &err) != FER_OK) reply_failed(&r->reply, &err);
    else if (r->query.annotate) draw(&run);
    else print(&run);
}

void predict_run(struct worker *w, struct request *r)
{
    struct body body;
    if (!body_read(r->type, r->body, r->size, &body, &r->reply)) return;
    run_body(w, r, &body);
    body_free(&body);
}
