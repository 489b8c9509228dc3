#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void feri_sort(size_t n, double *x)
{
    qsort(x, n, sizeof *x, by_size);
}

double feri_quantile(size_t n, const double *sorted, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at, next = i + 1 < n ? i + 1 : i;
    return sorted[i] + (sorted[next] - sorted[i]) * (at - (double)i);
}

double feri_median(size_t n, const double *sorted)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static uint64_t id_of(const void *rows, size_t size, size_t i)
{
    uint64_t id;
    memcpy(&id, (const char *)rows + i * size, sizeof id);
    return id;
}

size_t feri_find_id(size_t n, const void *rows, size_t size, uint64_t id)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (id_of(rows, size, mid) < id) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}
