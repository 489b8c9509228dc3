/* The loss of valence and arousal, which training adds to the cross entropy of the classes. */
#ifndef FERI_TRAIN_VA_LOSS_H
#define FERI_TRAIN_VA_LOSS_H

#include "data/loader.h"

/** weight times the mean, over valence and arousal, of 1 - CCC + MSE over those of the n samples whose truth is known
 * (not NaN). va and truth are [n][2]. The CCC (train/concordance.h) needs two such samples and some spread; the MSE
 * needs one. Without any, the loss is 0. dva, unless NULL, receives the derivative. */
double feri_va_loss(float weight, size_t n, const float *va, const float *truth, float *dva);

/** Valence and arousal of a batch's samples, [n][2], mixed like their targets. NaN: unknown, or unknown for one of the
 * two mixed samples. */
void feri_va_truth(const struct feri_dataset *ds, const struct feri_batch *batch, float *truth);
/** The number of samples that have both. */
size_t feri_va_known(const struct feri_dataset *ds);

#endif
