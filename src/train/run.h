/* One run of fer_train(): what it holds. train/run_open.h sets it up. */
#ifndef FERI_TRAIN_RUN_H
#define FERI_TRAIN_RUN_H

#include "data/loader.h"
#include "fer/train.h"
#include "train/checkpoint.h"
#include "train/log.h"
#include "train/run_dir.h"
#include "train/schedule.h"
#include "train/trainer.h"

struct feri_run {
    const fer_train_options *opt;
    const fer_train_events *events; /* never NULL */
    struct feri_run_dir dir;
    struct feri_dataset *data, *val; /* val NULL: no validation */
    size_t *val_map;                 /* class of val -> class of data */
    struct feri_loader *loader, *val_loader;
    const struct feri_kernels *kernels;
    fer_model *model;
    float *logit_adjust; /* [classes], NULL: none */
    float *va_truth;     /* [batch][2] of the step under way, NULL: not learned */
    struct feri_trainer *trainer;
    struct feri_schedule schedule;
    size_t batches; /* of an epoch */
    struct feri_log log;
    struct feri_position at; /* at.log is filled in when it is saved */
    json_t *fingerprint;
    char started[32];      /* first, if resumed; UTC, ISO 8601 */
    double seconds_before; /* in earlier processes */
};

#endif
