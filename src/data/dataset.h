/* Labelled images, read the same way from every layout (docs/file-formats.md lists the layouts). One table of samples
 * holds image, split, class, target distribution, valence and arousal, box and landmarks. Pictures are decoded on
 * demand. */
#ifndef FERI_DATA_DATASET_H
#define FERI_DATA_DATASET_H

#include "fer/data.h"
#include "formats/pixels.h"

#include <stdbool.h>

/* The purpose of the samples. It selects the split of a set that has several splits; a set with one split is used
 * whole. */
enum feri_use {
    FERI_USE_ALL,      /* every sample */
    FERI_USE_PICTURES, /* every sample; folders need not be named after classes: their pictures are unlabelled */
    FERI_USE_TRAIN,    /* train */
    FERI_USE_VAL,      /* val, otherwise test */
    FERI_USE_TEST      /* test, otherwise val */
};

struct feri_dataset;

void feri_dataset_close(struct feri_dataset *ds);
const char *feri_dataset_path(const struct feri_dataset *ds);
/** Name of the recognised layout: "affectnet-8labels", "ferplus", ... */
const char *feri_dataset_layout(const struct feri_dataset *ds);
size_t feri_dataset_size(const struct feri_dataset *ds);
size_t feri_dataset_n_classes(const struct feri_dataset *ds);
const char *feri_dataset_class(const struct feri_dataset *ds, size_t k);

/* ---- sample i ---- */

/** Name of its file, for messages and reports. */
const char *feri_dataset_file(const struct feri_dataset *ds, size_t i);
fer_split feri_dataset_split(const struct feri_dataset *ds, size_t i);
/** Hard label. */
size_t feri_dataset_label(const struct feri_dataset *ds, size_t i);
/** Target distribution [n_classes]: the normalised votes of the emotions (DISTRIBUTION), otherwise one-hot. */
const float *feri_dataset_target(const struct feri_dataset *ds, size_t i);
/** Normalised votes [n_classes] under every protocol; NULL: the set has none. */
const float *feri_dataset_votes(const struct feri_dataset *ds, size_t i);

/** How often an epoch draws it, relative to the samples of weight 1. */
float feri_dataset_weight(const struct feri_dataset *ds, size_t i);
/** Whether a sample may have another weight than 1. */
bool feri_dataset_has_weights(const struct feri_dataset *ds);

struct feri_annotation {
    float valence, arousal; /* -1 to 1, NaN: none */
    float box[4]; /* x, y, width, height of the face in pixels of the stored image; width 0: the whole image */
};
struct feri_annotation feri_dataset_annotation(const struct feri_dataset *ds, size_t i);

#define FERI_LANDMARKS 68
/** Whether the set may have landmarks of sample i; known for certain only after reading them. */
bool feri_dataset_has_landmarks(const struct feri_dataset *ds, size_t i);
/** (x, y) pairs in pixels of the stored image. *has is false if there are none. Thread-safe. */
fer_status feri_dataset_landmarks(const struct feri_dataset *ds, size_t i, float out[2 * FERI_LANDMARKS], bool *has,
                                  fer_error *err);
/** Decode its picture and cut out its box. Thread-safe. */
fer_status feri_dataset_read(const struct feri_dataset *ds, size_t i, struct feri_pixels *out, fer_error *err);
/** The bytes of its file. FER_ERR_UNSUPPORTED if it has no file of its own. Free *data by free(). Thread-safe. */
fer_status feri_dataset_read_file(const struct feri_dataset *ds, size_t i, uint8_t **data, size_t *size,
                                  fer_error *err);

/* ---- what was left out while opening ---- */

struct feri_left_out {
    char what[80]; /* "missing annotation", "none (code 8)", ... */
    bool damage;   /* left out by skip_bad alone; else the layout or the options mean it so */
    size_t n;
    char first[200]; /* the message about the first one */
};
size_t feri_dataset_n_left(const struct feri_dataset *ds);
const struct feri_left_out *feri_dataset_left(const struct feri_dataset *ds, size_t i);
/** Samples left out because of skip_bad. */
size_t feri_dataset_n_skipped(const struct feri_dataset *ds);
/** A remark about the whole set, such as labels that a model made; NULL: none. */
const char *feri_dataset_remark(const struct feri_dataset *ds);

#endif
