#define _POSIX_C_SOURCE 200809L /* fnmatch */
#include "train/init.h"

#include "base/error.h"
#include "formats/tensors_file.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* ---- weights ---- */

/* The checkpoint of a training run also holds optimiser state, which is ignored here. */
static void report(void *user, const char *line)
{
    static const char unexpected[] = "unexpected: ";
    const size_t n = sizeof unexpected - 1;
    if (strncmp(line, unexpected, n) == 0 && feri_checkpoint_is_state(line + n)) return;
    const struct feri_run *r = user;
    feri_run_dir_note(&r->core.dir, "init: %s", line);
}

static bool same_classes(const fer_model *m, const char *text)
{
    for (size_t k = 0; k < m->n_classes; k++) {
        size_t n = strlen(m->classes[k]);
        if (strncmp(text, m->classes[k], n) != 0 || text[n] != (k + 1 < m->n_classes ? '\n' : '\0')) return false;
        text += n + 1;
    }
    return true;
}

static void note_classes(const struct feri_run *r, const struct feri_tensors *t)
{
    const char *classes = feri_tensors_meta(t, "fer.classes");
    if (classes && !same_classes(r->core.model, classes))
        feri_run_dir_note(&r->core.dir,
                          "init: %s: its classes or their order differ from the training set's; the classifier must "
                          "learn them again",
                          r->opt->init);
}

/* Metadata that belongs to the weights as they were: it is not the new model's. */
static void note_dropped(const struct feri_run *r, const struct feri_tensors *t)
{
    const fer_model *m = r->core.model;
    const char *temperature = feri_tensors_meta(t, "fer.temperature"),
               *threshold = feri_tensors_meta(t, "fer.threshold"), *preprocess = feri_tensors_meta(t, "fer.preprocess");
    if (temperature)
        feri_run_dir_note(&r->core.dir,
                          "init: %s: its temperature %s is dropped, because it belongs to the old weights; 'fer "
                          "calibrate' finds a new one after the training",
                          r->opt->init, temperature);
    if (threshold)
        feri_run_dir_note(&r->core.dir, "init: %s: its threshold %s is dropped, because it belongs to the old weights",
                          r->opt->init, threshold);
    if (preprocess && strcmp(preprocess, m->preprocess) != 0)
        feri_run_dir_note(&r->core.dir,
                          "init: %s: its weights are for the preprocessing '%s', and this run uses '%s' (--preprocess)",
                          r->opt->init, preprocess, m->preprocess);
}

/* The position of faces in the crops stays valid for data with the same crop. */
static fer_status keep_crop(struct feri_run *r, const struct feri_tensors *t, fer_error *err)
{
    bool has;
    fer_status st = feri_model_take_crop(r->core.model, t, &has, err);
    if (st == FER_OK && has)
        feri_run_dir_note(&r->core.dir,
                          "init: %s: its crop (%s) is kept: faces in the training pictures should be cut like that",
                          r->opt->init, feri_tensors_meta(t, "fer.crop"));
    return st;
}

static fer_status read_weights(const struct feri_run *r, struct feri_tensors *t, fer_error *err)
{
    struct feri_foreign foreign;
    fer_status st = feri_tensors_read(r->opt->init, t, err);
    if (st != FER_OK || !r->core.model->family->rename) return st;
    st = r->core.model->family->rename(t, &foreign, err);
    if (st != FER_OK) return feri_fail_in(err, st, "init: %s", r->opt->init);
    if (foreign.network)
        feri_run_dir_note(&r->core.dir,
                          "init: %s is %s: the backbone uses its first %zu layers with weights; the %zu tensors after "
                          "them are not used",
                          r->opt->init, foreign.network, foreign.n_renamed, foreign.n_dropped);
    return FER_OK;
}

fer_status feri_init_weights(struct feri_run *r, fer_error *err)
{
    const fer_load_options partial = {.partial = true, .report = report, .report_user = r};
    struct feri_tensors t = {0};
    size_t loaded = 0;
    fer_status st = read_weights(r, &t, err);
    if (st == FER_OK) {
        st = feri_model_take_tensors(r->core.model, &t, &partial, &loaded, err);
        if (st == FER_OK) st = keep_crop(r, &t, err);
        if (st != FER_OK) feri_fail_in(err, st, "init: %s", r->opt->init);
    }
    if (st == FER_OK) {
        feri_run_dir_note(&r->core.dir, "init: %zu of %zu tensors loaded from %s", loaded,
                          feri_graph_n_params(r->core.model->graph), r->opt->init);
        note_classes(r, &t);
        note_dropped(r, &t);
    }
    feri_tensors_free(&t);
    return st;
}

/* ---- freezing ---- */

static size_t freeze_matching(const struct feri_run *r, const char *pattern, bool *frozen)
{
    size_t hits = 0;
    for (size_t i = 0; i < feri_graph_n_params(r->core.model->graph); i++) {
        const struct feri_param *p = feri_graph_param(r->core.model->graph, i);
        if (feri_param_is_buffer(p) || fnmatch(pattern, p->name, 0) != 0) continue;
        frozen[i] = true;
        hits++;
    }
    return hits;
}

fer_status feri_init_frozen(const struct feri_run *r, bool **out, fer_error *err)
{
    size_t n = feri_graph_n_params(r->core.model->graph);
    bool *frozen = calloc(n + 1, sizeof *frozen);
    *out = NULL;
    if (!frozen) return feri_fail_memory(err, n);
    for (size_t k = 0; k < r->opt->n_freeze; k++) {
        const char *pattern = r->opt->freeze[k];
        size_t hits = freeze_matching(r, pattern, frozen);
        if (hits == 0) {
            free(frozen);
            return feri_fail(err, FER_ERR_ARGUMENT, "freeze: '%s' matches no parameter of model '%s'", pattern,
                             r->core.model->name);
        }
        feri_run_dir_note(&r->core.dir, "freeze: '%s' freezes %zu parameters", pattern, hits);
    }
    *out = frozen;
    return FER_OK;
}
