/* The number of bytes per second that one core reads from main memory: the second bound of the roofline. Prints GB/s,
 * the best of several passes.
 *
 *   cc -O2 read_bandwidth.c -o read_bandwidth && ./read_bandwidth */
#include "clock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES ((size_t)256 << 20) /* more than the caches hold */

static uint64_t read_all(const uint64_t *x, size_t n)
{
    uint64_t sum[8] = {0};
    for (size_t i = 0; i < n; i += 8)
        for (size_t k = 0; k < 8; k++) sum[k] += x[i + k];
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

int main(void)
{
    uint64_t *x = malloc(BYTES), total = 0;
    double best = 1e9;
    if (!x) return 1;
    memset(x, 1, BYTES);
    for (int i = 0; i < 10; i++) {
        double start = seconds();
        total += read_all(x, BYTES / sizeof *x);
        double took = seconds() - start;
        if (took < best) best = took;
    }
    free(x);
    printf("%.1f\n", (double)BYTES / best / 1e9);
    return total == 12345; /* uses the sums, so that they are computed */
}
