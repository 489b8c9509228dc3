#include "base/sorted.h"

#include <stdlib.h>

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
