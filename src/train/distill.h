/* Knowledge distillation (Hinton et al. 2015): a student also learns from the predictions of trained teachers on the
 * same images.
 *
 * With x the student's logits, z_j those of answer j of a teacher, T the temperature and w the weight of the teachers:
 *   q = mean over j of softmax(z_j / T),   p = softmax(x / T)
 *   L = (1 - w) cross entropy(x, targets) + w T^2 sum over k of q_k (log q_k - log p_k)
 * T^2 keeps the ratio of the two gradients when the temperature changes. */
#ifndef FERI_TRAIN_DISTILL_H
#define FERI_TRAIN_DISTILL_H

#include "base/pool.h"
#include "models/model.h"

struct feri_distill_options {
    const char *teachers; /* weights, paths separated by commas */
    float weight;         /* w, 0 to 1 */
    float temperature;    /* T, above 0 */
    bool mirror;          /* a teacher's second answer is that to the mirror image */
    size_t views;         /* answers to so many views of each of `samples` pictures are kept; 0: none */
    size_t samples;
    size_t batch_max;
    const struct feri_kernels *kernels;
    struct feri_pool *pool;
    const fer_model *student; /* must outlive the result; the teachers must have its classes */
};

struct feri_distill;

/** *out is NULL without teachers. Classes are matched by name. */
fer_status feri_distill_new(const struct feri_distill_options *opt, struct feri_distill **out, fer_error *err);
void feri_distill_free(struct feri_distill *d);

struct feri_distill_batch {
    size_t n;
    const float *images;   /* [n][h][w][c] as the student gets them */
    const size_t *samples; /* [n] their numbers and that of their view, which identify an image if answers are kept */
    size_t view;
};
/** Let the teachers predict a batch. A teacher with another input sees the images resized and converted. With views,
 * each image is predicted once. */
fer_status feri_distill_ask(struct feri_distill *d, const struct feri_distill_batch *b, fer_error *err);

/** The number of answers, one or two of each teacher; 0 if d is NULL. */
size_t feri_distill_count(const struct feri_distill *d);
/** Answer a, [n][classes], and another one for feri_distill_apply(), which must stay until then. */
const float *feri_distill_logits(const struct feri_distill *d, size_t a);
void feri_distill_set_logits(struct feri_distill *d, size_t a, const float *logits);
/** Turn the cross entropy and its derivative into L and its derivative, for the batch that the teachers predicted last:
 * logits and dlogits [n][classes]. Returns the mean L for the mean cross entropy. */
double feri_distill_apply(const struct feri_distill *d, size_t n, const float *logits, double cross_entropy,
                          float *dlogits);

#endif
