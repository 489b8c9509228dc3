/* The origin of trained weights in one line: `fer.provenance` of their file. */
#ifndef FERI_TRAIN_PROVENANCE_H
#define FERI_TRAIN_PROVENANCE_H

#include <stddef.h>
#include <stdint.h>

enum { FERI_PROVENANCE_MAX = 4096 };

/** Paths. The line contains only their last components, which reveal nothing about the machine. */
struct feri_origin {
    const char *data;     /* separated by commas */
    const char *crops;    /* NULL: none */
    const char *init;     /* NULL: random weights */
    const char *teachers; /* separated by commas; NULL: none */
    size_t epochs;
    uint64_t seed;
};

/** For example "trained by libfer 0.2.0 on train.tar and crops.tar from random weights, 40 epochs, seed 1, taught by
 * a.safetensors, b.safetensors". It is truncated to the size of the buffer. */
void feri_provenance(const struct feri_origin *o, char line[FERI_PROVENANCE_MAX]);

/** The line for weights whose logits were adjusted by tau for the class shares of a data set. */
void feri_provenance_adjusted(const char *before, const char *data, double tau, char line[FERI_PROVENANCE_MAX]);

#endif
