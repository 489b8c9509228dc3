/* What training minimises for valence and arousal, beside the cross entropy of the classes. */
#ifndef FERI_TRAIN_VA_LOSS_H
#define FERI_TRAIN_VA_LOSS_H

#include "data/loader.h"

/** weight times the mean, over valence and arousal, of 1 - CCC + MSE over those of the n samples whose truth is known
 * (not NaN); va and truth are [n][2]. The CCC (train/concordance.h) needs two of them and some spread, the MSE one;
 * without any the loss is 0. dva, unless NULL, receives its derivative. */
double feri_va_loss(float weight, size_t n, const float *va, const float *truth, float *dva);

/** Valence and arousal of a batch's samples, [n][2], mixed like their targets; NaN: not known, or not of both that are
 * mixed. */
void feri_va_truth(const struct feri_dataset *ds, const struct feri_batch *batch, float *truth);
/** Samples that have both. */
size_t feri_va_known(const struct feri_dataset *ds);

#endif
