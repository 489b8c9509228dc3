/* A row of numbers, one for each class. */
#ifndef FERI_BASE_SCORES_H
#define FERI_BASE_SCORES_H

#include <stddef.h>

/** The place of the largest of n numbers, n > 0; of equals the first. */
size_t feri_largest(size_t n, const float *x);

/** Probabilities softmax(x / temperature); returns log of the sum of exp(x / temperature). y may be x. */
double feri_softmax_row(size_t n, double temperature, const float *x, float *y);

/** The numerators of softmax(x / temperature), the largest 1, and their sum. y may be x. */
double feri_softmax_terms(size_t n, double temperature, const double *x, double *y);

#endif
