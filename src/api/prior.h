/* The class shares that a model's scores assume. */
#ifndef FERI_API_PRIOR_H
#define FERI_API_PRIOR_H

#include "fer/model.h"

/** Copy a model, add log_ratio(k) to the logarithm of each class's probability, and normalise: for pictures whose class
 * shares are prior(k). log_ratio [n_classes] is overwritten. provenance NULL: unchanged. */
fer_status feri_move_prior(const fer_model *m, double *log_ratio, const double *prior, const char *provenance,
                           fer_model **out, fer_error *err);

#endif
