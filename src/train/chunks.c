#include "train/chunks.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

fer_status feri_chunks_add(struct feri_chunks *c, size_t array, size_t count, fer_error *err)
{
    for (size_t first = 0; first < count; first += FERI_CHUNK_FLOATS) {
        if (!feri_grow(&c->items, &c->cap, c->n + 1, sizeof *c->items))
            return feri_fail_memory(err, (c->n + 1) * sizeof *c->items);
        size_t left = count - first, n = left < FERI_CHUNK_FLOATS ? left : FERI_CHUNK_FLOATS;
        c->items[c->n++] = (struct feri_chunk){array, first, n};
    }
    return FER_OK;
}

void feri_chunks_free(struct feri_chunks *c)
{
    free(c->items);
    *c = (struct feri_chunks){0};
}
