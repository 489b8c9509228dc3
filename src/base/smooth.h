/* Values smoothed over time with uneven steps. */
#ifndef FERI_BASE_SMOOTH_H
#define FERI_BASE_SMOOTH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define FERI_SMOOTH_MAX 32

/* All zero: no value so far. */
struct feri_smooth {
    bool begun;
    double seconds;
    float value[FERI_SMOOTH_MAX];
};

/** Add x [n], n <= FERI_SMOOTH_MAX, measured at `seconds`: value += (1 - exp(-dt / tau)) (x - value). The first x is
 * taken unchanged. The sum of the values remains that of x. If tau (seconds) is 0 or less, there is no smoothing. If no
 * time has passed, nothing changes. */
static inline const float *feri_smooth_add(struct feri_smooth *s, double seconds, double tau, size_t n, const float *x)
{
    double dt = seconds - s->seconds;
    float gain = !s->begun || tau <= 0 ? 1 : dt > 0 ? (float)-expm1(-dt / tau) : 0;
    for (size_t i = 0; i < n; i++) s->value[i] = gain == 1 ? x[i] : s->value[i] + gain * (x[i] - s->value[i]);
    if (!s->begun || dt > 0) s->seconds = seconds;
    s->begun = true;
    return s->value;
}

#endif
