#include "api/pipeline.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "image/view.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH    8     /* faces that are classified together */
#define ROLL_MAX 50.0f /* degrees */
#define EYES \
    0.5f /* share of trusted eyes in place and scale; with FER+ pasted into photographs, 0 to 1 work equally well */

/* The geometry of FER2013's crops, as fer_fit_crop() measures it with the built-in detector. It is for weights that
 * store no crop. */
static const fer_crop usual_crop = {
    .eye_distance = 0.33f, .eye_height = 0.42f, .box_scale = 0.925f, .box_x = 0, .box_y = 0};

static struct feri_align_geometry geometry_of(const fer_model *m)
{
    struct feri_align_geometry g = {.crop = usual_crop, .roll_max = ROLL_MAX, .eyes = EYES};
    fer_model_crop(m, &g.crop);
    return g;
}

/* ---- creation ---- */

static fer_status check_model(const fer_model *m, fer_error *err)
{
    if (m->n_classes <= FER_FACE_CLASSES) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED, "model %s has %zu classes, a pipeline supports at most %d", m->name,
                     m->n_classes, FER_FACE_CLASSES);
}

static fer_status allocate(fer_pipeline *p, fer_error *err)
{
    const fer_model *m = p->model;
    p->crop = malloc(m->h * m->w * m->c);
    p->sized = malloc(m->h * m->w * 3);
    p->scores = calloc(BATCH * m->n_classes, sizeof *p->scores);
    p->va = m->valence_arousal ? calloc((size_t)BATCH * FERI_VA, sizeof *p->va) : NULL;
    return p->crop && p->sized && p->scores && (p->va || !m->valence_arousal)
               ? FER_OK
               : feri_fail_memory(err, m->h * m->w * m->c);
}

static fer_status open_pipeline(fer_pipeline *p, const fer_pipeline_options *opt, fer_error *err)
{
    fer_detector_options detector = opt->detector;
    fer_session_options session = {.threads = opt->threads, .batch_max = BATCH, .isa = opt->isa, .tta = opt->tta};
    fer_status st = opt->model ? FER_OK : fer_model_load_default(&p->own_model, err);
    if (st != FER_OK) return st;
    p->model = opt->model ? opt->model : p->own_model;
    if (!detector.isa) detector.isa = opt->isa;
    if ((st = check_model(p->model, err)) != FER_OK) return st;
    st = fer_session_new(p->model, &session, &p->session, err);
    if (st == FER_OK) st = feri_detector_new(&detector, p->session->pool, &p->detector, err);
    if (st == FER_OK) st = allocate(p, err);
    p->geometry = geometry_of(p->model);
    return st;
}

fer_status fer_pipeline_new(const fer_pipeline_options *opt, fer_pipeline **out, fer_error *err)
{
    static const fer_pipeline_options defaults;
    if (!out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_pipeline_new: out must not be NULL");
    *out = NULL;
    fer_pipeline *p = calloc(1, sizeof *p);
    if (!p) return feri_fail_memory(err, sizeof *p);
    fer_status st = open_pipeline(p, opt ? opt : &defaults, err);
    if (st == FER_OK) *out = p;
    else fer_pipeline_free(p);
    return st;
}

void fer_pipeline_free(fer_pipeline *p)
{
    if (!p) return;
    fer_detector_free(p->detector);
    fer_session_free(p->session);
    fer_model_free(p->own_model);
    feri_aligner_free(&p->aligner);
    feri_resizer_free(&p->resizer);
    free(p->whole);
    free(p->sized);
    free(p->crop);
    free(p->scores);
    free(p->va);
    free(p);
}

const fer_model *fer_pipeline_model(const fer_pipeline *p)
{
    return p ? p->model : NULL;
}

/* ---- faces to scores ---- */

struct crops {
    fer_pipeline *pipeline;
    const fer_view *picture;
    const fer_face *faces;
};

static fer_status prepare_crops(void *user, fer_session *s, size_t n, fer_error *err)
{
    const struct crops *c = user;
    fer_pipeline *p = c->pipeline;
    const fer_model *m = p->model;
    struct feri_pixels crop = {m->w, m->h, m->c, p->crop};
    for (size_t i = 0; i < n; i++) {
        fer_status st = feri_align_crop(&p->aligner, &p->geometry, c->picture, &c->faces[i], &crop, err);
        if (st != FER_OK) return st;
        feri_preprocess_apply(&s->model->pixels, &crop, feri_exec_input(s->exec) + i * m->h * m->w * m->c);
    }
    return FER_OK;
}

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

fer_status feri_pipeline_classify(fer_pipeline *p, const fer_view *picture, size_t n, fer_face *faces, fer_error *err)
{
    for (size_t first = 0; first < n; first += BATCH) {
        size_t part = n - first < BATCH ? n - first : BATCH;
        struct crops c = {p, picture, faces + first};
        fer_status st =
            feri_session_answer(p->session, part, prepare_crops, &c, (struct feri_answers){p->scores, p->va}, err);
        if (st != FER_OK) return st;
        for (size_t i = 0; i < part; i++) take_scores(p, i, &faces[first + i]);
    }
    return FER_OK;
}

fer_status fer_pipeline_run(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            fer_error *err)
{
    if (!p || !picture || !n_out || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_pipeline_run: pipeline, picture, faces and n_out must not be NULL");
    fer_status st = feri_detector_find(p->detector, picture, max, faces, n_out, err);
    if (st == FER_OK) st = feri_pipeline_classify(p, picture, *n_out, faces, err);
    if (st != FER_OK) *n_out = 0;
    return st;
}

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

struct whole {
    fer_pipeline *pipeline;
    struct feri_pixels pixels;
};

static fer_status prepare_whole(void *user, fer_session *s, size_t n, fer_error *err)
{
    const struct whole *whole = user;
    fer_pipeline *p = whole->pipeline;
    const fer_model *m = p->model;
    struct feri_pixels sized = {m->w, m->h, whole->pixels.c, p->sized}, crop = {m->w, m->h, m->c, p->crop};
    (void)n;
    fer_status st = feri_resizer_run(&p->resizer, &whole->pixels, &sized, err);
    if (st != FER_OK) return st;
    convert(&sized, &crop);
    feri_preprocess_apply(&s->model->pixels, &crop, feri_exec_input(s->exec));
    return FER_OK;
}

static fer_face whole_face(const fer_view *v)
{
    fer_face f = {.width = (float)v->width, .height = (float)v->height, .confidence = 1, .seen = true};
    /* nobody searched for faces */
    for (size_t i = 0; i < FER_FACE_POINTS; i++) f.points[i][0] = f.points[i][1] = NAN;
    return f;
}

fer_status fer_pipeline_read_whole(fer_pipeline *p, const fer_view *picture, fer_face *face, fer_error *err)
{
    struct whole whole = {.pipeline = p};
    if (!p || !picture || !face)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_pipeline_read_whole: pipeline, picture and face must not be NULL");
    fer_status st = feri_view_check(picture, err);
    if (st == FER_OK) st = copy_whole(p, picture, &whole.pixels, err);
    if (st == FER_OK)
        st = feri_session_answer(p->session, 1, prepare_whole, &whole, (struct feri_answers){p->scores, p->va}, err);
    if (st != FER_OK) return st;
    *face = whole_face(picture);
    take_scores(p, 0, face);
    return FER_OK;
}
