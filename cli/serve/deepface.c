#include "serve/deepface.h"

#include "base/emotions.h"
#include "serve/deepface_request.h"

#include <math.h>
#include <string.h>

/* What DeepFace calls the expressions, in the order of enum feri_emotion. It has no contempt. */
static const char *const names[] = {"neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt"};

static json_t *emotions_of(const struct faces_kind *kind, const fer_face *f, const char **dominant)
{
    json_t *all = json_object();
    for (size_t k = 0; k < kind->n_classes; k++) {
        size_t e = feri_emotion_named(kind->classes[k]);
        const char *name = e < FERI_EMOTIONS ? names[e] : kind->classes[k];
        feri_json_set(all, name, json_real(100 * (double)f->scores[k]));
        if (k == f->label) *dominant = name;
    }
    return all;
}

static json_t *point(const float p[2])
{
    if (!isfinite(p[0]) || !isfinite(p[1])) return json_null();
    return json_pack("[i,i]", (int)lroundf(p[0]), (int)lroundf(p[1]));
}

/* DeepFace names the eyes as the person would, fer as the viewer does. */
static json_t *region_of(const fer_face *f)
{
    json_t *doc = json_pack("{s:i,s:i,s:i,s:i}", "x", (int)lroundf(f->x), "y", (int)lroundf(f->y), "w",
                            (int)lroundf(f->width), "h", (int)lroundf(f->height));
    feri_json_set(doc, "left_eye", point(f->points[FER_EYE_RIGHT]));
    feri_json_set(doc, "right_eye", point(f->points[FER_EYE_LEFT]));
    return doc;
}

static json_t *face_of(const struct faces_kind *kind, const fer_face *f, bool whole)
{
    const char *dominant = "";
    json_t *doc = json_object();
    feri_json_set(doc, "emotion", emotions_of(kind, f, &dominant));
    feri_json_set(doc, "dominant_emotion", feri_json_string(dominant));
    feri_json_set(doc, "region", region_of(f));
    feri_json_set(doc, "face_confidence", json_real(whole ? 0 : (double)f->confidence));
    return doc;
}

static void answer(struct request *r, const struct photo_seen *seen)
{
    json_t *doc = json_object(), *results = json_array();
    for (size_t i = 0; i < seen->n; i++)
        feri_json_add(results, face_of(&r->service->engine.kind, &seen->faces[i], seen->whole));
    feri_json_set(doc, "results", results);
    r->faces += seen->n;
    reply_json(&r->reply, doc);
}

static void analyze(struct worker *w, struct request *r, bool lenient, const fer_image *image)
{
    fer_view v = fer_image_view(image);
    fer_pipeline *pipeline;
    fer_error err;
    fer_status st = worker_pipeline(w, &r->query, &pipeline, &err);
    if (st == FER_OK) st = photo_look(pipeline, &v, PHOTO_ALL, w->seen, &err);
    if (st == FER_OK && w->seen->n == 0 && lenient) st = photo_look(pipeline, &v, PHOTO_WHOLE, w->seen, &err);
    if (st != FER_OK) request_failed(r, &err);
    else if (w->seen->n == 0)
        reply_error(&r->reply, 400,
                    "Face could not be detected in the picture; with enforce_detection false, the "
                    "whole picture is taken for a face");
    else answer(r, w->seen);
}

void deepface_run(struct worker *w, struct request *r)
{
    struct deepface_request want;
    fer_image *image = NULL;
    fer_error err;
    if (!deepface_read(r->type, r->body, r->size, &want, &r->reply)) return;
    const struct body_picture *p = &want.body.items[0];
    if (request_decode(r, p->data, p->size, &image, &err)) analyze(w, r, want.lenient, image);
    else reply_failed(&r->reply, &err);
    fer_image_free(image);
    body_free(&want.body);
}
