/* last.safetensors: everything that a run needs to continue as if it had never stopped.
 *
 * Tensors: those of the model, "ema.<name>" of the moving average, "optimizer.m.<name>" and "optimizer.v.<name>".
 * Metadata: that of the model, and fer.train, a JSON object with position, best validation accuracy, log and the
 * options that determine the run. */
#ifndef FERI_TRAIN_CHECKPOINT_H
#define FERI_TRAIN_CHECKPOINT_H

#include "base/json.h"
#include "formats/tensors.h"
#include "train/trainer.h"

/* The state of a run at the end of an epoch. */
struct feri_position {
    size_t epochs;     /* number of finished epochs */
    double best;       /* best validation accuracy so far; negative: none */
    size_t best_epoch; /* counts from 0 */
    const char *log;   /* text of log.csv */
    const char *isa;   /* instruction set of the kernels that computed it */
    json_t *options;   /* the fingerprint */
};

fer_status feri_checkpoint_save(const char *path, struct feri_trainer *t, const struct feri_position *at,
                                fer_error *err);

struct feri_checkpoint {
    struct feri_tensors tensors;
    json_t *json; /* owns the strings of `at` */
    struct feri_position at;
    uint64_t optimizer_steps;
};

/** Read a checkpoint. Free it with feri_checkpoint_free(), also after a failure. */
fer_status feri_checkpoint_read(const char *path, struct feri_checkpoint *out, fer_error *err);
void feri_checkpoint_free(struct feri_checkpoint *c);
/** Copy weights, average and optimiser state into the trainer, and the epochs into `at`. Every tensor of the trainer
 * must be present with its shape. */
fer_status feri_checkpoint_restore(const struct feri_checkpoint *c, struct feri_trainer *t, struct feri_position *at,
                                   fer_error *err);

/** True for "ema." and "optimizer." tensors, which do not belong to the model itself. */
bool feri_checkpoint_is_state(const char *tensor_name);

#endif
