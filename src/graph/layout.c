/* Greedy placement by size: the largest buffer first, each at the lowest offset where it overlaps no buffer that is
 * alive at the same time. This is a well-known heuristic for an NP-hard problem (dynamic storage allocation); for
 * networks it comes within a few per cent of the bound. */
#include "graph/layout.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

struct placing {
    size_t size, index;
};

static int larger_first(const void *a, const void *b)
{
    const struct placing *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int lower_first(const void *a, const void *b)
{
    const struct feri_buffer *x = *(const struct feri_buffer *const *)a, *y = *(const struct feri_buffer *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static size_t rounded(size_t size)
{
    const size_t line = FERI_ALIGN / sizeof(float);
    return (size + line - 1) / line * line;
}

/* Lowest gap between the placed buffers that are alive at the same time as b. */
static size_t find_offset(const struct feri_buffer *b, struct feri_buffer *const *placed, size_t n_placed,
                          struct feri_buffer **alive)
{
    size_t n = 0, offset = 0;
    for (size_t i = 0; i < n_placed; i++)
        if (placed[i]->first <= b->last && b->first <= placed[i]->last) alive[n++] = placed[i];
    qsort(alive, n, sizeof(struct feri_buffer *), lower_first);
    for (size_t i = 0; i < n; i++) {
        if (alive[i]->offset >= offset + rounded(b->size)) break;
        size_t end = alive[i]->offset + rounded(alive[i]->size);
        if (end > offset) offset = end;
    }
    return offset;
}

fer_status feri_layout(struct feri_buffer *buffers, size_t n, size_t *total_out, fer_error *err)
{
    struct placing *order = malloc((n + 1) * sizeof *order);
    struct feri_buffer **placed = malloc((n + 1) * sizeof(struct feri_buffer *));
    struct feri_buffer **alive = malloc((n + 1) * sizeof(struct feri_buffer *));
    fer_status st = FER_OK;
    *total_out = 0;
    if (!order || !placed || !alive) {
        st = feri_fail_memory(err, n * sizeof *order);
        goto out;
    }
    for (size_t i = 0; i < n; i++) order[i] = (struct placing){buffers[i].size, i};
    qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; i < n; i++) {
        struct feri_buffer *b = &buffers[order[i].index];
        b->offset = find_offset(b, placed, i, alive);
        placed[i] = b;
        size_t end = b->offset + rounded(b->size);
        if (end > *total_out) *total_out = end;
    }
out:
    free(order);
    free(placed);
    free(alive);
    return st;
}
