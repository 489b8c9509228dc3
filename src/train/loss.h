/* The loss that training minimises, and the counts it reports. */
#ifndef FERI_TRAIN_LOSS_H
#define FERI_TRAIN_LOSS_H

#include <stddef.h>

struct feri_loss {
    size_t classes;
    float smoothing;     /* a target t becomes (1 - smoothing) t + smoothing / classes (Szegedy et al. 2016) */
    const float *adjust; /* [classes] added to the logits: tau log(prior) (Menon et al. 2021); NULL: nothing */
};

/** Mean over n samples of the cross entropy between targets and softmax(logits), both [n][classes]. NaN or infinity if
 * the logits contain them. dlogits, unless NULL, receives the derivative. */
double feri_cross_entropy(const struct feri_loss *l, size_t n, const float *logits, const float *targets,
                          float *dlogits);

/** The number of samples whose largest logit (the first among equals) is their label. */
size_t feri_count_correct(size_t n, size_t classes, const float *logits, const size_t *labels);

/* Sums over an epoch. */
struct feri_tally {
    size_t images, correct;
    double batch_means; /* sum of the batches' mean losses */
    double losses;      /* sum of the samples' losses */
};

static inline void feri_tally_add(struct feri_tally *t, size_t n, double mean_loss, size_t correct)
{
    t->images += n;
    t->correct += correct;
    t->batch_means += mean_loss;
    t->losses += mean_loss * (double)n;
}

/** The mean loss. */
static inline double feri_tally_loss(const struct feri_tally *t)
{
    return t->losses / (double)t->images;
}

/** The Loss of the published logs: the sum of the batches' mean losses divided by the number of samples (about mean /
 * batch). */
static inline double feri_tally_published_loss(const struct feri_tally *t)
{
    return t->batch_means / (double)t->images;
}

static inline double feri_tally_accuracy(const struct feri_tally *t)
{
    return (double)t->correct / (double)t->images;
}

#endif
