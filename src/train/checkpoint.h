/* last.safetensors: everything a run needs to go on as if it had never stopped.
 *
 * Tensors: the model's own, "ema.<name>" of the moving average, "optimizer.m.<name>" and
 * "optimizer.v.<name>". Metadata: the model's own and fer.train, a JSON object with position, best validation
 * accuracy, log and the options that determine the run. */
#ifndef FERI_TRAIN_CHECKPOINT_H
#define FERI_TRAIN_CHECKPOINT_H

#include "formats/tensors.h"
#include "train/trainer.h"

#include <jansson.h>

/* Where a run stands at an epoch's end. */
struct feri_position {
    size_t epochs;     /* done */
    double best;       /* best validation accuracy so far; negative: none */
    size_t best_epoch; /* counts from 0 */
    const char *log;   /* text of log.csv */
    const char *isa;   /* of the kernels that computed it */
    json_t *options;   /* the fingerprint */
};

fer_status feri_checkpoint_save(const char *path, struct feri_trainer *t, const struct feri_position *at,
                                fer_error *err);

struct feri_checkpoint {
    struct feri_tensors tensors;
    json_t *json; /* owns what `at` points to */
    struct feri_position at;
    uint64_t optimizer_steps;
};

/** Freed by feri_checkpoint_free(), also after a failure. */
fer_status feri_checkpoint_read(const char *path, struct feri_checkpoint *out, fer_error *err);
void feri_checkpoint_free(struct feri_checkpoint *c);
/** Put weights, average and optimiser state into the trainer, where every tensor must be there with its shape, and the
 * epochs into `at`. */
fer_status feri_checkpoint_restore(const struct feri_checkpoint *c, struct feri_trainer *t, struct feri_position *at,
                                   fer_error *err);

/** "ema." or "optimizer.": not of the model itself. */
bool feri_checkpoint_is_state(const char *tensor_name);

#endif
