#include "image/degrade.h"

#include <math.h>

#define GAMMA 2.2
#define WHITE 1000 /* photons */

/* The smallest number whose cumulative Poisson probability exceeds a uniform random number. */
static unsigned poisson(double mean, double uniform)
{
    double p = exp(-mean), sum = p;
    unsigned n = 0;
    while (uniform >= sum && n < WHITE) {
        n++;
        p *= mean / n;
        sum += p;
    }
    return n;
}

void feri_degrade_light(const struct feri_pixels *src, double photons, struct feri_rng *rng, struct feri_pixels *out)
{
    double mean[256];
    uint8_t level[WHITE + 1];
    for (int v = 0; v < 256; v++) mean[v] = photons * pow(v / 255.0, GAMMA);
    for (int n = 0; n <= WHITE; n++) level[n] = (uint8_t)(255 * pow((double)n / WHITE, 1 / GAMMA) + 0.5);
    for (size_t i = 0; i < src->w * src->h * src->c; i++)
        out->data[i] = level[poisson(mean[src->data[i]], (double)feri_rng_uniform(rng))];
}
