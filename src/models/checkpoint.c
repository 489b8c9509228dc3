/* Model files: the metadata keys and how tensors are matched to parameters. Keys: fer.format "1", fer.model,
 * fer.height, fer.width, fer.channels, fer.classes (separated by newlines), fer.preprocess, fer.provenance,
 * fer.temperature (omitted when it is 1), fer.doubt (omitted when it is 0), fer.crop (five numbers), fer.threshold and
 * fer.prior (omitted when unknown), fer.valence_arousal "1" (omitted otherwise). */
#include "base/decimal.h"
#include "base/error.h"
#include "base/mem.h"
#include "formats/safetensors.h"
#include "formats/tensors_file.h"
#include "models/head_layers.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tensors -> parameters ---- */

struct mismatches {
    fer_line_fn *report;
    void *user;
    size_t missing, unexpected, misshapen;
    char first[256]; /* the first problem, for the error message */
};

static void mismatch(struct mismatches *m, size_t *count, const char *line)
{
    ++*count;
    if (!m->first[0]) snprintf(m->first, sizeof m->first, "%.250s", line);
    if (m->report) m->report(m->user, line);
}

static void shape_text(char *out, size_t size, size_t n_dims, const size_t *dims)
{
    size_t at = (size_t)snprintf(out, size, "[");
    for (size_t i = 0; i < n_dims && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%zu", i ? ", " : "", dims[i]);
    if (at < size) snprintf(out + at, size - at, "]");
}

static bool same_shape(const struct feri_param *p, const struct feri_tensor *t)
{
    if (p->kind == FERI_PARAM_COUNTER) return t->count == 1;
    if (p->n_dims != t->n_dims) return false;
    for (size_t i = 0; i < p->n_dims; i++)
        if (p->dims[i] != t->dims[i]) return false;
    return true;
}

/* known [t->n]: which tensors have a parameter's name. */
static bool take(struct feri_param *p, const struct feri_tensors *t, bool *known, struct mismatches *m)
{
    const struct feri_tensor *found = feri_tensors_find(t, p->name);
    char line[512], want[96], have[96];
    if (found) known[found - t->items] = true;
    if (!found) {
        /* Old PyTorch checkpoints lack this counter, and nothing depends on it. */
        if (p->kind == FERI_PARAM_COUNTER) return false;
        snprintf(line, sizeof line, "missing: %s", p->name);
        mismatch(m, &m->missing, line);
        return false;
    }
    if (!same_shape(p, found)) {
        shape_text(want, sizeof want, p->n_dims, p->dims);
        shape_text(have, sizeof have, found->n_dims, found->dims);
        snprintf(line, sizeof line, "misshapen: %s is %s, expected %s", p->name, have, want);
        mismatch(m, &m->misshapen, line);
        return false;
    }
    feri_free(p->data);
    p->data = NULL;
    p->stored = found;
    return true;
}

static bool read_stored(void *user, const void *stored, float *torch_out)
{
    struct feri_tensors *t = user;
    if (feri_tensor_get(t, stored, torch_out, NULL) == FER_OK) return true;
    t->failed = true;
    return false;
}

/* Let the parameters refer to the numbers in t. Until feri_graph_hold(), m depends on t. */
static fer_status join_tensors(fer_model *m, struct feri_tensors *t, const fer_load_options *o, size_t *n_loaded_out,
                               fer_error *err)
{
    struct mismatches bad = {.report = o->report, .user = o->report_user};
    size_t loaded = 0, weights = 0; /* the latter without counters, which every network of a kind has */
    bool *known = calloc(t->n + 1, sizeof *known);
    if (!known) return feri_fail_memory(err, t->n);
    feri_graph_set_reader(m->graph, read_stored, t);
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        struct feri_param *p = feri_graph_param(m->graph, i);
        bool fits = take(p, t, known, &bad);
        loaded += fits;
        weights += fits && p->kind != FERI_PARAM_COUNTER;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (known[i]) continue;
        char line[512];
        snprintf(line, sizeof line, "unexpected: %s", t->items[i].name);
        mismatch(&bad, &bad.unexpected, line);
    }
    free(known);
    if (n_loaded_out) *n_loaded_out = loaded;
    if (o->partial && weights == 0)
        return feri_fail(err, FER_ERR_SHAPE, "none of the %zu tensors fits model '%s', first: %s", t->n, m->name,
                         bad.first);
    if (o->partial || bad.missing + bad.unexpected + bad.misshapen == 0) return FER_OK;
    return feri_fail(err, FER_ERR_SHAPE,
                     "tensors do not fit model '%s': %zu missing, %zu unexpected, %zu misshapen, first: %s", m->name,
                     bad.missing, bad.unexpected, bad.misshapen, bad.first);
}

