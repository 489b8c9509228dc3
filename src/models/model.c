#include "models/model.h"

#include "base/emotions.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/scores.h"
#include "base/words.h"
#include "models/head_layers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX       4096
#define CLASSES_MAX     10000
#define TEMPERATURE_MAX 1000 /* the smallest is 1 / TEMPERATURE_MAX */

static fer_status check_input(const char *name, size_t h, size_t w, size_t c, fer_error *err)
{
    if (h < 1 || h > INPUT_MAX || w < 1 || w > INPUT_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': input %zu x %zu is out of range, expected 1 to %d", name,
                         h, w, INPUT_MAX);
    if (c != 1 && c != 3) return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': %zu channels, expected 1 or 3", name, c);
    return FER_OK;
}

static fer_status check_classes(const char *name, const struct feri_family *family, size_t n, fer_error *err)
{
    if (family->detects && n != 1)
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': %zu classes; it is a face detector, expected 1", name, n);
    if (!family->detects && (n < 2 || n > CLASSES_MAX))
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': %zu classes, expected 2 to %d", name, n, CLASSES_MAX);
    return FER_OK;
}

static fer_status check_temperature(const char *name, double t, fer_error *err)
{
    if (t >= 1.0 / TEMPERATURE_MAX && t <= TEMPERATURE_MAX) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': temperature %g, expected a number from %g to %d", name, t,
                     1.0 / TEMPERATURE_MAX, TEMPERATURE_MAX);
}

fer_status feri_crop_check(const char *name, const fer_crop *c, fer_error *err)
{
    if (c->eye_distance > 0.05f && c->eye_distance < 1 && c->eye_height > 0 && c->eye_height < 1 &&
        c->box_scale > 0.2f && c->box_scale < 5 && fabsf(c->box_x) < 1 && fabsf(c->box_y) < 1)
        return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "model '%s': a crop of eyes %g apart at height %g, %g boxes high, %g, %g from the box's centre: "
                     "expected fractions of the crop's sides",
                     name, (double)c->eye_distance, (double)c->eye_height, (double)c->box_scale, (double)c->box_x,
                     (double)c->box_y);
}

static fer_status check_faces(const char *name, const struct feri_family *family, const fer_model_options *opt,
                              fer_error *err)
{
    if (family->detects && opt->valence_arousal)
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s' is a face detector: it cannot have valence and arousal",
                         name);
    if (!(opt->threshold >= 0 && opt->threshold < 1))
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': threshold %g, expected 0 to below 1", name,
                         opt->threshold);
    return opt->crop ? feri_crop_check(name, opt->crop, err) : FER_OK;
}

static bool name_classes(fer_model *m, const char *const *classes)
{
    m->classes = calloc(m->n_classes, sizeof *m->classes);
    for (size_t i = 0; m->classes && i < m->n_classes; i++) {
        char numbered[32];
        snprintf(numbered, sizeof numbered, "class%zu", i);
        m->classes[i] = feri_strdup(classes                         ? classes[i]
                                    : m->family->detects            ? "face"
                                    : m->n_classes == FERI_EMOTIONS ? feri_emotion_name(i)
                                                                    : numbered);
        if (!m->classes[i]) return false;
    }
    return m->classes != NULL;
}

static fer_status check_class_names(const fer_model *m, fer_error *err)
{
    for (size_t i = 0; i < m->n_classes; i++) {
        if (!*m->classes[i])
            return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': class %zu has an empty name", m->name, i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(m->classes[i], m->classes[j]) == 0)
                return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': two classes are called '%s'", m->name,
                                 m->classes[i]);
    }
    return FER_OK;
}

static fer_status build_at(const fer_model *m, size_t h, size_t w, struct feri_graph **out, fer_error *err)
{
    fer_status st = feri_graph_new(out, err);
    if (st != FER_OK) return st;
    feri_value y = m->family->build(*out, feri_input(*out, h, w, m->c), m->family_size, m->n_classes);
    feri_output(*out, m->valence_arousal ? feri_head_valence_arousal(*out, y) : y);
    if ((st = feri_graph_check(*out, err)) == FER_OK) return FER_OK;
    feri_graph_free(*out);
    *out = NULL;
    return feri_fail_in(err, st, "model '%s' at %zu x %zu", m->name, h, w);
}

