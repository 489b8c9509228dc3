/* Figures of an evaluation, computed from counted predictions. */
#ifndef FERI_API_METRICS_H
#define FERI_API_METRICS_H

#include "fer/eval.h"

/* The data of one image that the figures need. */
struct feri_answer {
    size_t label, answer;
    double confidence; /* score of the predicted class */
    double quality;    /* of the picture, 0 to 1 */
};

/** Start without images. classes [n] are borrowed, NULL: none. */
fer_status feri_evaluation_new(size_t n, const char *const *classes, fer_evaluation **out, fer_error *err);
/** Add one image to the sums. feri_evaluation_derive() turns them, and those of loss and brier, into means. */
void feri_evaluation_count(fer_evaluation *e, const struct feri_answer *a);
void feri_evaluation_derive(fer_evaluation *e);
/** Compute the selective accuracies, those by quality, and the area under the risk-coverage curve of all images. */
fer_status feri_evaluation_select(fer_evaluation *e, const struct feri_answer *answers, fer_error *err);

#endif
