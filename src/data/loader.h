/* Batches made ahead of the compute by worker threads: decode, augment, resize, preprocess. The content of a batch
 * depends on the options, the epoch and its number alone, never on the threads. */
#ifndef FERI_DATA_LOADER_H
#define FERI_DATA_LOADER_H

#include "data/dataset.h"
#include "data/mix.h"
#include "image/degrade.h"
#include "image/image.h"

struct feri_loader_options {
    size_t h, w, c; /* network input; c 1 or 3 */
    size_t batch;
    unsigned workers; /* threads that prepare, 0: 1 */
    struct feri_preprocess preprocess;
    fer_augment_options augment; /* all zero for evaluation */
    struct feri_mix mix;         /* likewise */
    float degrade;   /* likewise: probability that an augmented image is made worse (feri_degrade_randomly()) */
    bool keep_clean; /* hand the images out as they were before that, too */
    fer_degradation degradation; /* of the pictures before all else; FER_DEGRADE_NONE when training */
    bool shuffle;
    /* > 0: an epoch draws oversample * size samples with replacement, each class equally likely; 0: every sample once
     */
    float oversample;
    bool drop_last; /* leave out a last batch that is not full */
    bool skip_bad;  /* a picture that cannot be decoded is left out of its batch and counted; else it is an error */
    uint64_t seed;
    /* Map dataset class -> network class (n_classes entries), NULL: identity. */
    const size_t *class_map;
    size_t n_classes; /* of the network: width of targets */
};

struct feri_batch {
    size_t n;              /* samples in this batch, <= options.batch */
    const float *images;   /* [n][h][w][c] */
    const float *clean;    /* the same images before they were made worse; NULL without keep_clean */
    const float *targets;  /* [n][n_classes], distribution */
    const size_t *labels;  /* [n] hard labels, network classes; mixed: of the larger share */
    const size_t *indices; /* [n] sample numbers in the data set */
    double lambda; /* share of sample i in what is mixed of it and n - 1 - i (data/mix.h); 1: nothing is mixed */
};

struct feri_loader;

/** ds must outlive the loader. */
fer_status feri_loader_new(const struct feri_dataset *ds, const struct feri_loader_options *opt,
                           struct feri_loader **out, fer_error *err);
void feri_loader_free(struct feri_loader *l);
/** Batches of one epoch. */
size_t feri_loader_n_batches(const struct feri_loader *l);
/** Start epoch e (0, 1, ...) at batch 0; anything under way is dropped. */
fer_status feri_loader_start(struct feri_loader *l, uint64_t epoch, fer_error *err);
/** The next batch, valid until the following call; batch->n is 0 at the end of the epoch. */
fer_status feri_loader_next(struct feri_loader *l, struct feri_batch *batch, fer_error *err);
/** How many samples of the started epoch's batches each network class has: counts[n_classes]. */
void feri_loader_class_counts(const struct feri_loader *l, size_t *counts);
/** The share each network class is expected to have in a draw's target: shares[n_classes]. A class without samples has
 * half a sample's. */
void feri_loader_class_shares(const struct feri_loader *l, double *shares);
/** Pictures left out because of skip_bad since the loader was made. */
size_t feri_loader_n_skipped(const struct feri_loader *l);

#endif