fer_status feri_model_copy_params(const fer_model *m, struct feri_graph *g, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        struct feri_param *p = feri_graph_param(g, i);
        p->data = feri_alloc(p->count * sizeof *p->data);
        if (!p->data || !feri_graph_read_param(m->graph, i, p->data))
            return feri_tensors_check_reads(&m->stored,
                                            feri_fail(err, FER_ERR_MEMORY, "model '%s': out of memory", m->name), err);
    }
    return FER_OK;
}

fer_status feri_model_graph(const fer_model *m, size_t h, size_t w, struct feri_graph **out, fer_error *err)
{
    fer_status st = build_at(m, h, w, out, err);
    if (st == FER_OK && (st = feri_model_copy_params(m, *out, err)) != FER_OK) {
        feri_graph_free(*out);
        *out = NULL;
    }
    return st;
}

fer_status fer_model_new(const char *name, const fer_model_options *opt, fer_model **out, fer_error *err)
{
    static const fer_model_options none;
    const struct feri_family *family;
    char canonical[32];
    size_t n;
    if (!name || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_new: name and out must not be NULL");
    *out = NULL;
    if (!opt) opt = &none;
    fer_status st = feri_family_find(name, &family, &n, canonical, err);
    if (st != FER_OK) return st;
    size_t h = opt->height ? opt->height : family->input, w = opt->width    ? opt->width
                                                              : opt->height ? opt->height
                                                                            : family->input;
    size_t c = opt->channels ? opt->channels : family->channels, classes = opt->n_classes    ? opt->n_classes
                                                                           : family->detects ? 1
                                                                                             : FERI_EMOTIONS;
    double temperature = opt->temperature != 0 ? opt->temperature : 1;
    if ((st = check_input(canonical, h, w, c, err)) != FER_OK ||
        (st = check_classes(canonical, family, classes, err)) != FER_OK ||
        (st = check_temperature(canonical, temperature, err)) != FER_OK ||
        (st = check_faces(canonical, family, opt, err)) != FER_OK)
        return st;
    const char *preprocess = opt->preprocess         ? opt->preprocess
                             : c == family->channels ? family->preprocess
                             : c == 1                ? "half"
                                                     : "imagenet";
    struct feri_preprocess meaning;
    if ((st = feri_preprocess_find(preprocess, c, &meaning, err)) != FER_OK) return st;
    fer_model *m = calloc(1, sizeof *m);
    if (!m) return feri_fail_memory(err, sizeof *m);
    feri_lock_init(&m->lock);
    m->family = family;
    m->family_size = n;
    m->pixels = meaning;
    m->h = h;
    m->w = w;
    m->c = c;
    m->n_classes = classes;
    m->temperature = temperature;
    m->threshold = opt->threshold;
    m->has_crop = opt->crop != NULL;
    if (opt->crop) m->crop = *opt->crop;
    m->valence_arousal = opt->valence_arousal;
    m->name = feri_strdup(canonical);
    m->preprocess = feri_strdup(preprocess);
    m->provenance = feri_strdup(opt->provenance ? opt->provenance : "random");
    if (!m->name || !m->preprocess || !m->provenance || !name_classes(m, opt->classes))
        st = feri_fail(err, FER_ERR_MEMORY, "model '%s': out of memory", canonical);
    if (st == FER_OK) st = check_class_names(m, err);
    if (st == FER_OK) st = build_at(m, m->h, m->w, &m->graph, err);
    if (st != FER_OK) {
        fer_model_free(m);
        return st;
    }
    feri_graph_init_params(m->graph, opt->seed);
    *out = m;
    return FER_OK;
}

void fer_model_free(fer_model *m)
{
    if (!m) return;
    for (size_t i = 0; i < sizeof m->plans / sizeof *m->plans; i++) feri_plan_free(m->plans[i]);
    feri_graph_free(m->graph);
    feri_tensors_free(&m->stored);
    for (size_t i = 0; m->classes && i < m->n_classes; i++) free(m->classes[i]);
    free(m->classes);
    free(m->name);
    free(m->preprocess);
    free(m->provenance);
    free(m->prior);
    feri_lock_destroy(&m->lock);
    free(m);
}

fer_status feri_model_plan(const fer_model *m, enum feri_isa isa, const struct feri_plan **plan_out, fer_error *err)
{
    fer_model *shared =
        (fer_model *)(uintptr_t)m; /* the cache of plans is the only part that changes, under its lock */
    const struct feri_kernels *k = feri_kernels_get(isa);
    fer_status st = FER_OK;
    *plan_out = NULL;
    if (!k)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "this processor or build does not support the requested instruction set");
    feri_lock_take(&shared->lock);
    if (!shared->plans[isa]) {
        struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = k};
        struct feri_plan *plan = NULL;
        st = feri_tensors_check_reads(&m->stored, feri_plan_new(shared->graph, &opt, &plan, err), err);
        /* so that the lock is free and the cache complete whenever another thread forks */
        if (st == FER_OK) shared->plans[isa] = plan;
        else feri_plan_free(plan);
    }
    *plan_out = shared->plans[isa];
    feri_lock_give(&shared->lock);
    return st;
}

