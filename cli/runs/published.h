/* What was published of the models on AffectNet-8, for comparison with runs of one's own. */
#ifndef FER_RUNS_PUBLISHED_H
#define FER_RUNS_PUBLISHED_H

#include "fer/train.h"

struct published {
    const char *recipe; /* that ships with fer */
    double accuracy;    /* a fraction */
    bool validation;    /* of the best epoch on the validation set; else on the test set */
};

/** What was published of the shipped recipe that trains in the very same way: whatever files it reads, with any seed,
 * at any speed. NULL: nothing. */
const struct published *published_of(const fer_train_options *run);
/** Its accuracy, else NaN. */
double published_accuracy(const fer_train_options *run);

#endif
