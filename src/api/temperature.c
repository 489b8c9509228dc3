#include "api/temperature.h"

#include "base/error.h"

#include <math.h>

#define BETA_MIN  1e-3
#define BETA_MAX  1e3
#define STEPS_MAX 200
#define PRECISION 1e-13

/* First and second derivative with respect to beta = 1 / temperature of an image's cross-entropy log sum exp(beta z) -
 * beta sum t z: E_p[z] - E_t[z] and Var_p[z], p = softmax(beta z). The largest logit is subtracted first, which changes
 * neither. */
static void add_image(size_t n, double beta, const float *z, const float *t, double slope[2])
{
    double top = (double)z[0], sum = 0, mean = 0, square = 0, target = 0;
    for (size_t k = 1; k < n; k++) top = fmax(top, (double)z[k]);
    for (size_t k = 0; k < n; k++) {
        double d = (double)z[k] - top, e = exp(beta * d);
        sum += e;
        mean += e * d;
        square += e * d * d;
        target += (double)t[k] * d;
    }
    mean /= sum;
    slope[0] += mean - target;
    slope[1] += square / sum - mean * mean;
}

static void slopes(const struct feri_predicted *predicted, double beta, double slope[2])
{
    slope[0] = slope[1] = 0;
    for (size_t i = 0; i < predicted->n; i++)
        add_image(predicted->n_classes, beta, predicted->logits + i * predicted->n_classes,
                  predicted->targets + i * predicted->n_classes, slope);
}

/* Newton's step if it stays within the bracket, otherwise the bracket's middle: the cross-entropy is convex in beta. */
static double solve(const struct feri_predicted *predicted)
{
    double low = BETA_MIN, high = BETA_MAX, beta = 1, slope[2];
    for (int step = 0; step < STEPS_MAX; step++) {
        slopes(predicted, beta, slope);
        if (slope[0] > 0) high = beta;
        else low = beta;
        double next = beta - slope[0] / slope[1];
        if (!(next > low && next < high)) next = sqrt(low * high);
        double moved = fabs(next - beta);
        beta = next;
        if (moved <= PRECISION * beta) break;
    }
    return beta;
}

fer_status feri_fit_temperature(const struct feri_predicted *predicted, double *temperature_out, fer_error *err)
{
    double slope[2];
    slopes(predicted, BETA_MIN, slope);
    if (slope[0] >= 0)
        return feri_fail(err, FER_ERR_NUMERIC,
                         "no temperature up to %g is best for these %zu images: the predictions are worse than none",
                         1 / BETA_MIN, predicted->n);
    slopes(predicted, BETA_MAX, slope);
    if (slope[0] <= 0)
        return feri_fail(
            err, FER_ERR_NUMERIC,
            "no temperature from %g is best for these %zu images: every prediction is right; use images that the "
            "model was not trained on",
            1 / BETA_MAX, predicted->n);
    *temperature_out = 1 / solve(predicted);
    return FER_OK;
}
