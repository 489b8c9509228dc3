/* The place of every buffer in the arena. */
#ifndef FERI_GRAPH_LAYOUT_H
#define FERI_GRAPH_LAYOUT_H

#include "graph/plan.h"

/* A buffer of the arena and the steps in which it is alive. layout.c assigns its place. */
struct feri_buffer {
    size_t size;        /* floats */
    size_t first, last; /* inclusive */
    size_t offset;      /* floats, a multiple of FERI_ALIGN bytes */
};
/** Place all buffers so that no two that are alive at the same step overlap. *total_out is in floats. */
fer_status feri_layout(struct feri_buffer *buffers, size_t n, size_t *total_out, fer_error *err);

#endif
