/* The weights that a run starts from (--init) and the parameters it freezes (--freeze). */
#ifndef FERI_TRAIN_INIT_H
#define FERI_TRAIN_INIT_H

#include "train/run.h"

/** Load the fitting tensors of opt->init into the run's model, and report the others by notes. If no tensor fits, the
 * result is FER_ERR_SHAPE. */
fer_status feri_init_weights(struct feri_run *r, fer_error *err);

/** Set frozen[i] for every parameter of the run's model. Free *out by free(). A pattern without a match is an error. */
fer_status feri_init_frozen(const struct feri_run *r, bool **out, fer_error *err);

#endif