fer_status feri_model_take_tensors(fer_model *m, struct feri_tensors *t, const fer_load_options *o,
                                   size_t *n_loaded_out, fer_error *err)
{
    fer_status st = join_tensors(m, t, o, n_loaded_out, err);
    if (st == FER_OK) return feri_tensors_check_reads(t, feri_graph_hold(m->graph, err), err);
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++)
        feri_graph_param(m->graph, i)->stored = NULL; /* t may be freed */
    return st;
}

/* ---- parameters -> tensors ---- */

static char *join_classes(const fer_model *m)
{
    size_t n = 1;
    for (size_t i = 0; i < m->n_classes; i++) n += strlen(m->classes[i]) + 1;
    char *text = malloc(n), *at = text;
    for (size_t i = 0; text && i < m->n_classes; i++) at += sprintf(at, "%s%s", i ? "\n" : "", m->classes[i]);
    return text;
}

static bool put_number(struct feri_tensors *t, const char *key, size_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", value);
    return feri_tensors_set_meta(t, key, text);
}

/* Seventeen digits identify a double exactly. */
static bool put_double(struct feri_tensors *t, const char *key, double value, double usual)
{
    char text[40];
    if (fabs(value - usual) == 0) return true;
    feri_snprintf(text, sizeof text, "%.17g", value);
    return feri_tensors_set_meta(t, key, text);
}

static bool put_temperature(const fer_model *m, struct feri_tensors *t)
{
    return put_double(t, "fer.temperature", m->temperature, 1) && put_double(t, "fer.doubt", m->doubt, 0);
}

static bool put_faces(const fer_model *m, struct feri_tensors *t)
{
    char text[200];
    const fer_crop *c = &m->crop;
    feri_snprintf(text, sizeof text, "%.9g", m->threshold);
    if (m->threshold > 0 && !feri_tensors_set_meta(t, "fer.threshold", text)) return false;
    if (!m->has_crop) return true;
    feri_snprintf(text, sizeof text, "%.9g %.9g %.9g %.9g %.9g", (double)c->eye_distance, (double)c->eye_height,
                  (double)c->box_scale, (double)c->box_x, (double)c->box_y);
    return feri_tensors_set_meta(t, "fer.crop", text);
}

static bool put_prior(const fer_model *m, struct feri_tensors *t)
{
    enum { DIGITS = 20 };
    if (!m->prior) return true;
    char *text = malloc(m->n_classes * DIGITS + 1);
    for (size_t k = 0, at = 0; text && k < m->n_classes; k++)
        at += (size_t)feri_snprintf(text + at, DIGITS, "%s%.9g", k ? " " : "", (double)m->prior[k]);
    bool ok = text && feri_tensors_set_meta(t, "fer.prior", text);
    free(text);
    return ok;
}

