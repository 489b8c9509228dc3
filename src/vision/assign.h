/* Minimum-cost assignment. */
#ifndef FERI_VISION_ASSIGN_H
#define FERI_VISION_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#define FERI_NONE ((size_t)-1)

/* What an assignment works in. All zero at first. */
struct feri_assigner {
    double *cost, *potential;
    size_t *index;
    bool *done;
    size_t cost_cap, potential_cap, index_cap, done_cap;
};

/** Pairs of rows and columns of cost [rows][cols], each used once at most: of all sets of pairs, those whose sum of
 * (cost - gate) is least. So a pair at or above the gate, or whose cost is not a number, is never made. column [rows]:
 * of each row, or FERI_NONE. Equal sums: always the same of them. Shortest augmenting paths (Jonker and Volgenant
 * 1987), O(min(rows, cols)^2 max(rows, cols)). false: out of memory, which happens only at sizes not seen before. */
bool feri_assign(struct feri_assigner *ws, size_t rows, size_t cols, const float *cost, float gate, size_t *column);
void feri_assigner_free(struct feri_assigner *ws);

#endif
