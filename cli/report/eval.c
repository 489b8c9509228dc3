/* Reads an evaluation from the JSON of `fer eval`, with its classes in AffectNet's order. */
#include "base/emotions.h"
#include "common/cli.h"
#include "report/report.h"

#include <math.h>
#include <stdlib.h>

#define CLASSES_MAX 1000

struct parser {
    const char *path;
    const json_t *doc;
    const json_t *classes, *confusion;
    size_t n;
    size_t *order; /* position in the report -> class of the document */
    fer_evaluation *e;
};

static bool refuse(const struct parser *p, const char *what)
{
    return cli_refuse("%s: not what 'fer eval --format json' prints: %s", p->path, what);
}

static const char *class_name(const struct parser *p, size_t k)
{
    return json_string_value(json_array_get(p->classes, k));
}

/* Stable: classes that AffectNet lacks keep their order after the others. */
static void make_order(struct parser *p)
{
    for (size_t k = 0; k < p->n; k++) {
        size_t at = k;
        for (; at > 0 && feri_emotion_named(class_name(p, p->order[at - 1])) > feri_emotion_named(class_name(p, k));
             at--)
            p->order[at] = p->order[at - 1];
        p->order[at] = k;
    }
}

static bool parse_classes(struct parser *p)
{
    p->classes = json_object_get(p->doc, "classes");
    p->confusion = json_object_get(p->doc, "confusion");
    p->n = json_array_size(p->classes);
    if (p->n == 0 || p->n > CLASSES_MAX) return refuse(p, "'classes' is not a list of class names");
    for (size_t k = 0; k < p->n; k++)
        if (!class_name(p, k)) return refuse(p, "a class has no name");
    fer_evaluation *e = p->e;
    p->order = calloc(p->n, sizeof *p->order);
    e->per_class = calloc(p->n, sizeof *e->per_class);
    e->confusion = calloc(p->n * p->n, sizeof *e->confusion);
    if (!p->order || !e->per_class || !e->confusion) return cli_no_memory();
    make_order(p);
    e->n_classes = p->n;
    for (size_t k = 0; k < p->n; k++) e->per_class[k].name = class_name(p, p->order[k]);
    return true;
}

static bool parse_count(const json_t *v, size_t *out)
{
    json_int_t n = json_integer_value(v);
    *out = n > 0 ? (size_t)n : 0;
    return json_is_integer(v) && n >= 0 && n < (json_int_t)1 << 48;
}

static bool parse_confusion(struct parser *p)
{
    fer_evaluation *e = p->e;
    for (size_t i = 0; i < p->n; i++) {
        const json_t *row = json_array_get(p->confusion, p->order[i]);
        for (size_t k = 0; k < p->n; k++) {
            size_t *cell = &e->confusion[i * p->n + k];
            if (!parse_count(json_array_get(row, p->order[k]), cell))
                return refuse(p, "'confusion' is not a matrix of counts with a row and a column for every class");
            e->images += *cell;
            e->per_class[i].support += *cell;
        }
    }
    return e->images > 0 || refuse(p, "no image was evaluated");
}

static bool parse_per_class(struct parser *p)
{
    const json_t *all = json_object_get(p->doc, "per_class");
    for (size_t k = 0; k < p->n; k++) {
        fer_class_metrics *c = &p->e->per_class[k];
        const json_t *of = json_object_get(all, c->name);
        const json_t *precision = json_object_get(of, "precision"), *recall = json_object_get(of, "recall");
        const json_t *f1 = json_object_get(of, "f1");
        if (!json_is_number(precision) || !json_is_number(recall) || !json_is_number(f1))
            return refuse(p, "'per_class' lacks precision, recall or F1 of a class");
        c->precision = json_number_value(precision);
        c->recall = json_number_value(recall);
        c->f1 = json_number_value(f1);
    }
    return true;
}

static bool parse_bins(struct parser *p)
{
    const json_t *all = json_object_get(p->doc, "bins");
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) {
        const json_t *of = json_array_get(all, i);
        const json_t *confidence = json_object_get(of, "confidence"), *accuracy = json_object_get(of, "accuracy");
        fer_calibration_bin *b = &p->e->bins[i];
        if (!parse_count(json_object_get(of, "images"), &b->images) || !json_is_number(confidence) ||
            !json_is_number(accuracy))
            return refuse(p, "'bins' is not a list of fifteen bins with images, confidence and accuracy");
        b->confidence = json_number_value(confidence);
        b->accuracy = json_number_value(accuracy);
    }
    return true;
}

static bool parse_numbers(struct parser *p)
{
    fer_evaluation *e = p->e;
    const struct {
        const char *key;
        double *to;
    } numbers[] = {{"accuracy", &e->accuracy}, {"loss", &e->loss},   {"mean_recall", &e->mean_recall},
                   {"macro_f1", &e->macro_f1}, {"brier", &e->brier}, {"ece", &e->ece}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const json_t *v = json_object_get(p->doc, numbers[i].key);
        char text[60];
        snprintf(text, sizeof text, "'%s' is not a number", numbers[i].key);
        if (!json_is_number(v)) return refuse(p, text);
        *numbers[i].to = json_number_value(v);
    }
    return true;
}

/* They are missing if the model does not predict them. */
static bool parse_concordance(const struct parser *p, const char *key, fer_concordance *out)
{
    const json_t *of = json_object_get(p->doc, key), *ccc = json_object_get(of, "ccc"),
                 *rmse = json_object_get(of, "rmse");
    const json_t *sagr = json_object_get(of, "sagr");
    if (!of) return true;
    *out = (fer_concordance){.ccc = json_is_null(ccc) ? NAN : json_number_value(ccc),
                             .rmse = json_number_value(rmse),
                             .sagr = json_number_value(sagr)};
    if (parse_count(json_object_get(of, "images"), &out->images) && (json_is_number(ccc) || json_is_null(ccc)) &&
        json_is_number(rmse) && json_is_number(sagr))
        return true;
    return refuse(p, "'valence' or 'arousal' lacks images, CCC, RMSE or SAGR");
}

bool report_eval_parse(const char *path, const json_t *doc, fer_evaluation *e)
{
    struct parser p = {.path = path, .doc = doc, .e = e};
    *e = (fer_evaluation){0};
    bool ok = parse_classes(&p) && parse_confusion(&p) && parse_per_class(&p) && parse_numbers(&p) && parse_bins(&p) &&
              parse_concordance(&p, "valence", &e->valence) && parse_concordance(&p, "arousal", &e->arousal);
    free(p.order);
    if (!ok) report_eval_clear(e);
    return ok;
}

void report_eval_clear(fer_evaluation *e)
{
    free(e->per_class);
    free(e->confusion);
    *e = (fer_evaluation){0};
}
