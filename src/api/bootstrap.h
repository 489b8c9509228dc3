/* How far an evaluation's figures would differ with other images of the same kind. */
#ifndef FERI_API_BOOTSTRAP_H
#define FERI_API_BOOTSTRAP_H

#include "api/metrics.h"

#define FERI_RESAMPLES_MAX 1000000

/** 95 % intervals for e's figures, of which answers [e->images] are the images, into e->intervals. The same answers
 * give the same intervals. */
fer_status feri_bootstrap(fer_evaluation *e, const struct feri_answer *answers, size_t resamples, fer_error *err);

#endif
