/* Sets up a run before the first step. */
#ifndef FERI_TRAIN_RUN_OPEN_H
#define FERI_TRAIN_RUN_OPEN_H

#include "train/run.h"

/** Do everything up to the first step. This writes the directory, config.json and, in a resumed run, log.csv. Close the
 * run by feri_run_close(), also after a failure. */
fer_status feri_run_open(struct feri_run *r, fer_error *err);
void feri_run_close(struct feri_run *r);

#endif
