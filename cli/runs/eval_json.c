#include "runs/eval_json.h"

#include "common/cli.h"

#include <string.h>

static json_t *per_class(const fer_evaluation *e)
{
    json_t *all = json_object();
    for (size_t k = 0; k < e->n_classes; k++) {
        const fer_class_metrics *c = &e->per_class[k];
        feri_json_set(all, c->name,
                      json_pack("{s:I, s:f, s:f, s:f}", "images", (json_int_t)c->support, "precision", c->precision,
                                "recall", c->recall, "f1", c->f1));
    }
    return all;
}

static json_t *classes(const fer_evaluation *e)
{
    json_t *all = json_array();
    for (size_t k = 0; k < e->n_classes; k++) feri_json_add(all, feri_json_string(e->per_class[k].name));
    return all;
}

static json_t *confusion(const fer_evaluation *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < e->n_classes; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < e->n_classes; k++)
            feri_json_add(row, json_integer((json_int_t)e->confusion[i * e->n_classes + k]));
        feri_json_add(all, row);
    }
    return all;
}

static json_t *bins(const fer_evaluation *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) {
        const fer_calibration_bin *b = &e->bins[i];
        feri_json_add(all, json_pack("{s:I, s:f, s:f}", "images", (json_int_t)b->images, "confidence", b->confidence,
                                     "accuracy", b->accuracy));
    }
    return all;
}

static json_t *interval(const fer_interval *i)
{
    return json_pack("[f, f]", i->low, i->high);
}

static json_t *intervals(const fer_evaluation *e)
{
    const fer_intervals *i = e->intervals;
    json_t *recall = json_object();
    for (size_t k = 0; k < e->n_classes; k++)
        feri_json_set(recall, e->per_class[k].name, e->per_class[k].support ? interval(&i->recall[k]) : json_null());
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "resamples", (json_int_t)i->resamples, "accuracy",
                     interval(&i->accuracy), "mean_recall", interval(&i->mean_recall), "macro_f1",
                     interval(&i->macro_f1), "ece", interval(&i->ece), "recall", recall);
}

static json_t *subject(const struct eval_subject *s, const fer_evaluation *e)
{
    fer_model_info info = fer_model_get_info(s->model);
    return json_pack("{s:s, s:s, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:s, s:f, s:f}", "version", fer_version(), "model",
                     info.name, "params", (json_int_t)info.n_params, "input", "height", (json_int_t)info.height,
                     "width", (json_int_t)info.width, "channels", (json_int_t)info.channels, "weights",
                     feri_json_string(s->weights), "data", feri_json_string(s->data), "protocol",
                     fer_protocol_name(s->protocol), "seconds", s->seconds, "images_per_s",
                     s->seconds > 0 ? (double)(e->images + e->skipped) / s->seconds : 0.0);
}

static json_t *concordance(const fer_concordance *c)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "images", (json_int_t)c->images, "ccc", cli_json_number(c->ccc), "rmse",
                     cli_json_number(c->rmse), "sagr", cli_json_number(c->sagr));
}

json_t *eval_json(const struct eval_subject *s, const fer_evaluation *e)
{
    json_t *doc = subject(s, e);
    if (doc && s->degradation && strcmp(s->degradation, "none") != 0)
        feri_json_set(doc, "degrade", json_string(s->degradation));
    json_t *result =
        json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "images", (json_int_t)e->images,
                  "skipped", (json_int_t)e->skipped, "accuracy", e->accuracy, "mean_recall", e->mean_recall, "macro_f1",
                  e->macro_f1, "loss", e->loss, "brier", e->brier, "ece", e->ece, "bins", bins(e), "classes",
                  classes(e), "per_class", per_class(e), "confusion", confusion(e));
    if (result)
        feri_json_set(
            result, "selective_accuracy",
            json_pack("{s:f, s:f, s:f}", "50", e->selective[0], "70", e->selective[1], "90", e->selective[2]));
    if (result)
        feri_json_set(
            result, "accuracy_by_quality",
            json_pack("{s:f, s:f, s:f}", "50", e->by_quality[0], "70", e->by_quality[1], "90", e->by_quality[2]));
    if (result) feri_json_set(result, "aurc", json_real(e->aurc));
    if (result && e->intervals && !feri_json_set(result, "intervals", intervals(e))) {
        json_decref(result);
        result = NULL;
    }
    if (result && e->valence.images) feri_json_set(result, "valence", concordance(&e->valence));
    if (result && e->arousal.images) feri_json_set(result, "arousal", concordance(&e->arousal));
    if (!doc || !result || json_object_update(doc, result) != 0) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(result);
    return doc;
}