static bool put_metadata(const fer_model *m, struct feri_tensors *t)
{
    char *classes = join_classes(m);
    bool ok = classes && feri_tensors_set_meta(t, "format", "pt") && feri_tensors_set_meta(t, "fer.format", "1") &&
              feri_tensors_set_meta(t, "fer.model", m->name) && put_number(t, "fer.height", m->h) &&
              put_number(t, "fer.width", m->w) && put_number(t, "fer.channels", m->c) &&
              feri_tensors_set_meta(t, "fer.classes", classes) &&
              feri_tensors_set_meta(t, "fer.preprocess", m->preprocess) &&
              feri_tensors_set_meta(t, "fer.provenance", m->provenance) && put_temperature(m, t) && put_faces(m, t) &&
              put_prior(m, t) && (!m->valence_arousal || put_number(t, "fer.valence_arousal", 1));
    free(classes);
    return ok;
}

fer_status feri_model_put_tensors(const fer_model *m, struct feri_tensors *t, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        const struct feri_param *p = feri_graph_param(m->graph, i);
        struct feri_tensor *out = feri_tensors_add(t, p->name, p->n_dims, p->dims);
        if (!out || !feri_graph_read_torch(m->graph, i, out->data))
            return feri_tensors_check_reads(&m->stored,
                                            feri_fail(err, FER_ERR_MEMORY, "tensor '%s': out of memory", p->name), err);
        out->integral = p->kind == FERI_PARAM_COUNTER;
    }
    return put_metadata(m, t) ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "metadata: out of memory");
}

fer_status fer_model_save(const fer_model *m, const char *path, fer_dtype dtype, fer_error *err)
{
    struct feri_tensors t = {0};
    if (!m || !path) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_save: model and path must not be NULL");
    fer_status st = feri_model_put_tensors(m, &t, err);
    if (st == FER_OK)
        st = feri_safetensors_write(path, &t, dtype == FER_FLOAT16 ? FERI_DTYPE_F16 : FERI_DTYPE_F32, err);
    feri_tensors_free(&t);
    return st;
}

/* ---- load ---- */

/* What a file says about its model. Strings point into the tensors' metadata or the options. */
struct description {
    const char *model;
    fer_model_options opt;
    fer_crop crop;
    double doubt;
    char **classes; /* copies from which the class names were split */
    char *classes_text;
};

static fer_status number(const struct feri_tensors *t, const char *key, size_t *out, fer_error *err)
{
    const char *text = feri_tensors_meta(t, key);
    if (!text) return FER_OK;
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (end == text || *end || text[0] == '-' || v == 0 || v > 65536)
        return feri_fail(err, FER_ERR_FORMAT, "metadata %s is '%.40s', expected a number from 1 to 65536", key, text);
    *out = v;
    return FER_OK;
}

static fer_status above_0(const struct feri_tensors *t, const char *key, double *out, fer_error *err)
{
    const char *text = feri_tensors_meta(t, key);
    if (!text) return FER_OK;
    char *end;
    double v = feri_strtod(text, &end);
    if (end == text || *end || !isfinite(v) || v <= 0)
        return feri_fail(err, FER_ERR_FORMAT, "metadata %s is '%.40s', expected a number above 0", key, text);
    *out = v;
    return FER_OK;
}

/* Parse n numbers separated by blanks, and nothing else. */
static fer_status numbers(const struct feri_tensors *t, const char *key, size_t n, float *out, bool *has,
                          fer_error *err)
{
    const char *text = feri_tensors_meta(t, key), *at = text;
    *has = text != NULL;
    for (size_t i = 0; text && i < n; i++) {
        char *end;
        out[i] = feri_strtof(at, &end);
        if (end == at || !isfinite(out[i]) || (i + 1 == n && *end))
            return feri_fail(err, FER_ERR_FORMAT, "metadata %s is '%.80s', expected %zu number%s", key, text, n,
                             n == 1 ? "" : "s");
        at = end;
    }
    return FER_OK;
}

static fer_status read_crop(const struct feri_tensors *t, fer_crop *out, bool *has, fer_error *err)
{
    float crop[5] = {0};
    fer_status st = numbers(t, "fer.crop", 5, crop, has, err);
    *out = (fer_crop){crop[0], crop[1], crop[2], crop[3], crop[4]};
    return st;
}

