/* p(class | face) of a model assumes the class shares own(k). For pictures with shares prior(k) it is
 * p(class | face) prior(k) / own(k), normalised (Saerens et al. 2002). */
#include "api/prior.h"

#include "base/csv.h"
#include "base/decimal.h"
#include "base/emotions.h"
#include "base/error.h"
#include "base/file.h"
#include "fer/eval.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_MIN 1e-12 /* what stands for no share at all */

/* Of the votes of FER+'s training split, as --protocol distribution counts them. */
static const double ferplus[FERI_EMOTIONS] = {
    [FERI_NEUTRAL] = 0.332738, [FERI_HAPPINESS] = 0.264733, [FERI_SADNESS] = 0.141622, [FERI_SURPRISE] = 0.122680,
    [FERI_FEAR] = 0.030750,    [FERI_DISGUST] = 0.010255,   [FERI_ANGER] = 0.086854,   [FERI_CONTEMPT] = 0.010368};

fer_status feri_move_prior(const fer_model *m, double *log_ratio, const double *prior, const char *provenance,
                           fer_model **out, fer_error *err)
{
    for (size_t k = 0; k < m->n_classes; k++) log_ratio[k] *= m->temperature;
    const fer_model_changes changes = {.logit_shift = log_ratio, .provenance = provenance};
    fer_status st = fer_model_with(m, &changes, out, err);
    if (st != FER_OK) return st;
    st = feri_model_set_prior(*out, prior, err);
    if (st == FER_OK) return FER_OK;
    fer_model_free(*out);
    *out = NULL;
    return st;
}

static fer_status take_ferplus(const fer_model *m, double *shares, fer_error *err)
{
    for (size_t k = 0; k < m->n_classes; k++) {
        size_t emotion = feri_emotion_named(m->classes[k]);
        if (emotion == FERI_EMOTIONS)
            return feri_fail(err, FER_ERR_ARGUMENT,
                             "prior: the class '%s' is none of FER+, and the weights do not say which class shares "
                             "they assume",
                             m->classes[k]);
        shares[k] = ferplus[emotion];
    }
    return FER_OK;
}

static fer_status take_own(const fer_model *m, double *shares, fer_error *err)
{
    if (!m->prior) return take_ferplus(m, shares, err);
    for (size_t k = 0; k < m->n_classes; k++) shares[k] = (double)m->prior[k];
    return FER_OK;
}

/* ---- a table of shares ---- */

static fer_status take_row(const fer_model *m, const struct feri_csv_row *row, double *shares, fer_error *err)
{
    char *end = NULL;
    size_t k;
    double share = row->n == 2 ? feri_strtod(row->fields[1], &end) : -1;
    if (row->n != 2 || end == row->fields[1] || *end || !(share >= 0 && share <= 1e9))
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: expected class,share with a share of 0 or more", row->line);
    if (!feri_model_find_class(m, row->fields[0], &k))
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: the model has no class '%.60s'", row->line, row->fields[0]);
    if (shares[k] > 0)
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: the class '%.60s' occurs twice", row->line, row->fields[0]);
    shares[k] = share;
    return FER_OK;
}

static fer_status take_rows(const fer_model *m, struct feri_csv *csv, double *shares, fer_error *err)
{
    struct feri_csv_row row;
    bool more, header = true;
    double sum = 0;
    fer_status st = FER_OK;
    while (st == FER_OK && (st = feri_csv_next(csv, &row, &more, err)) == FER_OK && more) {
        if (!header) st = take_row(m, &row, shares, err);
        else if (row.n != 2 || strcmp(row.fields[0], "class") != 0 || strcmp(row.fields[1], "share") != 0)
            st = feri_fail(err, FER_ERR_FORMAT, "its first line must be class,share");
        header = false;
    }
    for (size_t k = 0; k < m->n_classes; k++) sum += shares[k];
    if (st == FER_OK && !(sum > 0)) st = feri_fail(err, FER_ERR_FORMAT, "no class has a share");
    for (size_t k = 0; st == FER_OK && k < m->n_classes; k++) shares[k] = fmax(shares[k] / sum, SHARE_MIN);
    return st;
}

static fer_status take_table(const fer_model *m, const char *path, double *shares, fer_error *err)
{
    struct feri_bytes file;
    struct feri_csv *csv = NULL;
    fer_status st = feri_file_load(path, &file, err);
    if (st != FER_OK) return feri_fail_in(err, st, "prior: expected uniform, ferplus or a table class,share");
    st = feri_csv_new(file.data, file.size, &csv, err);
    if (st == FER_OK) st = take_rows(m, csv, shares, err);
    feri_csv_free(csv);
    feri_bytes_free(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "prior: %s", path);
}

/* ---- the call ---- */

static fer_status take_prior(const fer_model *m, const char *prior, double *shares, fer_error *err)
{
    if (strcmp(prior, "ferplus") == 0) return take_ferplus(m, shares, err);
    if (strcmp(prior, "uniform") != 0) return take_table(m, prior, shares, err);
    for (size_t k = 0; k < m->n_classes; k++) shares[k] = 1;
    return FER_OK;
}

fer_status fer_assume_prior(const fer_model *m, const char *prior, fer_model **out, fer_error *err)
{
    if (!m || !prior || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_assume_prior: model, prior and out must not be NULL");
    *out = NULL;
    size_t n = m->n_classes;
    double *own = calloc(2 * n, sizeof *own), *shares = own ? own + n : NULL;
    fer_status st = own ? take_own(m, own, err) : feri_fail_memory(err, 2 * n * sizeof *own);
    if (st == FER_OK) st = take_prior(m, prior, shares, err);
    for (size_t k = 0; st == FER_OK && k < n; k++) own[k] = log(shares[k] / own[k]);
    if (st == FER_OK) st = feri_move_prior(m, own, shares, NULL, out, err);
    free(own);
    return st;
}
