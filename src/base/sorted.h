/* Sorting of numbers, quantiles of sorted numbers, and searching of sorted rows. */
#ifndef FERI_BASE_SORTED_H
#define FERI_BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/** Sort ascending. */
void feri_sort(size_t n, double *x);

/** A quantile of n > 0 sorted numbers, interpolated between the two nearest ones as numpy.percentile() does. */
double feri_quantile(size_t n, const double *sorted, double q);

/** The median of n > 0 sorted numbers: the middle one, or the mean of the two in the middle. */
double feri_median(size_t n, const double *sorted);

/** The first of n rows whose id is not smaller, n if there is none. A row has `size` bytes and begins with its id, a
 * uint64_t; the rows are sorted by it. */
size_t feri_find_id(size_t n, const void *rows, size_t size, uint64_t id);

#endif
