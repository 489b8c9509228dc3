/* Attention rollout (Abnar, Zuidema 2020): how much each token that enters an encoder contributes to the result of the
 * pooling. */
#ifndef FERI_MODELS_ROLLOUT_H
#define FERI_MODELS_ROLLOUT_H

#include "fer/base.h"
#include "graph/graph.h"
#include "graph/plan.h"

struct feri_rollout;

/** Prepare for `layers` attention nodes over `tokens` tokens. */
fer_status feri_rollout_new(size_t tokens, size_t layers, struct feri_rollout **rollout_out, fer_error *err);
void feri_rollout_free(struct feri_rollout *r);
/** Store the inputs of attention and pooling during a run of one sample. */
struct feri_watch feri_rollout_watch(struct feri_rollout *r);
/** After the run: the weights of the pooling, and the same weights traced back to the first layer. Both are [tokens]
 * with sum 1. */
fer_status feri_rollout_finish(struct feri_rollout *r, float *pooling_out, float *rollout_out, fer_error *err);

#endif
