/* The outputs and truths of the whole batch, on every rank. The loss may depend on all samples (concordance does), and
 * its numbers are few: so every rank computes all of it, in the order of one process. */
#ifndef FERI_TRAIN_WHOLE_H
#define FERI_TRAIN_WHOLE_H

#include "models/model.h"
#include "train/crew.h"
#include "train/distill.h"

struct feri_whole {
    struct feri_crew *crew;
    size_t columns, classes; /* of the network's output */
    size_t teachers, width;  /* width: floats of a packed sample */
    float *packed, *received;
    float *rows;     /* [n][columns] */
    float *targets;  /* [n][classes] */
    float *va_truth; /* [n][2] */
    float *taught;   /* [teachers][n][classes] */
    float *gradient; /* [n][columns]; the caller fills it */
};

/** *out is NULL without a crew, and for a detector, whose outputs are many. */
fer_status feri_whole_new(const fer_model *m, struct feri_crew *crew, size_t batch_max, size_t teachers,
                          struct feri_whole **out, fer_error *err);
void feri_whole_free(struct feri_whole *w);

/* This rank's samples. */
struct feri_own_rows {
    size_t first, n; /* of this rank */
    const float *rows, *targets;
    const float *va_truth; /* NULL: no rank has any */
};
/** Gather those of all ranks, `total` samples. The teachers' answers, which d (NULL: none) has of this rank's samples,
 * become those of all samples. */
void feri_whole_gather(struct feri_whole *w, const struct feri_own_rows *own, size_t total, struct feri_distill *d);

#endif
