/* The place of every buffer in the arena. */
#ifndef FERI_GRAPH_LAYOUT_H
#define FERI_GRAPH_LAYOUT_H

#include "graph/plan.h"

/* A buffer of the arena and the steps at which it is alive; layout.c gives it a place. */
struct feri_buffer {
    size_t size;        /* floats */
    size_t first, last; /* inclusive */
    size_t offset;      /* floats, a multiple of FERI_ALIGN bytes */
};
/** Place all buffers so that those alive at the same step do not overlap; *total_out floats. */
fer_status feri_layout(struct feri_buffer *buffers, size_t n, size_t *total_out, fer_error *err);

#endif
