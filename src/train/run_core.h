/* What a classifier's run and a detector's have in common: a directory, a model, its trainer, and where they stand. */
#ifndef FERI_TRAIN_RUN_CORE_H
#define FERI_TRAIN_RUN_CORE_H

#include "train/checkpoint.h"
#include "train/log.h"
#include "train/run_dir.h"

struct feri_run_core {
    struct feri_run_dir dir;
    const struct feri_kernels *kernels;
    fer_model *model;
    struct feri_trainer *trainer;
    struct feri_log log;
    struct feri_position at; /* at.log is filled in when it is saved */
    json_t *fingerprint;     /* what determines the run */
};

/** core->dir is set. Whether the directory may be trained into, and what it has to go on from: *c, *resumes. */
fer_status feri_run_core_look(struct feri_run_core *core, struct feri_checkpoint *c, bool *resumes, fer_error *err);
/** FER_ERR_ARGUMENT: the checkpoint is of a run with another fingerprint. Options that are younger than it had their
 * values in `defaults`; NULL: there are none. */
fer_status feri_run_core_compare(const struct feri_run_core *core, const struct feri_checkpoint *c,
                                 const json_t *defaults, fer_error *err);
/** Everything but the log is made. Begin at c, or, c NULL, at the beginning with this header of the log. */
fer_status feri_run_core_begin(struct feri_run_core *core, const struct feri_checkpoint *c, const char *header,
                               fer_error *err);
/** log.csv as it stands. */
fer_status feri_run_core_write_log(const struct feri_run_core *core, fer_error *err);
/** The weights to ship under a name of the directory. */
fer_status feri_run_core_save_model(struct feri_run_core *core, const char *name, fer_error *err);
/** After an epoch: best.safetensors, if it is the best; then the checkpoint and log.csv. */
fer_status feri_run_core_save_epoch(struct feri_run_core *core, bool best, fer_error *err);
void feri_run_core_close(struct feri_run_core *core);

#endif
