/* Inference of many samples, where each thread has samples of its own. */
#ifndef FERI_GRAPH_LANES_H
#define FERI_GRAPH_LANES_H

#include "graph/exec.h"

fer_status feri_lanes_new(const struct feri_plan *p, size_t batch_max, struct feri_pool *pool,
                          struct feri_lanes **lanes_out, fer_error *err);
void feri_lanes_free(struct feri_lanes *l);
float *feri_lanes_input(struct feri_lanes *l); /* [batch_max] samples */
float *feri_lanes_output(struct feri_lanes *l);
size_t feri_lanes_size(const struct feri_lanes *l); /* bytes */
void feri_lanes_forward(struct feri_lanes *l, size_t n);
void feri_lanes_profile(struct feri_lanes *l, bool on);
/** Move the lanes' times into `times`, as if all threads had shared the work evenly. */
void feri_lanes_take_times(struct feri_lanes *l, struct feri_node_time *times);

#endif