fer_status feri_model_take_crop(fer_model *m, const struct feri_tensors *t, bool *has, fer_error *err)
{
    fer_crop crop;
    fer_status st = read_crop(t, &crop, has, err);
    if (st == FER_OK && *has) st = feri_crop_check(m->name, &crop, err);
    if (st != FER_OK || !*has) return st;
    m->crop = crop;
    m->has_crop = true;
    return FER_OK;
}

/* Where faces are in crops, and from which confidence a detection is a face. */
static fer_status describe_faces(const struct feri_tensors *t, const fer_model_options *over, struct description *d,
                                 fer_error *err)
{
    float threshold = 0;
    bool has_crop, has_threshold;
    fer_status st = read_crop(t, &d->crop, &has_crop, err);
    if (st == FER_OK) st = numbers(t, "fer.threshold", 1, &threshold, &has_threshold, err);
    if (st != FER_OK) return st;
    d->opt.crop = over->crop ? over->crop : has_crop ? &d->crop : NULL;
    d->opt.threshold = over->threshold > 0 ? over->threshold : (double)threshold;
    return FER_OK;
}

static fer_status flag(const struct feri_tensors *t, const char *key, bool *out, fer_error *err)
{
    const char *text = feri_tensors_meta(t, key);
    if (text) *out = true;
    if (!text || strcmp(text, "1") == 0) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "metadata %s is '%.40s', expected 1 or none", key, text);
}

static fer_status split_classes(const char *text, struct description *d, fer_error *err)
{
    size_t n = 1;
    for (const char *p = text; *p; p++) n += *p == '\n';
    d->classes_text = feri_strdup(text);
    d->classes = calloc(n, sizeof *d->classes);
    if (!d->classes_text || !d->classes) return feri_fail(err, FER_ERR_MEMORY, "classes: out of memory");
    char *at = d->classes_text;
    for (size_t i = 0; i < n; i++) {
        d->classes[i] = at;
        at += strcspn(at, "\n");
        if (*at) *at++ = '\0';
    }
    d->opt.classes = (const char *const *)d->classes;
    d->opt.n_classes = n;
    return FER_OK;
}

/* The heads and the first convolution of a foreign state_dict show its classes and channels. */
static fer_status guess_from_tensors(const struct feri_tensors *t, struct description *d, fer_error *err)
{
    const struct feri_family *family;
    char canonical[32];
    size_t n;
    fer_status st = feri_family_find(d->model, &family, &n, canonical, err);
    if (st != FER_OK) return st;
    const struct feri_tensor *first = feri_tensors_find(t, family->first_weight);
    if (first && first->n_dims == 4) d->opt.channels = first->dims[1];
    feri_heads_in(t, &d->opt.n_classes, &d->opt.valence_arousal);
    return FER_OK;
}

static fer_status describe(const struct feri_tensors *t, const fer_load_options *o, struct description *d,
                           fer_error *err)
{
    fer_status st;
    const char *classes = feri_tensors_meta(t, "fer.classes");
    d->model = o->model ? o->model : feri_tensors_meta(t, "fer.model");
    if (!d->model)
        return feri_fail(err, FER_ERR_ARGUMENT, "the file does not say which model it holds; name it (--model)");
    if ((st = guess_from_tensors(t, d, err)) != FER_OK) return st;
    d->opt.preprocess = feri_tensors_meta(t, "fer.preprocess");
    d->opt.provenance = feri_tensors_meta(t, "fer.provenance");
    if ((st = number(t, "fer.height", &d->opt.height, err)) != FER_OK ||
        (st = number(t, "fer.width", &d->opt.width, err)) != FER_OK ||
        (st = number(t, "fer.channels", &d->opt.channels, err)) != FER_OK ||
        (st = above_0(t, "fer.temperature", &d->opt.temperature, err)) != FER_OK ||
        (st = above_0(t, "fer.doubt", &d->doubt, err)) != FER_OK ||
        (st = flag(t, "fer.valence_arousal", &d->opt.valence_arousal, err)) != FER_OK)
        return st;
    if (classes && (st = split_classes(classes, d, err)) != FER_OK) return st;
    const fer_model_options *over = &o->override;
    if ((st = describe_faces(t, over, d, err)) != FER_OK) return st;
    if (over->valence_arousal) d->opt.valence_arousal = true;
    if (over->height) d->opt.height = over->height;
    if (over->width) d->opt.width = over->width;
    if (over->channels) d->opt.channels = over->channels;
    if (over->n_classes) {
        d->opt.n_classes = over->n_classes;
        d->opt.classes = over->classes;
    }
    if (over->preprocess) d->opt.preprocess = over->preprocess;
    if (over->temperature != 0) {
        d->opt.temperature = over->temperature;
        d->doubt = 0;
    }
    if (over->provenance) d->opt.provenance = over->provenance;
    return FER_OK;
}

