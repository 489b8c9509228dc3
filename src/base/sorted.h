/* Sorting of numbers, and quantiles of sorted numbers. */
#ifndef FERI_BASE_SORTED_H
#define FERI_BASE_SORTED_H

#include <stddef.h>

/** Sort ascending. */
void feri_sort(size_t n, double *x);

/** A quantile of n > 0 sorted numbers, interpolated between the two nearest ones as numpy.percentile() does. */
double feri_quantile(size_t n, const double *sorted, double q);

/** The median of n > 0 sorted numbers: the middle one, or the mean of the two in the middle. */
double feri_median(size_t n, const double *sorted);

#endif
