/* For k known pairs (x predicted, y true), in double:
 *   C = 2 S / D,  S = cov(x, y),  D = var x + var y + (mean x - mean y)^2,  variances divided by k
 *   d(1 - C) / dx_i = -2 / k ((y_i - mean y) / D - 2 S (x_i - mean y) / D^2)
 *   M = mean (x - y)^2,  dM / dx_i = 2 / k (x_i - y_i) */
#include "train/va_loss.h"

#include "models/heads.h"

#include <math.h>

/* of D: below it all numbers are equal up to rounding, and the CCC would only measure noise */
#define SPREAD_MIN 1e-8

/* One dimension of a batch. */
struct pairs {
    const float *x, *y; /* every FERI_VA-th value belongs to it */
    size_t n, known;
    double mean_x, mean_y, cov, spread, mse;
};

static bool pair(const struct pairs *p, size_t i, double *x, double *y)
{
    *x = (double)p->x[i * FERI_VA];
    *y = (double)p->y[i * FERI_VA];
    return !isnan(*y);
}

static void measure(struct pairs *p)
{
    double x, y, k;
    for (size_t i = 0; i < p->n; i++) {
        if (!pair(p, i, &x, &y)) continue;
        p->known++;
        p->mean_x += x;
        p->mean_y += y;
    }
    if (p->known == 0) return;
    k = (double)p->known;
    p->mean_x /= k;
    p->mean_y /= k;
    for (size_t i = 0; i < p->n; i++) {
        if (!pair(p, i, &x, &y)) continue;
        double a = x - p->mean_x, b = y - p->mean_y;
        p->cov += a * b / k;
        p->spread += (a * a + b * b) / k;
        p->mse += (x - y) * (x - y) / k;
    }
    p->spread += (p->mean_x - p->mean_y) * (p->mean_x - p->mean_y);
}

static bool correlates(const struct pairs *p)
{
    return p->known >= 2 && !(p->spread < SPREAD_MIN); /* a NaN must reach the loss */
}

static void derive(const struct pairs *p, double scale, float *dx)
{
    double x, y;
    for (size_t i = 0; i < p->n; i++) {
        double d = 0;
        if (pair(p, i, &x, &y)) {
            d = 2 * (x - y);
            if (correlates(p)) d -= 2 * ((y - p->mean_y) - 2 * p->cov / p->spread * (x - p->mean_y)) / p->spread;
            d /= (double)p->known;
        }
        dx[i * FERI_VA] = (float)(scale * d);
    }
}

double feri_va_loss(float weight, size_t n, const float *va, const float *truth, float *dva)
{
    double loss = 0, scale = (double)weight / FERI_VA;
    for (size_t d = 0; d < FERI_VA; d++) {
        struct pairs p = {.x = va + d, .y = truth + d, .n = n};
        measure(&p);
        loss += p.mse + (correlates(&p) ? 1 - 2 * p.cov / p.spread : 0);
        if (dva) derive(&p, scale, dva + d);
    }
    return scale * loss;
}

static float mixed(double lambda, float a, float b)
{
    return (float)(lambda * (double)a + (1 - lambda) * (double)b);
}

/* Pair the samples as feri_mix_apply() did; a NaN of either stays NaN. */
void feri_va_truth(const struct feri_dataset *ds, const struct feri_batch *batch, float *truth)
{
    for (size_t i = 0; i < batch->n; i++) {
        struct feri_annotation a = feri_dataset_annotation(ds, batch->indices[i]), b;
        if (batch->lambda < 1 && batch->others[i] != batch->indices[i]) {
            b = feri_dataset_annotation(ds, batch->others[i]);
            a.valence = mixed(batch->lambda, a.valence, b.valence);
            a.arousal = mixed(batch->lambda, a.arousal, b.arousal);
        }
        truth[i * FERI_VA] = a.valence;
        truth[i * FERI_VA + 1] = a.arousal;
    }
}

size_t feri_va_known(const struct feri_dataset *ds)
{
    size_t known = 0;
    for (size_t i = 0; i < feri_dataset_size(ds); i++) {
        struct feri_annotation a = feri_dataset_annotation(ds, i);
        known += !isnan(a.valence) && !isnan(a.arousal);
    }
    return known;
}
