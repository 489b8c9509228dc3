/* Numbers in their order, and what stands in the middle of them. */
#ifndef FERI_BASE_SORTED_H
#define FERI_BASE_SORTED_H

#include <stddef.h>

/** Sort ascending. */
void feri_sort(size_t n, double *x);

/** Of n > 0 sorted numbers: between the two nearest to it, as numpy.percentile() computes it. */
double feri_quantile(size_t n, const double *sorted, double q);

/** Of n > 0 sorted numbers: the middle one, or the mean of the two. */
double feri_median(size_t n, const double *sorted);

#endif
