/* Runs of floats at equal distances, such as some channels of neighbouring pixels. */
#ifndef FERI_GRAPH_RUNS_H
#define FERI_GRAPH_RUNS_H

#include <stddef.h>

/** Copy `count` runs of n floats, which are so many floats apart. */
void feri_copy_runs(float *to, size_t to_step, const float *from, size_t from_step, size_t count, size_t n);

#endif
