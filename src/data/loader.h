/* Worker threads prepare batches in advance: decode, augment, resize, preprocess. The content of a batch depends on the
 * options, the epoch and its number alone, never on the threads. */
#ifndef FERI_DATA_LOADER_H
#define FERI_DATA_LOADER_H

#include "base/slots.h"
#include "data/dataset.h"
#include "data/mix.h"
#include "image/degrade.h"
#include "image/image.h"

struct feri_loader_options {
    size_t h, w, c; /* network input; c 1 or 3 */
    size_t batch;
    unsigned workers; /* number of preparing threads, 0: 1 */
    struct feri_preprocess preprocess;
    fer_augment_options augment; /* all zero for evaluation */
    struct feri_mix mix;         /* all zero for evaluation */
    /* > 0: a sample's augmentation comes again after so many epochs; 0: never */
    size_t views;
    /* probability that an augmented image is degraded (feri_degrade_randomly()); 0 for evaluation */
    float degrade;
    bool keep_clean;             /* also return the images as they were before that */
    fer_degradation degradation; /* applied to the pictures first; FER_DEGRADE_NONE when training */
    bool shuffle;
    /* > 0: an epoch draws this multiple of the samples with replacement, each class equally likely; 0: every sample
     * once. Weights of the samples count in both (data/draws.h) */
    float oversample;
    bool drop_last; /* leave out a last batch that is not full */
    bool skip_bad;  /* skip and count a picture that cannot be decoded; otherwise it is an error */
    /* A picture that cannot be decoded is replaced by the next one of the epoch's order that can, and counted; so every
     * batch keeps its size. Instead of skip_bad, when training */
    bool replace_bad;
    /* Training by many processes: batches hold this rank's samples only (base/slots.h). count 0: one process */
    struct feri_slots slots;
    /* Evaluation by many processes: every turn-th batch from number `turn` on. turns 0: all batches */
    size_t turn, turns;
    uint64_t seed;
    /* Map dataset class -> network class (n_classes entries), NULL: identity. */
    const size_t *class_map;
    size_t n_classes; /* classes of the network: width of targets */
};

struct feri_batch {
    size_t n;              /* samples in this batch, <= options.batch */
    size_t total;          /* samples of all ranks; without ranks n */
    const float *images;   /* [n][h][w][c] */
    const float *clean;    /* the same images before degradation; NULL without keep_clean */
    const float *targets;  /* [n][n_classes], distribution */
    const size_t *labels;  /* [n] hard labels as network classes; if mixed, the label of the larger share */
    const size_t *indices; /* [n] sample numbers in the data set */
    size_t view;           /* with views: the number of this one */
    const size_t *others;  /* [n] numbers of the samples with which they are mixed, if lambda < 1 */
    double lambda;         /* share of sample i in its mix with sample total - 1 - i (data/mix.h); 1: not mixed */
};

struct feri_loader;

/** ds must outlive the loader. */
fer_status feri_loader_new(const struct feri_dataset *ds, const struct feri_loader_options *opt,
                           struct feri_loader **out, fer_error *err);
void feri_loader_free(struct feri_loader *l);
/** Batches of one epoch, of all ranks. */
size_t feri_loader_n_batches(const struct feri_loader *l);
/** Start epoch e (0, 1, ...) at batch 0. Drops all work in progress. */
fer_status feri_loader_start(struct feri_loader *l, uint64_t epoch, fer_error *err);
/** The next batch, valid until the following call. batch->n is 0 at the end of the epoch. With turns, it is also 0 for
 * a batch of which no picture could be read. */
fer_status feri_loader_next(struct feri_loader *l, struct feri_batch *batch, fer_error *err);
/** How many samples of each network class the batches of the current epoch have: counts[n_classes]. */
void feri_loader_class_counts(const struct feri_loader *l, size_t *counts);
/** The expected share of each network class in the target of a draw: shares[n_classes]. A class without samples counts
 * as half a sample. */
void feri_loader_class_shares(const struct feri_loader *l, double *shares);
/** Number of pictures left out because of skip_bad since the loader was created. */
size_t feri_loader_n_skipped(const struct feri_loader *l);
/** The sentence about one of them, "" before there is one. Not while batches are made. */
const char *feri_loader_skipped(const struct feri_loader *l);

#endif
