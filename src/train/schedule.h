/* The learning rate as a pure function of the step. */
#ifndef FERI_TRAIN_SCHEDULE_H
#define FERI_TRAIN_SCHEDULE_H

#include "fer/train.h"

struct feri_schedule {
    fer_schedule kind;
    double lr;       /* the largest learning rate */
    double final;    /* fraction of lr at the end of cosine and one-cycle */
    uint64_t warmup; /* steps of warm-up; for one-cycle: steps of the rise, 0: three tenths of the run */
    uint64_t steps;  /* of the whole run */
};

/** Learning rate of step 0, 1, ... steps - 1. */
double feri_schedule_lr(const struct feri_schedule *s, uint64_t step);

#endif
