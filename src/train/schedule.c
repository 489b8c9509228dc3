/* Schedules, with p the progress from 0 to 1 of their part of the run:
 *   warm-up    lr (step + 1) / warmup, before the constant and the cosine schedule
 *   cosine     lr (f + (1 - f) (1 + cos(pi p)) / 2), p = 0 at the first step after the warm-up and 1 one step after the
 *              last: SGDR without restarts (Loshchilov, Hutter 2017), PyTorch's CosineAnnealingLR
 *   one-cycle  along a cosine from lr / 25 up to lr, then down to f lr at the last step (Smith, Topin 2018), PyTorch's
 *              OneCycleLR */
#include "train/schedule.h"

#include "base/angle.h"

#include <math.h>

#define ONE_CYCLE_DIVISOR  25.0
#define ONE_CYCLE_FRACTION 0.3

static double anneal(double from, double to, double p)
{
    return to + (from - to) * (1 + cos(FERI_PI * p)) / 2;
}

static double cosine(const struct feri_schedule *s, uint64_t step)
{
    if (s->steps <= s->warmup) return s->lr;
    double p = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
    return anneal(s->lr, s->lr * s->final, p);
}

/* The peak is at step `rise` - 1, as PyTorch counts, which may be a fractional step. */
static double one_cycle(const struct feri_schedule *s, uint64_t step)
{
    double rise = s->warmup ? (double)s->warmup : ONE_CYCLE_FRACTION * (double)s->steps;
    double peak = rise - 1, last = (double)s->steps - 1, at = (double)step;
    if (at <= peak && peak > 0) return anneal(s->lr / ONE_CYCLE_DIVISOR, s->lr, at / peak);
    if (last <= peak) return s->lr;
    return anneal(s->lr, s->lr * s->final, fmin(1, (at - fmax(peak, 0)) / (last - fmax(peak, 0))));
}

double feri_schedule_lr(const struct feri_schedule *s, uint64_t step)
{
    if (s->kind == FER_ONE_CYCLE) return one_cycle(s, step);
    if (step < s->warmup) return s->lr * (double)(step + 1) / (double)s->warmup;
    return s->kind == FER_COSINE ? cosine(s, step) : s->lr;
}
