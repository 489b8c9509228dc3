/* Figures of an evaluation out of counted answers. */
#ifndef FERI_API_METRICS_H
#define FERI_API_METRICS_H

#include "fer/eval.h"

/* One image as the figures need it. */
struct feri_answer {
    size_t label, answer;
    double confidence; /* the answer's score */
};

/** Nothing counted yet. classes [n] are borrowed, NULL: none. */
fer_status feri_evaluation_new(size_t n, const char *const *classes, fer_evaluation **out, fer_error *err);
/** Add to the sums; feri_evaluation_derive() makes means of them, and of loss and brier. */
void feri_evaluation_count(fer_evaluation *e, const struct feri_answer *a);
void feri_evaluation_derive(fer_evaluation *e);

#endif
