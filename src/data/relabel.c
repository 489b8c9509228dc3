#include "data/relabel.h"

#include "base/scores.h"
#include "data/samples.h"

#include <stdlib.h>
#include <string.h>

static void drop_classes(struct feri_dataset *ds)
{
    for (size_t k = 0; k < ds->n_classes; k++) free(ds->classes[k]);
    ds->n_classes = 0;
    free(ds->one_hot);
    ds->one_hot = NULL;
}

fer_status feri_dataset_relabel(struct feri_dataset *ds, size_t n, const char *const *classes, float *votes,
                                fer_error *err)
{
    fer_status st = FER_OK;
    drop_classes(ds);
    for (size_t k = 0; st == FER_OK && k < n; k++) st = feri_dataset_add_class(ds, classes[k], strlen(classes[k]), err);
    if (st != FER_OK) return st;
    for (size_t i = 0; i < ds->n; i++) ds->samples[i].label = (uint16_t)feri_largest(n, votes + i * n);
    free(ds->votes);
    ds->votes = votes;
    ds->opt.protocol = FER_DISTRIBUTION;
    return FER_OK;
}