/* The shares are of the file's own classes: other names or numbers of classes make them unknown. */
static fer_status take_prior(fer_model *m, const struct feri_tensors *t, const fer_load_options *o, fer_error *err)
{
    bool has = false;
    size_t n = m->n_classes;
    if (o->override.n_classes || !feri_tensors_meta(t, "fer.prior")) return FER_OK;
    float *read = calloc(n, sizeof *read);
    double *shares = calloc(n, sizeof *shares);
    fer_status st =
        read && shares ? numbers(t, "fer.prior", n, read, &has, err) : feri_fail_memory(err, n * sizeof *shares);
    for (size_t k = 0; st == FER_OK && k < n; k++) {
        shares[k] = (double)read[k];
        if (!(read[k] > 0))
            st = feri_fail(err, FER_ERR_FORMAT, "metadata fer.prior has %g, expected numbers above 0", shares[k]);
    }
    if (st == FER_OK) st = feri_model_set_prior(m, shares, err);
    free(read);
    free(shares);
    return st;
}

/* A mapped model takes ownership of t. */
static fer_status load_tensors(struct feri_tensors *t, const fer_load_options *o, fer_model **out, fer_error *err)
{
    struct description d = {0};
    fer_model *m = NULL;
    fer_status st = describe(t, o, &d, err);
    if (st == FER_OK && !d.opt.provenance) d.opt.provenance = "imported, origin not stated";
    if (st == FER_OK) st = fer_model_new(d.model, &d.opt, &m, err);
    if (st == FER_OK) st = feri_model_set_temperature(m, m->temperature, d.doubt, err);
    if (st == FER_OK) st = take_prior(m, t, o, err);
    if (st == FER_OK && o->mapped) {
        m->stored = *t;
        *t = (struct feri_tensors){0};
        st = join_tensors(m, &m->stored, o, NULL, err);
    } else if (st == FER_OK) {
        st = feri_model_take_tensors(m, t, o, NULL, err);
    }
    free(d.classes);
    free(d.classes_text);
    if (st != FER_OK) {
        fer_model_free(m);
        return st;
    }
    *out = m;
    return FER_OK;
}

fer_status fer_model_load(const char *path, const fer_load_options *opt, fer_model **out, fer_error *err)
{
    static const fer_load_options none;
    struct feri_tensors t = {0};
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_load: path and out must not be NULL");
    *out = NULL;
    fer_status st = feri_tensors_open(path, &t, err);
    if (st != FER_OK) return st;
    st = load_tensors(&t, opt ? opt : &none, out, err);
    feri_tensors_free(&t);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

fer_status feri_model_load_bytes(const uint8_t *data, size_t size, const char *name, fer_model **out, fer_error *err)
{
    static const fer_load_options none;
    struct feri_tensors t = {0};
    *out = NULL;
    fer_status st = feri_safetensors_parse(data, size, &t, err);
    if (st == FER_OK) st = load_tensors(&t, &none, out, err);
    feri_tensors_free(&t);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", name);
}
