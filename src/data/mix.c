/* x_i <- lambda x_i + (1 - lambda) x_j, and the same for targets. CutMix instead copies a box of about 1 - lambda of
 * the picture from x_j; lambda becomes the share that is left of x_i. As in the authors' programs, a batch has one
 * lambda and one box. j is n - 1 - i: the batch is already shuffled, so this is as random as a permutation, and pairs
 * are mixed in place. */
#include "data/mix.h"

#include "base/angle.h"

#include <math.h>
#include <stdbool.h>

/* ---- Beta(alpha, alpha) ---- */

/* In (0, 1), 53 random bits. */
static double uniform(struct feri_rng *r)
{
    return ((double)(feri_rng_u64(r) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct feri_rng *r)
{
    double radius = sqrt(-2 * log(uniform(r)));
    return radius * cos(2 * FERI_PI * uniform(r));
}

/* The logarithm of a Gamma(alpha, 1) number (Marsaglia, Tsang 2000): of alpha + 1, times
 * U^(1/alpha). A small alpha's number would underflow. */
static double log_gamma_number(double alpha, struct feri_rng *r)
{
    const double d = alpha + 1 - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(r), v = 1 + c * x, u = uniform(r);
        v = v * v * v;
        if (v > 0 && log(u) < x * x / 2 + d - d * v + d * log(v)) return log(d * v) + log(uniform(r)) / alpha;
    }
}

double feri_mix_beta(double alpha, struct feri_rng *rng)
{
    double a = log_gamma_number(alpha, rng), b = log_gamma_number(alpha, rng);
    return 1 / (1 + exp(b - a)); /* a' / (a' + b') */
}

/* ---- pairs ---- */

static void blend(float *x, float *y, size_t n, double lambda)
{
    const float keep = (float)lambda, other = (float)(1 - lambda);
    for (size_t i = 0; i < n; i++) {
        float a = x[i], b = y[i];
        x[i] = keep * a + other * b;
        y[i] = keep * b + other * a;
    }
}

struct box {
    size_t x0, x1, y0, y1;
};

/* Along one axis: `side` pixels around a centre, clipped at the edges. */
static void cut_axis(size_t n, double side, struct feri_rng *rng, size_t *from, size_t *to)
{
    size_t half = (size_t)(side * (double)n) / 2, centre = feri_rng_below(rng, (uint32_t)n);
    *from = centre > half ? centre - half : 0;
    *to = centre + half < n ? centre + half : n;
}

static void swap_box(const struct feri_mix_batch *b, const struct box *box, float *x, float *y)
{
    for (size_t row = box->y0; row < box->y1; row++)
        for (size_t i = (row * b->w + box->x0) * b->c; i < (row * b->w + box->x1) * b->c; i++) {
            float t = x[i];
            x[i] = y[i];
            y[i] = t;
        }
}

static void mix_labels(const struct feri_mix_batch *b, double lambda)
{
    if (!b->targets) return;
    for (size_t i = 0; i < b->n / 2; i++) {
        size_t j = b->n - 1 - i, label = b->labels[i];
        blend(b->targets + i * b->classes, b->targets + j * b->classes, b->classes, lambda);
        if (lambda >= 0.5) continue;
        b->labels[i] = b->labels[j];
        b->labels[j] = label;
    }
}

static double cut(const struct feri_mix_batch *b, double lambda, struct feri_rng *rng)
{
    struct box box;
    size_t size = b->h * b->w * b->c;
    double side = sqrt(1 - lambda);
    cut_axis(b->w, side, rng, &box.x0, &box.x1);
    cut_axis(b->h, side, rng, &box.y0, &box.y1);
    for (size_t i = 0; i < b->n / 2; i++) swap_box(b, &box, b->images + i * size, b->images + (b->n - 1 - i) * size);
    return 1 - (double)((box.x1 - box.x0) * (box.y1 - box.y0)) / (double)(b->h * b->w);
}

double feri_mix_apply(const struct feri_mix *m, struct feri_rng *rng, const struct feri_mix_batch *b)
{
    bool cuts = m->cutmix > 0;
    if ((m->mixup <= 0 && !cuts) || b->n < 2) return 1;
    if (m->mixup > 0 && cuts) cuts = feri_rng_below(rng, 2) == 1;
    double lambda = feri_mix_beta((double)(cuts ? m->cutmix : m->mixup), rng);
    size_t size = b->h * b->w * b->c;
    if (cuts) lambda = cut(b, lambda, rng);
    for (size_t i = 0; !cuts && i < b->n / 2; i++)
        blend(b->images + i * size, b->images + (b->n - 1 - i) * size, size, lambda);
    mix_labels(b, lambda);
    return lambda;
}
