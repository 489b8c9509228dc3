#include "graph/runs.h"

#include <string.h>

/* Short runs are moved in vectors that overlap, because a call of memcpy costs more than the copy. */
void feri_copy_runs(float *to, size_t to_step, const float *from, size_t from_step, size_t count, size_t n)
{
    for (size_t r = 0; r < count; r++, to += to_step, from += from_step) {
        if (n > 64) {
            memcpy(to, from, n * sizeof *to);
        } else if (n >= 8) {
            for (size_t i = 0; i < n - 8; i += 8) memcpy(to + i, from + i, 8 * sizeof *to);
            memcpy(to + n - 8, from + n - 8, 8 * sizeof *to);
        } else {
            for (size_t i = 0; i < n; i++) to[i] = from[i];
        }
    }
}
