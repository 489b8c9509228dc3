/* From faces in pictures to their scores: the faces of several pictures go through the network together. */
#include "api/pipeline.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "image/view.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- where the next face is ---- */

struct place {
    const fer_pipeline_item *item, *end;
    size_t face;
};

/* Pass over items that failed, and those without further faces. */
static bool settle(struct place *at)
{
    while (at->item < at->end && (at->item->error.status != FER_OK || at->face >= at->item->n)) {
        at->item++;
        at->face = 0;
    }
    return at->item < at->end;
}

static size_t count(struct place at, size_t most)
{
    size_t n = 0;
    for (; n < most && settle(&at); n++) at.face++;
    return n;
}

/* ---- one face to the network's input, and what its pixels say ---- */

/* Copy the view's pixels to p->whole. */
static fer_status copy_whole(fer_pipeline *p, const fer_view *v, struct feri_pixels *out, fer_error *err)
{
    size_t c = feri_view_channels(v), size = v->width * v->height * c;
    if (!feri_grow(&p->whole, &p->whole_cap, size, 1)) return feri_fail_memory(err, size);
    *out = (struct feri_pixels){v->width, v->height, c, p->whole};
    for (size_t y = 0; y < v->height; y++) {
        uint8_t *to = p->whole + y * v->width * c;
        const uint8_t *row = feri_view_row(v, 0, y, v->width, c, to);
        if (row != to) memcpy(to, row, v->width * c);
    }
    return FER_OK;
}

/* Resize first, then convert, as in training. */
static void convert(const struct feri_pixels *from, const struct feri_pixels *to)
{
    fer_view v = feri_view_of(from);
    for (size_t y = 0; y < to->h; y++) {
        uint8_t *row = to->data + y * to->w * to->c;
        const uint8_t *converted = feri_view_row(&v, 0, y, to->w, to->c, row);
        if (converted != row) memcpy(row, converted, to->w * to->c);
    }
}

static fer_status prepare_whole(fer_pipeline *p, const fer_view *picture, fer_face *f, struct feri_pixels *crop,
                                fer_error *err)
{
    struct feri_pixels pixels;
    fer_status st = copy_whole(p, picture, &pixels, err);
    if (st != FER_OK) return st;
    struct feri_pixels sized = {crop->w, crop->h, pixels.c, p->sized};
    if ((st = feri_resizer_run(&p->resizer, &pixels, &sized, err)) != FER_OK) return st;
    convert(&sized, crop);
    return feri_pipeline_measure_whole(p, &pixels, f, err);
}

static fer_status prepare_face(fer_pipeline *p, const fer_view *picture, fer_face *f, struct feri_pixels *crop,
                               fer_error *err)
{
    fer_status st = feri_align_crop(&p->aligner, &p->geometry, picture, f, crop, err);
    return st == FER_OK ? feri_pipeline_measure(p, picture, f, err) : st;
}

struct batch {
    fer_pipeline *pipeline;
    struct place first;
};

static fer_status prepare(void *user, fer_session *s, size_t n, fer_error *err)
{
    const struct batch *b = user;
    fer_pipeline *p = b->pipeline;
    const fer_model *m = p->model;
    struct feri_pixels crop = {m->w, m->h, m->c, p->crop};
    struct place at = b->first;
    for (size_t i = 0; i < n && settle(&at); i++, at.face++) {
        fer_face *f = &at.item->faces[at.face];
        fer_status st = (at.item->whole ? prepare_whole : prepare_face)(p, &at.item->picture, f, &crop, err);
        if (st != FER_OK) return st;
        s->quality[i] = f->quality;
        feri_preprocess_apply(&s->model->pixels, &crop, feri_exec_input(s->exec) + i * m->h * m->w * m->c);
    }
    return FER_OK;
}

/* ---- its scores ---- */

static void take_scores(const fer_pipeline *p, size_t i, fer_face *f)
{
    size_t n = p->model->n_classes;
    memset(f->scores, 0, sizeof f->scores);
    memcpy(f->scores, p->scores + i * n, n * sizeof *f->scores);
    memcpy(f->smoothed, f->scores, sizeof f->smoothed);
    f->label = feri_largest(n, f->scores);
    f->valence = p->va ? p->va[2 * i] : NAN;
    f->arousal = p->va ? p->va[2 * i + 1] : NAN;
}

fer_status feri_pipeline_classify(fer_pipeline *p, size_t n, const fer_pipeline_item *items, fer_error *err)
{
    if (n == 0) return FER_OK; /* items may be NULL then */
    struct batch b = {p, {items, items + n, 0}};
    for (size_t part; (part = count(b.first, FERI_PIPELINE_BATCH)) > 0;) {
        fer_status st = feri_pipeline_go_on(p, err);
        if (st == FER_OK)
            st = feri_session_answer(p->session, part, prepare, &b, (struct feri_answers){p->scores, p->va}, err);
        if (st != FER_OK) return st;
        for (size_t i = 0; i < part && settle(&b.first); i++, b.first.face++)
            take_scores(p, i, &b.first.item->faces[b.first.face]);
    }
    return FER_OK;
}
