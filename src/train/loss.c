/* Cross entropy with soft targets t over logits x with K classes, all in double:
 *   t' = (1 - s) t + s / K
 *   L = sum over k of t'_k (log sum exp x - x_k)
 *   dL / dx_k = softmax(x)_k sum(t') - t'_k
 * x are the logits plus the adjustment. The largest logit is subtracted before exp(), so nothing overflows.
 */
#include "train/loss.h"

#include "base/scores.h"

#include <math.h>

static double logit(const struct feri_loss *l, const float *x, size_t k)
{
    return (double)x[k] + (l->adjust ? (double)l->adjust[k] : 0);
}

static double log_sum_exp(const struct feri_loss *l, const float *x)
{
    double top = logit(l, x, 0), sum = 0;
    for (size_t k = 1; k < l->classes; k++)
        if (logit(l, x, k) > top) top = logit(l, x, k);
    for (size_t k = 0; k < l->classes; k++) sum += exp(logit(l, x, k) - top);
    return top + log(sum);
}

static double row_loss(const struct feri_loss *l, const float *x, const float *target, double scale, float *dx)
{
    double s = (double)l->smoothing, share = s / (double)l->classes, norm = log_sum_exp(l, x);
    double loss = 0, total = 0;
    for (size_t k = 0; k < l->classes; k++) {
        double t = (1 - s) * (double)target[k] + share;
        /* A class with target 0 adds nothing, even if its logit is -infinity. */
        if (t != 0) loss += t * (norm - logit(l, x, k));
        total += t;
    }
    for (size_t k = 0; dx && k < l->classes; k++) {
        double t = (1 - s) * (double)target[k] + share;
        dx[k] = (float)(scale * (exp(logit(l, x, k) - norm) * total - t));
    }
    return isnan(norm) ? norm : loss;
}

double feri_cross_entropy(const struct feri_loss *l, size_t n, const float *logits, const float *targets,
                          float *dlogits)
{
    double sum = 0, scale = 1 / (double)n;
    for (size_t i = 0; i < n; i++) {
        size_t at = i * l->classes;
        sum += row_loss(l, logits + at, targets + at, scale, dlogits ? dlogits + at : NULL);
    }
    return sum * scale;
}

size_t feri_count_correct(size_t n, size_t classes, const float *logits, const size_t *labels)
{
    size_t correct = 0;
    for (size_t i = 0; i < n; i++) correct += feri_largest(classes, logits + i * classes) == labels[i];
    return correct;
}