fer_status feri_model_set_prior(fer_model *m, const double *shares, fer_error *err)
{
    double sum = 0;
    free(m->prior);
    m->prior = NULL;
    if (!shares) return FER_OK;
    m->prior = calloc(m->n_classes, sizeof *m->prior);
    if (!m->prior) return feri_fail_memory(err, m->n_classes * sizeof *m->prior);
    for (size_t k = 0; k < m->n_classes; k++) sum += shares[k];
    for (size_t k = 0; k < m->n_classes; k++) m->prior[k] = (float)(shares[k] / sum);
    return FER_OK;
}

const float *fer_model_prior(const fer_model *m)
{
    return m ? m->prior : NULL;
}

fer_model_info fer_model_get_info(const fer_model *m)
{
    return (fer_model_info){.name = m->name,
                            .height = m->h,
                            .width = m->w,
                            .channels = m->c,
                            .n_classes = m->n_classes,
                            .classes = (const char *const *)m->classes,
                            .preprocess = m->preprocess,
                            .provenance = m->provenance,
                            .n_params = feri_graph_count_params(m->graph),
                            .macs = feri_graph_macs(m->graph),
                            .n_tensors = feri_graph_n_params(m->graph)};
}

bool feri_model_find_class(const fer_model *m, const char *name, size_t *k_out)
{
    return feri_class_find(m->n_classes, (const char *const *)m->classes, name, k_out);
}

double fer_model_temperature(const fer_model *m)
{
    return m->temperature;
}

double fer_model_doubt(const fer_model *m)
{
    return m->doubt;
}

double feri_model_temperature_at(const fer_model *m, float quality)
{
    return feri_temperature_at(m->temperature, m->doubt, (double)quality);
}

fer_status feri_model_set_temperature(fer_model *m, double temperature, double doubt, fer_error *err)
{
    fer_status st = check_temperature(m->name, temperature, err);
    if (st != FER_OK) return st;
    if (!(doubt >= 0 && doubt <= FERI_DOUBT_MAX))
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': doubt %g, expected a number from 0 to %g", m->name, doubt,
                         FERI_DOUBT_MAX);
    m->temperature = temperature;
    m->doubt = doubt;
    return FER_OK;
}

bool fer_model_crop(const fer_model *m, fer_crop *out)
{
    if (m->has_crop) *out = m->crop;
    return m->has_crop;
}

double fer_model_threshold(const fer_model *m)
{
    return m->threshold;
}

bool fer_model_has_valence_arousal(const fer_model *m)
{
    return m->valence_arousal;
}

fer_tensor_info fer_model_tensor(const fer_model *m, size_t i)
{
    const struct feri_param *p = feri_graph_param(m->graph, i);
    fer_tensor_info info = {.name = p->name, .n_dims = p->n_dims, .trained = !feri_param_is_buffer(p)};
    memcpy(info.dims, p->dims, p->n_dims * sizeof *p->dims);
    return info;
}
