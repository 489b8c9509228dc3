/* A row of numbers, one per class. */
#ifndef FERI_BASE_SCORES_H
#define FERI_BASE_SCORES_H

#include <stddef.h>

/** The index of the largest of n numbers, n > 0; the first one among equals. */
size_t feri_largest(size_t n, const float *x);

/** Probabilities softmax(x / temperature). Returns the log of the sum of exp(x / temperature). y may be x. */
double feri_softmax_row(size_t n, double temperature, const float *x, float *y);

/** The numerators of softmax(x / temperature), scaled so that the largest is 1. Returns their sum. y may be x. */
double feri_softmax_terms(size_t n, double temperature, const double *x, double *y);

#define FERI_DOUBT_MAX 0.9
/** The temperature of the scores of a face by its quality, 0 to 1. At quality 1 it is `temperature`. At quality 0 the
 * inverse temperature is smaller by the share `doubt`, 0 to FERI_DOUBT_MAX, and in between in proportion. */
double feri_temperature_at(double temperature, double doubt, double quality);

#endif
