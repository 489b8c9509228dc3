/* Attention rollout (Abnar, Zuidema 2020): how much each token that enters an encoder weighs in what a pooling makes of
 * those that leave it. */
#ifndef FERI_MODELS_ROLLOUT_H
#define FERI_MODELS_ROLLOUT_H

#include "fer/base.h"
#include "graph/graph.h"
#include "graph/plan.h"

struct feri_rollout;

/** For `layers` nodes of attention over `tokens` tokens. */
fer_status feri_rollout_new(size_t tokens, size_t layers, struct feri_rollout **rollout_out, fer_error *err);
void feri_rollout_free(struct feri_rollout *r);
/** Take what attention and pooling read in a run of one sample. */
struct feri_watch feri_rollout_watch(struct feri_rollout *r);
/** After the run: the pooling's weights and what they come to at the first layer, [tokens] each, both of sum 1. */
fer_status feri_rollout_finish(struct feri_rollout *r, float *pooling_out, float *rollout_out, fer_error *err);

#endif
