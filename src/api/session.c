#include "api/session.h"

#include "api/face_quality.h"
#include "api/image.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 1024
#define BATCH_MAX   65536

static fer_status check_options(const fer_session_options *opt, enum feri_isa *isa_out, fer_error *err)
{
    if (opt->threads > THREADS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "%u threads, expected at most %d", opt->threads, THREADS_MAX);
    if (opt->batch_max > BATCH_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "batch %zu, expected at most %d", opt->batch_max, BATCH_MAX);
    return feri_isa_find(opt->isa, isa_out, err);
}

static fer_status new_mirrored(fer_session *s, fer_error *err)
{
    size_t n = s->batch_max * s->model->n_classes;
    s->mirrored = calloc(n, sizeof *s->mirrored);
    return s->mirrored ? FER_OK : feri_fail_memory(err, n * sizeof *s->mirrored);
}

static fer_status prepare_session(fer_session *s, unsigned threads, enum feri_isa isa, fer_error *err)
{
    const fer_model *m = s->model;
    if (m->family->detects)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "model %s finds faces and predicts no expression: use it in a fer_detector", m->name);
    s->statuses = calloc(s->batch_max, sizeof *s->statuses);
    s->quality = calloc(s->batch_max, sizeof *s->quality);
    if (!s->statuses || !s->quality)
        return feri_fail_memory(err, s->batch_max * (sizeof *s->statuses + sizeof *s->quality));
    const struct feri_plan *plan;
    fer_status st = feri_model_plan(m, isa, &plan, err);
    if (st == FER_OK) st = feri_pool_new(threads, &s->pool, err);
    if (st == FER_OK) st = feri_exec_new(plan, s->batch_max, s->pool, &s->exec, err);
    if (st == FER_OK) st = feri_heads_new(m, s->batch_max, &s->heads, err);
    return st;
}

