/* What was published of the models on AffectNet-8, for comparison with runs of one's own. */
#ifndef FER_RUNS_PUBLISHED_H
#define FER_RUNS_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

/* Accuracies are fractions, NaN: not published. */
struct published {
    const char *model;
    size_t parameters;
    double oversampled, plain; /* accuracy with oversampling, without */
    bool validation;           /* of the best epoch on the validation set; else on the test set */
};

/** The published row of a model; NULL: none. */
const struct published *published_find(const char *model);
/** All rows in turn; NULL past the end. */
const struct published *published_row(size_t i);

#endif
