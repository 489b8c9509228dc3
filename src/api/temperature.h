/* Temperature scaling (Guo et al. 2017). */
#ifndef FERI_API_TEMPERATURE_H
#define FERI_API_TEMPERATURE_H

#include "fer/base.h"

#include <stddef.h>

/* Logits and target distributions, both [n][n_classes]. */
struct feri_predicted {
    size_t n, n_classes;
    const float *logits, *targets;
    const float *quality; /* [n] of the pictures, 0 to 1; NULL: all 1 */
    const float *weight;  /* [n], 0 or more; NULL: all 1 */
};

/** The temperature with the smallest mean cross-entropy of softmax(logits / temperature). FER_ERR_NUMERIC if it is
 * outside 0.001 to 1000, for example because every prediction is right or the logits carry no information. */
fer_status feri_fit_temperature(const struct feri_predicted *predicted, double *temperature_out, fer_error *err);

/** The temperature and the doubt (base/scores.h) that have the smallest mean cross-entropy together. FER_ERR_NUMERIC as
 * above. */
fer_status feri_fit_doubt(const struct feri_predicted *predicted, double *temperature_out, double *doubt_out,
                          fer_error *err);

#endif
