/* How much an evaluation's figures would vary with other images of the same kind. */
#ifndef FERI_API_BOOTSTRAP_H
#define FERI_API_BOOTSTRAP_H

#include "api/metrics.h"

#define FERI_RESAMPLES_MAX 1000000

/** Compute 95 % intervals of e's figures into e->intervals. answers [e->images] are the predictions per image. The same
 * predictions give the same intervals. */
fer_status feri_bootstrap(fer_evaluation *e, const struct feri_answer *answers, size_t resamples, fer_error *err);

#endif
