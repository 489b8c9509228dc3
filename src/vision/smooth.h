/* Values smoothed over time that passes unevenly. */
#ifndef FERI_VISION_SMOOTH_H
#define FERI_VISION_SMOOTH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define FERI_SMOOTH_MAX 32

/* All zero: nothing seen yet. */
struct feri_smooth {
    bool begun;
    double seconds;
    float value[FERI_SMOOTH_MAX];
};

/** x [n], n <= FERI_SMOOTH_MAX, seen at `seconds`: value += (1 - exp(-dt / tau)) (x - value), the first one taken as it
 * is. The sum of values stays that of x. tau (seconds) 0 or less: not smoothed. Time that does not pass changes
 * nothing. */
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
