#include "base/error.h"
#include "base/mem.h"
#include "models/face_cells.h"
#include "models/head_layers.h"
#include "models/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fer_status check_average(const fer_model *a, const fer_model *b, float share, fer_error *err)
{
    if (!(share >= 0 && share <= 1))
        return feri_fail(err, FER_ERR_ARGUMENT, "share %g, expected 0 to 1", (double)share);
    if (strcmp(a->name, b->name) != 0)
        return feri_fail(err, FER_ERR_SHAPE, "cannot average the weights of %s and %s: they are different models",
                         a->name, b->name);
    for (size_t i = 0; i < feri_graph_n_params(a->graph); i++) {
        const struct feri_param *p = feri_graph_param(a->graph, i), *q = feri_graph_param(b->graph, i);
        if (p->count != q->count)
            return feri_fail(err, FER_ERR_SHAPE,
                             "cannot average parameter '%s': it has %zu numbers in one model and %zu in the other",
                             p->name, p->count, q->count);
    }
    return FER_OK;
}

static fer_status average(fer_model *to, const fer_model *other, float share, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(to->graph); i++) {
        struct feri_param *p = feri_graph_param(to->graph, i);
        float *q = feri_alloc(p->count * sizeof *q);
        if (!q || !feri_graph_read_param(other->graph, i, q)) {
            feri_free(q);
            return feri_tensors_check_reads(
                &other->stored, feri_fail(err, FER_ERR_MEMORY, "parameter '%s': out of memory", p->name), err);
        }
        for (size_t k = 0; k < p->count && p->kind != FERI_PARAM_COUNTER; k++)
            p->data[k] = (1 - share) * p->data[k] + share * q[k];
        feri_free(q);
    }
    return FER_OK;
}

static fer_status shift_logits(fer_model *m, const double *shift, fer_error *err)
{
    struct feri_param *bias = feri_head_bias(m->graph);
    if (!bias) return feri_fail(err, FER_ERR_UNSUPPORTED, "model %s has no classifier", m->name);
    for (size_t k = 0; k < m->n_classes; k++) bias->data[k] += (float)shift[k];
    return FER_OK;
}

/* The row of a level's last layer that gives the score. */
static fer_status change_score(fer_model *m, size_t level, double scale, double shift, fer_error *err)
{
    char weight[64], bias[64];
    snprintf(weight, sizeof weight, "head%zu.cell.weight", feri_face_stride(level));
    snprintf(bias, sizeof bias, "head%zu.cell.bias", feri_face_stride(level));
    struct feri_param *w = feri_graph_find_param(m->graph, weight), *b = feri_graph_find_param(m->graph, bias);
    if (!w || !b) return feri_fail(err, FER_ERR_UNSUPPORTED, "model %s is no face detector", m->name);
    size_t width = w->count / FERI_FACE_COLUMNS;
    float *row = w->data + FERI_FACE_SCORE * width, *own = b->data + FERI_FACE_SCORE;
    for (size_t i = 0; i < width; i++) row[i] = (float)(scale * (double)row[i]);
    *own = (float)(scale * (double)*own + shift);
    return FER_OK;
}

static fer_status change_confidence(fer_model *m, const double change[2], fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t level = 0; st == FER_OK && level < FERI_FACE_LEVELS; level++)
        st = change_score(m, level, change[0], change[1], err);
    return st;
}

static fer_status copy_prior(const fer_model *m, fer_model *to, fer_error *err)
{
    double *shares = calloc(m->n_classes, sizeof *shares);
    if (!shares) return feri_fail_memory(err, m->n_classes * sizeof *shares);
    for (size_t k = 0; k < m->n_classes; k++) shares[k] = (double)m->prior[k];
    fer_status st = feri_model_set_prior(to, shares, err);
    free(shares);
    return st;
}

static fer_status copy_with(const fer_model *m, const fer_model_changes *c, fer_model **out, fer_error *err)
{
    const fer_model_options opt = {.height = m->h,
                                   .width = m->w,
                                   .channels = m->c,
                                   .n_classes = m->n_classes,
                                   .classes = c->classes ? c->classes : (const char *const *)m->classes,
                                   .preprocess = c->preprocess ? c->preprocess : m->preprocess,
                                   .provenance = c->provenance ? c->provenance : m->provenance,
                                   .temperature = c->temperature != 0 ? c->temperature : m->temperature,
                                   .valence_arousal = m->valence_arousal,
                                   .crop = c->crop       ? c->crop
                                           : m->has_crop ? &m->crop
                                                         : NULL,
                                   .threshold = c->threshold != 0 ? c->threshold : m->threshold};
    fer_status st = fer_model_new(m->name, &opt, out, err);
    if (st == FER_OK && c->temperature == 0) (*out)->doubt = m->doubt;
    if (st == FER_OK && m->prior) st = copy_prior(m, *out, err);
    return st == FER_OK ? feri_model_copy_params(m, (*out)->graph, err) : st;
}

fer_status fer_model_with(const fer_model *m, const fer_model_changes *changes, fer_model **out, fer_error *err)
{
    static const fer_model_changes none;
    if (out) *out = NULL;
    if (!m || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_with: model and out must not be NULL");
    const fer_model_changes *c = changes ? changes : &none;
    fer_model *copy = NULL;
    fer_status st = c->average ? check_average(m, c->average, c->share, err) : FER_OK;
    if (st == FER_OK) st = copy_with(m, c, &copy, err);
    if (st == FER_OK && c->average) st = average(copy, c->average, c->share, err);
    if (st == FER_OK && c->logit_shift) st = shift_logits(copy, c->logit_shift, err);
    if (st == FER_OK && c->confidence) st = change_confidence(copy, c->confidence, err);
    if (st == FER_OK) *out = copy;
    else fer_model_free(copy);
    return st;
}
