/* AdamW and SGD with momentum for a flat list of arrays, with clipping of the gradient's global norm. */
#ifndef FERI_TRAIN_OPTIMIZER_H
#define FERI_TRAIN_OPTIMIZER_H

#include "base/pool.h"
#include "fer/train.h"
#include "kernels/kernels.h"

struct feri_optimizer_options {
    fer_train_options train; /* optimizer, weight_decay, momentum, nesterov, beta1, beta2, eps, clip */
    const struct feri_kernels *kernels;
    struct feri_pool *pool; /* borrowed; NULL: one thread */
};

/* One trained array. */
struct feri_slot {
    size_t param; /* the caller's number of it */
    size_t count;
    float *weight, *grad; /* the caller's arrays; clipping the norm scales grad */
    bool decay;           /* weight decay applies to it */
    float *m, *v;         /* the optimiser's state, which feri_optimizer_new() creates; v is NULL for SGD */
};

struct feri_optimizer;

/** Copies the slots; their state starts at 0. */
fer_status feri_optimizer_new(const struct feri_optimizer_options *opt, size_t n_slots, const struct feri_slot *slots,
                              struct feri_optimizer **out, fer_error *err);
void feri_optimizer_free(struct feri_optimizer *o);

/** Move the weights against their gradients. If clipping meets a norm that is not finite, the result is FER_ERR_NUMERIC
 * and nothing moves. */
fer_status feri_optimizer_step(struct feri_optimizer *o, float lr, fer_error *err);

/** Global norm of the gradients, before clipping. */
double feri_optimizer_grad_norm(struct feri_optimizer *o);

size_t feri_optimizer_n_slots(const struct feri_optimizer *o);
struct feri_slot *feri_optimizer_slot(struct feri_optimizer *o, size_t i);
/** Number of steps so far: part of Adam's state (bias correction). */
uint64_t feri_optimizer_steps(const struct feri_optimizer *o);
void feri_optimizer_set_steps(struct feri_optimizer *o, uint64_t steps);

#endif
