/* config.json: every option of a run, and what else it takes to judge its results: data, machine, time. */
#ifndef FERI_TRAIN_CONFIG_H
#define FERI_TRAIN_CONFIG_H

#include "train/run.h"

/** Note when the run began; resumed: and how long it took until now, from the file it left. */
void feri_config_begin(struct feri_run *r, bool resumed);

/** Write the file; seconds: of the finished epochs, earlier processes included. */
fer_status feri_config_write(const struct feri_run *r, double seconds, fer_error *err);

#endif
