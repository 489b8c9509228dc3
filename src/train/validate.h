/* Loss and accuracy of a model on the validation set, between epochs. */
#ifndef FERI_TRAIN_VALIDATE_H
#define FERI_TRAIN_VALIDATE_H

#include "base/pool.h"
#include "data/loader.h"
#include "models/model.h"
#include "train/agree.h"
#include "train/concordance.h"
#include "train/loss.h"

struct feri_validator {
    struct feri_loader *loader;      /* without augmentation, in order */
    const struct feri_dataset *data; /* classes of the loader */
    struct feri_concordance *va;     /* [2] receives valence and arousal, if model and data have them */
    size_t batch;
    const fer_ranks *ranks; /* NULL: one process; otherwise each has every size-th batch, from its rank on */
    const struct feri_kernels *kernels;
    struct feri_pool *pool;
};

/** The accuracy uses hard labels; the loss uses the protocol's targets without smoothing. A loss that is not finite is
 * FER_ERR_NUMERIC. */
fer_status feri_validate(const struct feri_validator *v, fer_model *m, struct feri_tally *out, fer_error *err);

#endif