fer_status fer_session_new(const fer_model *m, const fer_session_options *opt, fer_session **out, fer_error *err)
{
    if (!m || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_session_new: model and out must not be NULL");
    *out = NULL;
    fer_session_options defaults = {0};
    if (!opt) opt = &defaults;
    enum feri_isa isa;
    fer_status st = check_options(opt, &isa, err);
    if (st != FER_OK) return st;

    fer_session *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    s->model = m;
    s->batch_max = opt->batch_max ? opt->batch_max : 1;
    st = prepare_session(s, opt->threads, isa, err);
    if (st == FER_OK && opt->tta) st = new_mirrored(s, err);
    if (st != FER_OK) {
        fer_session_free(s);
        return st;
    }
    *out = s;
    return FER_OK;
}

void fer_session_free(fer_session *s)
{
    if (!s) return;
    feri_heads_free(&s->heads);
    feri_exec_free(s->exec);
    feri_pool_free(s->pool);
    free(s->mirrored);
    free(s->statuses);
    free(s->quality);
    free(s);
}

static fer_status check_logits(const fer_model *m, size_t n, const float *logits, fer_error *err)
{
    for (size_t i = 0; i < n * m->n_classes; i++)
        if (!isfinite(logits[i]))
            return feri_fail(err, FER_ERR_NUMERIC,
                             "model %s predicts %g for class '%s': its weights contain such a number "
                             "or do not fit its preprocessing",
                             m->name, (double)logits[i], m->classes[i % m->n_classes]);
    return FER_OK;
}

/* [c][h * w] to [h * w][c]. False at a number that is not finite, whose index is stored. */
static bool to_channels_last(size_t c, size_t area, const float *from, float *to, size_t *bad_out)
{
    for (size_t ch = 0; ch < c; ch++)
        for (size_t i = 0; i < area; i++) {
            float v = from[ch * area + i];
            if (!isfinite(v)) {
                *bad_out = ch * area + i;
                return false;
            }
            to[i * c + ch] = v;
        }
    return true;
}

static fer_status fill_input(fer_session *s, size_t first, size_t n, const float *input, fer_error *err)
{
    const fer_model *m = s->model;
    size_t area = m->h * m->w, size = area * m->c;
    for (size_t i = 0; i < n; i++) {
        size_t bad, at = (first + i) * size;
        if (!to_channels_last(m->c, area, input + at, feri_exec_input(s->exec) + i * size, &bad))
            return feri_fail(err, FER_ERR_NUMERIC, "input [%zu][%zu][%zu][%zu] is %g, not a finite number", first + i,
                             bad / area, bad % area / m->w, bad % m->w, (double)input[at + bad]);
    }
    return FER_OK;
}

static fer_status check_va(const fer_model *m, size_t n, const float *va, fer_error *err)
{
    for (size_t i = 0; va && i < n * FERI_VA; i++)
        if (!isfinite(va[i]))
            return feri_fail(err, FER_ERR_NUMERIC, "model %s predicts %g for %s: its weights contain such a number",
                             m->name, (double)va[i], i % FERI_VA ? "arousal" : "valence");
    return FER_OK;
}

fer_status feri_session_forward(fer_session *s, size_t n, fer_error *err)
{
    feri_exec_forward(s->exec, n, 0);
    feri_heads_take(&s->heads, s->model, n, feri_exec_output(s->exec));
    fer_status st = check_logits(s->model, n, s->heads.logits, err);
    return st == FER_OK ? check_va(s->model, n, s->heads.va, err) : st;
}

/* Run the n samples in the input buffer and copy the logits out. */
static fer_status run_batch(fer_session *s, size_t n, float *logits, fer_error *err)
{
    fer_status st = feri_session_forward(s, n, err);
    memcpy(logits, s->heads.logits, n * s->model->n_classes * sizeof *logits);
    return st;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

fer_status fer_session_run(fer_session *s, size_t n, const float *input, float *logits, fer_error *err)
{
    if (!s || (n > 0 && (!input || !logits)))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_session_run: session, input and logits must not be NULL");
    for (size_t first = 0; first < n; first += s->batch_max) {
        size_t part = smaller(n - first, s->batch_max);
        fer_status st = fill_input(s, first, part, input, err);
        if (st == FER_OK) st = run_batch(s, part, logits + first * s->model->n_classes, err);
        if (st != FER_OK) return st;
    }
    return FER_OK;
}

struct preparation {
    fer_session *session;
    const fer_image *const *images;
};

fer_status feri_session_prepare(const fer_session *s, const struct feri_pixels *px, float *dst)
{
    const fer_model *m = s->model;
    struct feri_pixels sized = {0}, converted = {0};
    fer_status st = FER_OK;
    if (px->w != m->w || px->h != m->h) {
        st = feri_image_resize(px, m->w, m->h, &sized, NULL);
        px = &sized;
    }
    if (st == FER_OK && px->c != m->c) {
        st = feri_image_convert(px, m->c, &converted, NULL);
        px = &converted;
    }
    if (st == FER_OK) feri_preprocess_apply(&s->model->pixels, px, dst);
    feri_pixels_free(&sized);
    feri_pixels_free(&converted);
    return st;
}

static fer_status measure_input(const fer_model *m, const float *input, float *quality)
{
    struct feri_quality q = {0};
    struct feri_resizer resizer = {0};
    uint8_t *pixels = malloc(m->w * m->h * m->c);
    fer_status st = pixels ? feri_quality_of_input(m, &resizer, input, pixels, &q, NULL) : FER_ERR_MEMORY;
    *quality = q.quality;
    feri_resizer_free(&resizer);
    free(pixels);
    return st;
}

static void prepare_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct preparation *p = arg;
    fer_session *s = p->session;
    float *input = feri_exec_input(s->exec) + task * s->model->h * s->model->w * s->model->c;
    s->statuses[task] = feri_session_prepare(s, &p->images[task]->pixels, input);
    if (s->statuses[task] == FER_OK && s->model->doubt > 0)
        s->statuses[task] = measure_input(s->model, input, &s->quality[task]);
}

static fer_status prepare_images(fer_session *s, size_t first, size_t n, const fer_image *const *images, fer_error *err)
{
    struct preparation p = {s, images + first};
    feri_pool_run(s->pool, n, prepare_task, &p);
    for (size_t i = 0; i < n; i++)
        if (s->statuses[i] != FER_OK)
            return feri_fail(err, s->statuses[i], "image %zu of %zu x %zu pixels cannot be resized: %s", first + i,
                             images[first + i]->pixels.w, images[first + i]->pixels.h, fer_status_name(s->statuses[i]));
    return FER_OK;
}

static fer_status answer_prepared(fer_session *s, size_t n, struct feri_answers to, fer_error *err)
{
    size_t k = s->model->n_classes;
    fer_status st = run_batch(s, n, to.scores, err);
    if (st != FER_OK) return st;
    for (size_t i = 0; i < n; i++) {
        float *row = to.scores + i * k;
        feri_softmax_row(k, feri_model_temperature_at(s->model, s->quality[i]), row, row);
    }
    if (to.va) memcpy(to.va, s->heads.va, n * FERI_VA * sizeof *to.va);
    return FER_OK;
}

/* a = (a + b) / 2. */
static void average(size_t n, float *a, const float *b)
{
    for (size_t i = 0; i < n; i++) a[i] = (a[i] + b[i]) / 2;
}

/* Prepare the input again for the mirror images, because a run may overwrite its input. */
fer_status feri_session_answer(fer_session *s, size_t n, feri_prepare_fn *prepare, void *user, struct feri_answers to,
                               fer_error *err)
{
    const fer_model *m = s->model;
    fer_status st = prepare(user, s, n, err);
    if (st == FER_OK) st = answer_prepared(s, n, to, err);
    if (st != FER_OK || !s->mirrored) return st;
    if ((st = prepare(user, s, n, err)) != FER_OK) return st;
    feri_mirror(n * m->h, m->w, m->c, feri_exec_input(s->exec));
    if ((st = answer_prepared(s, n, (struct feri_answers){.scores = s->mirrored}, err)) != FER_OK) return st;
    average(n * m->n_classes, to.scores, s->mirrored);
    if (to.va) average(n * FERI_VA, to.va, s->heads.va);
    return FER_OK;
}

/* A part of the caller's images. */
struct part {
    size_t first;
    const fer_image *const *images;
};

static fer_status prepare_part(void *user, fer_session *s, size_t n, fer_error *err)
{
    const struct part *p = user;
    return prepare_images(s, p->first, n, p->images, err);
}

/* va NULL: not requested. */
static fer_status predict(fer_session *s, size_t n, const fer_image *const *images, float *scores, float *va,
                          fer_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!images[i]) return feri_fail(err, FER_ERR_ARGUMENT, "fer_session_predict: images[%zu] is NULL", i);
    for (size_t first = 0; first < n; first += s->batch_max) {
        struct part p = {first, images};
        struct feri_answers to = {scores + first * s->model->n_classes, va ? va + first * FERI_VA : NULL};
        fer_status st = feri_session_answer(s, smaller(n - first, s->batch_max), prepare_part, &p, to, err);
        if (st != FER_OK) return st;
    }
    return FER_OK;
}

fer_status fer_session_predict(fer_session *s, size_t n, const fer_image *const *images, float *scores, fer_error *err)
{
    if (!s || (n > 0 && (!images || !scores)))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_session_predict: session, images and scores must not be NULL");
    return predict(s, n, images, scores, NULL, err);
}

fer_status fer_session_predict_valence_arousal(fer_session *s, size_t n, const fer_image *const *images, float *scores,
                                               float *valence_arousal, fer_error *err)
{
    if (!s || (n > 0 && (!images || !scores || !valence_arousal)))
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "fer_session_predict_valence_arousal: session, images, scores and valence_arousal must not be NULL");
    if (!s->model->valence_arousal)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "model %s has classes only, no valence and arousal", s->model->name);
    return predict(s, n, images, scores, valence_arousal, err);
}
