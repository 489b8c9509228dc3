/* Setting a run up before the first step. */
#ifndef FERI_TRAIN_RUN_OPEN_H
#define FERI_TRAIN_RUN_OPEN_H

#include "train/run.h"

/** Everything up to the first step; writes the directory, config.json and, resumed, log.csv. On failure too
 * the run is closed by feri_run_close(). */
fer_status feri_run_open(struct feri_run *r, fer_error *err);
void feri_run_close(struct feri_run *r);

#endif
