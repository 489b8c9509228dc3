/* Labelled images behind one interface, whatever lies on disk. FER+: a directory or .tar that holds label.csv (spec: columns image,
 * box, ten votes). A directory or .tar of class folders (<class name>/<image>) too. */
#ifndef FERI_DATA_DATASET_H
#define FERI_DATA_DATASET_H

#include "fer/base.h"
#include "formats/pixels.h"

#include <stdbool.h>

enum feri_protocol {
    FERI_PROTOCOL_MAJORITY,     /* more than half of the remaining votes on one emotion */
    FERI_PROTOCOL_DISTRIBUTION, /* every image of "majority"... see dataset.c: soft targets from the votes */
    FERI_PROTOCOL_ALL           /* the largest vote is an emotion; ties: the first in column order */
};
bool feri_protocol_parse(const char *word, enum feri_protocol *out);
const char *feri_protocol_name(enum feri_protocol p);

struct feri_dataset_options {
    enum feri_protocol protocol;
    bool skip_bad; /* leave out and count files that cannot be read, instead of failing */
};

struct feri_dataset;

/** Reads labels and the index only; no picture is decoded. An empty result is an error. */
fer_status feri_dataset_open(const char *path, const struct feri_dataset_options *opt, struct feri_dataset **out, fer_error *err);
void feri_dataset_close(struct feri_dataset *ds);
size_t feri_dataset_size(const struct feri_dataset *ds);
size_t feri_dataset_n_classes(const struct feri_dataset *ds);
const char *feri_dataset_class(const struct feri_dataset *ds, size_t k);
/** Name of sample i's file, for messages and reports. */
const char *feri_dataset_file(const struct feri_dataset *ds, size_t i);
/** Hard label of sample i. */
size_t feri_dataset_label(const struct feri_dataset *ds, size_t i);
/** Target distribution [n_classes] of sample i: the normalised votes of the emotions (DISTRIBUTION), else one-hot. */
const float *feri_dataset_target(const struct feri_dataset *ds, size_t i);
/** Rows left out because of skip_bad while opening (missing files, labels out of range). */
size_t feri_dataset_n_skipped(const struct feri_dataset *ds);
/** Decode sample i. Thread-safe. */
fer_status feri_dataset_read(const struct feri_dataset *ds, size_t i, struct feri_pixels *out, fer_error *err);

#endif
