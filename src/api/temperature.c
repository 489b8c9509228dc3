#include "api/temperature.h"

#include "base/error.h"
#include "base/scores.h"

#include <math.h>

#define BETA_MIN        1e-3
#define BETA_MAX        1e3
#define STEPS_MAX       200
#define PRECISION       1e-13
#define DOUBT_PRECISION 1e-6

/* What is fitted to: images whose logits are multiplied by 1 - doubt (1 - quality). */
struct scaled {
    const struct feri_predicted *p;
    double doubt;
};

static double scale_of(const struct scaled *s, size_t i)
{
    return s->p->quality ? 1 / feri_temperature_at(1, s->doubt, (double)s->p->quality[i]) : 1;
}

static double weight_of(const struct scaled *s, size_t i)
{
    return s->p->weight ? (double)s->p->weight[i] : 1;
}

/* First and second derivative with respect to beta = 1 / temperature of an image's cross-entropy log sum exp(beta z) -
 * beta sum t z: E_p[z] - E_t[z] and Var_p[z], p = softmax(beta z). The largest logit is subtracted first, which changes
 * neither. */
static void add_image(const struct scaled *s, size_t i, double beta, double slope[2])
{
    size_t n = s->p->n_classes;
    const float *z = s->p->logits + i * n, *t = s->p->targets + i * n;
    double scale = scale_of(s, i), weight = weight_of(s, i);
    double top = (double)z[feri_largest(n, z)], sum = 0, mean = 0, square = 0, target = 0;
    for (size_t k = 0; k < n; k++) {
        double d = scale * ((double)z[k] - top), e = exp(beta * d);
        sum += e;
        mean += e * d;
        square += e * d * d;
        target += (double)t[k] * d;
    }
    mean /= sum;
    slope[0] += weight * (mean - target);
    slope[1] += weight * (square / sum - mean * mean);
}

static void slopes(const struct scaled *s, double beta, double slope[2])
{
    slope[0] = slope[1] = 0;
    for (size_t i = 0; i < s->p->n; i++) add_image(s, i, beta, slope);
}

/* Newton's step if it stays within the bracket, otherwise the bracket's middle: the cross-entropy is convex in beta. */
static double solve(const struct scaled *s)
{
    double low = BETA_MIN, high = BETA_MAX, beta = 1, slope[2];
    for (int step = 0; step < STEPS_MAX; step++) {
        slopes(s, beta, slope);
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

static fer_status fit(const struct scaled *s, double *temperature_out, fer_error *err)
{
    double slope[2];
    slopes(s, BETA_MIN, slope);
    if (slope[0] >= 0)
        return feri_fail(err, FER_ERR_NUMERIC,
                         "no temperature up to %g is best for these %zu images: the predictions are worse than none",
                         1 / BETA_MIN, s->p->n);
    slopes(s, BETA_MAX, slope);
    if (slope[0] <= 0)
        return feri_fail(
            err, FER_ERR_NUMERIC,
            "no temperature from %g is best for these %zu images: every prediction is right; use images that the "
            "model was not trained on",
            1 / BETA_MAX, s->p->n);
    *temperature_out = 1 / solve(s);
    return FER_OK;
}

fer_status feri_fit_temperature(const struct feri_predicted *predicted, double *temperature_out, fer_error *err)
{
    return fit(&(struct scaled){.p = predicted}, temperature_out, err);
}

static double loss(const struct scaled *s, double temperature)
{
    size_t n = s->p->n_classes;
    double sum = 0;
    for (size_t i = 0; i < s->p->n; i++) {
        const float *z = s->p->logits + i * n, *t = s->p->targets + i * n;
        double top = (double)z[feri_largest(n, z)], scale = scale_of(s, i) / temperature, exps = 0, target = 0;
        for (size_t k = 0; k < n; k++) {
            double d = scale * ((double)z[k] - top);
            exps += exp(d);
            target += (double)t[k] * d;
        }
        sum += weight_of(s, i) * (log(exps) - target);
    }
    return sum;
}

/* A doubt, and the cross-entropy at its best temperature. */
struct trial {
    double doubt, temperature, loss;
};

static fer_status try(const struct feri_predicted *predicted, double doubt, struct trial *out, fer_error *err)
{
    struct scaled s = {predicted, doubt};
    out->doubt = doubt;
    fer_status st = fit(&s, &out->temperature, err);
    if (st == FER_OK) out->loss = loss(&s, out->temperature);
    return st;
}

/* Golden section: the cross-entropy is convex in the logits' two factors, 1 / temperature and doubt / temperature, so
 * along their ratio it first falls and then rises. */
fer_status feri_fit_doubt(const struct feri_predicted *predicted, double *temperature_out, double *doubt_out,
                          fer_error *err)
{
    const double ratio = (sqrt(5) - 1) / 2;
    double low = 0, high = FERI_DOUBT_MAX;
    struct trial none, a, b;
    fer_status st = try(predicted, 0, &none, err);
    if (st == FER_OK) st = try(predicted, high - ratio * (high - low), &a, err);
    if (st == FER_OK) st = try(predicted, low + ratio * (high - low), &b, err);
    while (st == FER_OK && high - low > DOUBT_PRECISION) {
        if (a.loss < b.loss) {
            high = b.doubt;
            b = a;
            st = try(predicted, high - ratio * (high - low), &a, err);
        } else {
            low = a.doubt;
            a = b;
            st = try(predicted, low + ratio * (high - low), &b, err);
        }
    }
    if (st != FER_OK) return st;
    const struct trial *best = none.loss <= a.loss ? &none : &a;
    *temperature_out = best->temperature;
    *doubt_out = best->doubt;
    return FER_OK;
}
