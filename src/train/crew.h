/* Communication between the processes of a training (fer/ranks.h): small numbers and rows of samples at once, gradients
 * during the backward pass. */
#ifndef FERI_TRAIN_CREW_H
#define FERI_TRAIN_CREW_H

#include "fer/ranks.h"
#include "graph/plan.h"

#define FERI_CREW_NUMBERS 8

struct feri_crew;

/** FER_ERR_ARGUMENT: a batch of this size cannot be shared among the ranks (NULL: one process). */
fer_status feri_crew_check(const fer_ranks *ranks, size_t batch, fer_error *err);
/** *out is NULL for one process (ranks NULL or of size 1). */
fer_status feri_crew_new(const fer_ranks *ranks, size_t batch, struct feri_crew **out, fer_error *err);
void feri_crew_free(struct feri_crew *c);
/** For the plan of the network. NULL if c is. */
const struct feri_team *feri_crew_team(const struct feri_crew *c);
/** Sum the gradients of this execution over all ranks; its plan has the crew's team. */
fer_status feri_crew_attach(struct feri_crew *c, struct feri_exec *e, const struct feri_kernels *k, fer_error *err);
/** After the backward pass: wait until all gradients are the whole batch's. */
void feri_crew_finish(struct feri_crew *c);

/** Pass the rows of each rank's samples, of a batch of n, to all: [local samples][floats] -> [n][floats]. */
void feri_crew_rows(struct feri_crew *c, size_t n, size_t floats, const float *mine, float *all);
/** Sum of what the slots contribute, in the tree of base/slots.h: mine is [this rank's slots][count] and changes; count
 * is at most FERI_CREW_NUMBERS. c NULL: the slots are all there are. */
void feri_crew_sum(struct feri_crew *c, const struct feri_slots *slots, size_t count, double *mine, double *out);

/* What it took since the beginning. */
struct feri_crew_cost {
    double seconds;                     /* in which this rank did nothing but communicate or wait for others */
    double gradient_bytes, other_bytes; /* sent by this rank */
    double least_bytes;                 /* 2 (N - 1) / N times the gradients */
    size_t steps;
};
struct feri_crew_cost feri_crew_cost(const struct feri_crew *c);

#endif
