#include "api/pipeline.h"

#include "base/error.h"
#include "models/model.h"

#include <stdlib.h>

#define BATCH FERI_PIPELINE_BATCH

static struct feri_align_geometry geometry_of(const fer_model *m)
{
    struct feri_align_geometry g = feri_align_usual;
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

/* ---- pictures to faces ---- */

static void find_all(fer_pipeline *p, size_t n, fer_pipeline_item *items)
{
    for (size_t i = 0; i < n; i++) {
        fer_pipeline_item *item = &items[i];
        item->n = 0;
        item->whole = false;
        item->error.status = feri_pipeline_find(p, item, &item->error);
    }
}

/* Find out which one fails. */
static void classify_each(fer_pipeline *p, size_t n, fer_pipeline_item *items)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].error.status == FER_OK)
            items[i].error.status = feri_pipeline_classify(p, 1, &items[i], &items[i].error);
}

static void run_many(fer_pipeline *p, size_t n, fer_pipeline_item *items)
{
    fer_error err;
    find_all(p, n, items);
    if (n == 1 || feri_pipeline_classify(p, n, items, &err) != FER_OK) classify_each(p, n, items);
    for (size_t i = 0; i < n; i++) {
        if (items[i].error.status == FER_OK) continue;
        items[i].n = 0;
        items[i].whole = false;
    }
}

fer_status fer_pipeline_run_many(fer_pipeline *p, size_t n, fer_pipeline_item *items, fer_error *err)
{
    if (!p || (n > 0 && !items))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_pipeline_run_many: pipeline and items must not be NULL");
    for (size_t i = 0; i < n; i++)
        if (items[i].max > 0 && !items[i].faces)
            return feri_fail(err, FER_ERR_ARGUMENT, "fer_pipeline_run_many: the faces of item %zu must not be NULL", i);
    run_many(p, n, items);
    return FER_OK;
}

/* A call for a single picture. */
static fer_status run_one(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    run_many(p, 1, item);
    if (item->error.status != FER_OK && err) *err = item->error;
    return item->error.status;
}

fer_status fer_pipeline_run(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            fer_error *err)
{
    if (!p || !picture || !n_out || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_pipeline_run: pipeline, picture, faces and n_out must not be NULL");
    fer_pipeline_item item = {.picture = *picture, .look = FER_LOOK_FACES, .max = max, .faces = faces};
    fer_status st = run_one(p, &item, err);
    *n_out = item.n;
    return st;
}

fer_status fer_pipeline_read_whole(fer_pipeline *p, const fer_view *picture, fer_face *face, fer_error *err)
{
    if (!p || !picture || !face)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_pipeline_read_whole: pipeline, picture and face must not be NULL");
    fer_pipeline_item item = {.picture = *picture, .look = FER_LOOK_WHOLE, .max = 1, .faces = face};
    return run_one(p, &item, err);
}

fer_status fer_pipeline_run_auto(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                                 bool *whole, fer_error *err)
{
    if (!p || !picture || !n_out || !whole || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_pipeline_run_auto: pipeline, picture, faces, n_out and whole must not be NULL");
    fer_pipeline_item item = {.picture = *picture, .look = FER_LOOK_AUTO, .max = max, .faces = faces};
    fer_status st = run_one(p, &item, err);
    *n_out = item.n;
    *whole = item.whole;
    return st;
}
