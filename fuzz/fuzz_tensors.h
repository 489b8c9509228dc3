/* What a checkpoint parser promises about its tensors. */
#ifndef FUZZ_TENSORS_H
#define FUZZ_TENSORS_H

#include "formats/tensors.h"
#include "fuzz.h"

static inline void check_tensors(const struct feri_tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        size_t count = 1;
        demand(t->items[i].n_dims <= FERI_TENSOR_DIMS_MAX);
        for (size_t d = 0; d < t->items[i].n_dims; d++) count *= t->items[i].dims[d];
        demand(count == t->items[i].count && feri_tensors_find(t, t->items[i].name) != NULL);
        touch(t->items[i].data, count);
    }
    for (size_t i = 0; i < t->n_meta; i++) demand(feri_tensors_meta(t, t->meta[i].key) != NULL);
}

#endif
