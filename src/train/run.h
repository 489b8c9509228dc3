/* The state of one run of fer_train(). train/run_open.h sets it up. */
#ifndef FERI_TRAIN_RUN_H
#define FERI_TRAIN_RUN_H

#include "data/loader.h"
#include "fer/train.h"
#include "train/run_core.h"
#include "train/schedule.h"

struct feri_run {
    const fer_train_options *opt;
    const fer_train_events *events; /* never NULL */
    struct feri_run_core core;
    struct feri_dataset *data, *val; /* val NULL: no validation */
    size_t *val_map;                 /* class of val -> class of data */
    struct feri_loader *loader, *val_loader;
    float *logit_adjust; /* [classes], NULL: none */
    float *va_truth;     /* [batch][2] of the current step; NULL: not learned */
    struct feri_schedule schedule;
    size_t batches;        /* of an epoch */
    char started[32];      /* when the first process began, if resumed; UTC, ISO 8601 */
    double seconds_before; /* time in earlier processes */
};

#endif
