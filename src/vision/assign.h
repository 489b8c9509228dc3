/* Minimum-cost assignment. */
#ifndef FERI_VISION_ASSIGN_H
#define FERI_VISION_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#define FERI_NONE ((size_t)-1)

/* Working memory of an assignment. All zero at first. */
struct feri_assigner {
    double *cost, *potential;
    size_t *index;
    bool *done;
    size_t cost_cap, potential_cap, index_cap, done_cap;
};

/** Find pairs of rows and columns of cost [rows][cols], each used at most once, with the smallest sum of (cost - gate).
 * So a pair at or above the gate, or with a cost that is NaN, is never made. column [rows] receives the column of each
 * row, or FERI_NONE. Ties are resolved the same way every time. The method is shortest augmenting paths (Jonker and
 * Volgenant 1987), O(min(rows, cols)^2 max(rows, cols)). Returns false when out of memory, which can happen only at new
 * sizes. */
bool feri_assign(struct feri_assigner *ws, size_t rows, size_t cols, const float *cost, float gate, size_t *column);
void feri_assigner_free(struct feri_assigner *ws);

#endif
