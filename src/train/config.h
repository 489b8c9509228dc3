/* config.json: every option of a run, and the facts needed to judge its results: data, machine, time. */
#ifndef FERI_TRAIN_CONFIG_H
#define FERI_TRAIN_CONFIG_H

#include "train/run.h"

/** Record when the run began. A resumed run also reads its earlier computing time from the existing file. */
void feri_config_begin(struct feri_run *r, bool resumed);

/** Write the file. seconds: time of the finished epochs, including earlier processes. */
fer_status feri_config_write(const struct feri_run *r, double seconds, fer_error *err);

#endif
