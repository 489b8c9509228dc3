#include "train/concordance.h"

#include <math.h>

#define SPREAD_MIN 1e-12 /* below this, the difference between equal numbers is rounding */

static int sign(double v)
{
    return (v > 0) - (v < 0);
}

void feri_concordance_add(struct feri_concordance *c, float predicted, float truth)
{
    double x = (double)predicted, y = (double)truth;
    if (isnan(y)) return;
    c->n++;
    c->same_sign += sign(x) == sign(y);
    c->x += x;
    c->y += y;
    c->xx += x * x;
    c->yy += y * y;
    c->xy += x * y;
    c->squares += (x - y) * (x - y);
}

/* var x + var y + (mean x - mean y)^2 = mean (x - y)^2 + 2 cov(x, y). The first part does not cancel. */
double feri_concordance_ccc(const struct feri_concordance *c)
{
    double n = (double)c->n, cov = c->xy / n - c->x / n * (c->y / n);
    double spread = c->squares / n + 2 * cov;
    return spread > SPREAD_MIN ? 2 * cov / spread : NAN;
}

double feri_concordance_rmse(const struct feri_concordance *c)
{
    return c->n ? sqrt(c->squares / (double)c->n) : NAN;
}

double feri_concordance_sagr(const struct feri_concordance *c)
{
    return c->n ? (double)c->same_sign / (double)c->n : NAN;
}
