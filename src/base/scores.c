#include "base/scores.h"

#include <math.h>

size_t feri_largest(size_t n, const float *x)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (x[k] > x[best]) best = k;
    return best;
}

double feri_softmax_row(size_t n, double temperature, const float *x, float *y)
{
    double top = (double)x[feri_largest(n, x)], sum = 0;
    for (size_t k = 0; k < n; k++) sum += exp(((double)x[k] - top) / temperature);
    double log_sum = top / temperature + log(sum);
    for (size_t k = 0; k < n; k++) y[k] = (float)exp((double)x[k] / temperature - log_sum);
    return log_sum;
}

double feri_softmax_terms(size_t n, double temperature, const double *x, double *y)
{
    double top = x[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        if (x[k] > top) top = x[k];
    for (size_t k = 0; k < n; k++) sum += y[k] = exp((x[k] - top) / temperature);
    return sum;
}

double feri_temperature_at(double temperature, double doubt, double quality)
{
    return doubt > 0 ? temperature / (1 - doubt * (1 - quality)) : temperature;
}
