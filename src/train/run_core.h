/* What the runs of a classifier and of a detector have in common: a directory, a model, its trainer, and their
 * position. */
#ifndef FERI_TRAIN_RUN_CORE_H
#define FERI_TRAIN_RUN_CORE_H

#include "train/agree.h"
#include "train/checkpoint.h"
#include "train/log.h"
#include "train/run_dir.h"

struct feri_run_core {
    const fer_ranks *ranks; /* NULL: one process. Rank 0 alone writes files */
    struct feri_run_dir dir;
    const struct feri_kernels *kernels;
    fer_model *model;
    struct feri_trainer *trainer;
    struct feri_log log;
    struct feri_position at; /* at.log is filled in before saving */
    json_t *fingerprint;     /* the options that determine the run */
};

/** core->dir is set. Check whether the run may use the directory and whether it continues from a checkpoint: *c,
 * *resumes. */
fer_status feri_run_core_look(struct feri_run_core *core, struct feri_checkpoint *c, bool *resumes, fer_error *err);
/** FER_ERR_ARGUMENT: the checkpoint belongs to a run with another fingerprint. Options that did not exist then had
 * their values in `defaults`; NULL: there are none. */
fer_status feri_run_core_compare(const struct feri_run_core *core, const struct feri_checkpoint *c,
                                 const json_t *defaults, fer_error *err);
/** Everything that determines the run is known, and no file is written yet. FER_ERR_ARGUMENT: other ranks have other
 * options or data, or another checkpoint (c NULL: none). */
fer_status feri_run_core_agree(const struct feri_run_core *core, size_t epochs, const struct feri_checkpoint *c,
                               fer_error *err);
/** Everything except the log exists. Continue from c, or, if c is NULL, start with this log header. */
fer_status feri_run_core_begin(struct feri_run_core *core, const struct feri_checkpoint *c, const char *header,
                               fer_error *err);
/** Write the current log.csv. */
fer_status feri_run_core_write_log(const struct feri_run_core *core, fer_error *err);
/** Write the weights to ship under this name in the directory. */
fer_status feri_run_core_save_model(struct feri_run_core *core, const char *name, fer_error *err);
/** After an epoch: write best.safetensors if it is the best, then the checkpoint and log.csv. */
fer_status feri_run_core_save_epoch(struct feri_run_core *core, bool best, fer_error *err);
/** After the last epoch: a note about the time and bytes that ranks cost. */
void feri_run_core_note_ranks(const struct feri_run_core *core, double seconds);
void feri_run_core_close(struct feri_run_core *core);

#endif
