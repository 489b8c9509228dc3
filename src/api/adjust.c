/* Post-hoc logit adjustment (Menon et al. 2021). softmax(z / T) estimates p(class | face) if classes have the shares pi
 * of the training set. p(class | face) / pi^tau, normalised, is softmax((z - tau T log pi) / T). The classifier's bias
 * takes this difference. */
#include "api/prior.h"
#include "base/error.h"
#include "data/match.h"
#include "data/open.h"
#include "fer/eval.h"
#include "models/model.h"
#include "train/provenance.h"

#include <math.h>
#include <stdlib.h>

/* shares[k]: the share of the model's class k among the targets. A class without images counts as half an image. */
static void count_shares(const struct feri_dataset *ds, const size_t *map, size_t n, double *shares)
{
    double images = (double)feri_dataset_size(ds);
    for (size_t i = 0; i < feri_dataset_size(ds); i++)
        for (size_t k = 0; k < feri_dataset_n_classes(ds); k++)
            shares[map[k]] += (double)feri_dataset_target(ds, i)[k] / images;
    for (size_t k = 0; k < n; k++) shares[k] = fmax(shares[k], 0.5 / images);
}

static fer_status take_shares(const fer_model *m, const fer_data_source *source, double *shares, fer_error *err)
{
    struct feri_dataset *ds;
    fer_data_source votes = *source;
    votes.protocol = FER_DISTRIBUTION;
    fer_status st = feri_dataset_open(&votes, FERI_USE_TRAIN, &ds, err);
    if (st != FER_OK) return st;
    size_t n = feri_dataset_n_classes(ds), *map = calloc(n + 1, sizeof *map);
    st = map ? feri_dataset_match(ds, m->n_classes, (const char *const *)m->classes, map, err)
             : feri_fail_memory(err, n * sizeof *map);
    if (st == FER_OK) count_shares(ds, map, m->n_classes, shares);
    free(map);
    feri_dataset_close(ds);
    return st;
}

/* Divide the probabilities by the shares to the power tau. shares [2][n_classes]; the second row is scratch. */
static fer_status divide(const fer_model *m, const char *data, double tau, double *shares, fer_model **out,
                         fer_error *err)
{
    char provenance[FERI_PROVENANCE_MAX];
    double *prior = shares + m->n_classes;
    feri_provenance_adjusted(m->provenance, data, tau, provenance);
    for (size_t k = 0; k < m->n_classes; k++) {
        prior[k] = (m->prior ? (double)m->prior[k] : shares[k]) * pow(shares[k], -tau);
        shares[k] = -tau * log(shares[k]);
    }
    return feri_move_prior(m, shares, prior, provenance, out, err);
}

fer_status fer_adjust_logits(const fer_model *m, const fer_data_source *source, double tau, fer_model **out,
                             fer_error *err)
{
    if (!m || !source || !source->path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_adjust_logits: model, data source and out must not be NULL");
    *out = NULL;
    if (!(tau >= 0 && tau <= 10)) return feri_fail(err, FER_ERR_ARGUMENT, "logit adjustment %g, expected 0 to 10", tau);
    double *shares = calloc(2 * m->n_classes, sizeof *shares);
    fer_status st =
        shares ? take_shares(m, source, shares, err) : feri_fail_memory(err, 2 * m->n_classes * sizeof *shares);
    if (st == FER_OK) st = divide(m, source->path, tau, shares, out, err);
    free(shares);
    return st;
}
