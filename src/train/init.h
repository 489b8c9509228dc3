/* The model a run starts from: --init, --freeze. */
#ifndef FERI_TRAIN_INIT_H
#define FERI_TRAIN_INIT_H

#include "train/run.h"

/** Load what fits of opt->init into the run's model and say by notes what does not. Nothing at all is
 * FER_ERR_SHAPE. */
fer_status feri_init_weights(struct feri_run *r, fer_error *err);

/** frozen[i] for every parameter of the run's model; *out is freed by free(). A pattern that matches none is
 * an error. */
fer_status feri_init_frozen(const struct feri_run *r, bool **out, fer_error *err);

#endif
