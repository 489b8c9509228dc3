/**
 * @file fer/train.h
 * Train a model on labelled faces: one call, with callbacks for its progress.
 *
 * Thread safety: fer_train() may run in any thread, and several runs at once if their directories differ. All callbacks
 * run in the thread that called it.
 */
#ifndef FER_TRAIN_H
#define FER_TRAIN_H

#include "fer/base.h"
#include "fer/eval.h"
#include "fer/options.h"
#include "fer/ranks.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fer_optimizer { FER_ADAMW, FER_SGD } fer_optimizer;
typedef enum fer_schedule { FER_CONSTANT, FER_COSINE, FER_ONE_CYCLE } fer_schedule;

/** Start from fer_train_defaults(). The strings and arrays belong to the caller and must outlive fer_train(). */
typedef struct fer_train_options {
    const char *model; /**< registry name */
    /** Training set. The path may be a list, "PATH[:PROTOCOL][:WEIGHT],...": an epoch draws each image of a set as
     * often as its weight says (1), and a protocol there replaces this one. The classes are the first set's. */
    fer_data_source data;
    /** Validation set; path NULL: none. Only path, split and protocol may be set: everything else is taken from data */
    fer_data_source val;
    const char *out;        /**< directory of this run, created if missing */
    size_t input;           /**< height and width in pixels; 0: the model's own */
    size_t channels;        /**< 1 or 3; 0: the model's own */
    const char *preprocess; /**< one of fer_preprocess_names(); NULL: the model's own */

    size_t epochs, batch;
    float oversample; /**< images drawn per epoch as a multiple of the set, all classes equally likely; 0: each image
                         once */
    fer_optimizer optimizer;
    float lr, weight_decay, momentum, beta1, beta2, eps;
    bool nesterov;
    bool decay_all; /**< weight decay on norms, biases and slopes too */
    fer_schedule schedule;
    float warmup;   /**< epochs of linear warm-up, may be a fraction */
    float lr_final; /**< learning rate at the end of a cosine or one-cycle schedule, as a fraction of lr */
    float clip;     /**< largest global norm of the gradient; 0: off */
    float ema;      /**< decay of the moving average of the weights; 0: off */
    float label_smoothing;
    float dropout;      /**< -1: as the model defines it; 0: none */
    float drop_path;    /**< stochastic depth: probability that the deepest residual branch is skipped; 0: never */
    float mixup;        /**< mix pairs of images with weights from Beta(mixup, mixup); 0: off */
    float cutmix;       /**< CutMix: the same with boxes of the images. With both, each batch uses one; 0: off */
    float logit_adjust; /**< add this factor times log(class share) to the logits in the training loss; 0: off */
    float sam;          /**< sharpness-aware minimisation: radius of the first step of each pair; 0: off */
    fer_augment_options augment;

    const char *init;          /**< weights to start from; tensors that fit are loaded; NULL: random */
    const char *const *freeze; /**< [n_freeze] shell patterns, such as "vgg.*", of parameters that stay as they are */
    size_t n_freeze;
    bool resume; /**< continue from the last checkpoint in out */
    uint64_t seed;
    unsigned threads;          /**< 0: one per processor */
    unsigned workers;          /**< threads that decode and augment; 0: 1 */
    const char *isa;           /**< as in fer_session_options */
    const char *teacher;       /**< weights of trained models, separated by commas, to distil from; NULL: none */
    float distill_weight;      /**< share of the teachers in the loss */
    float distill_temperature; /**< divides the logits of student and teachers */
    bool distill_mirror;       /**< teachers answer the mirror image too, and the mean of both counts */
    /** A picture's augmentation comes again after so many epochs, without degrade's part, and teachers answer each view
     * once; 0: new in every epoch. Not with mixup and cutmix. */
    size_t views;
    bool valence_arousal; /**< learn valence and arousal too, from the images that have them */
    float va_weight;      /**< weight of their loss, (1 - CCC) + MSE, relative to that of the classes */
    /** Probability that an augmented image is blurred, darkened, shrunk, compressed or partly covered. Teachers see the
     * image without that. */
    float degrade;
    /** The processes that train together, each with a part of every batch; all make the same call, and the result has
     * the bits that one process would give. Rank 0 writes the files. NULL: this process alone. */
    const fer_ranks *ranks;
} fer_train_options;

FER_API fer_train_options fer_train_defaults(void);

/** A row for every option, in the order of `fer train --help`. */
FER_API fer_option_table fer_train_table(void);

typedef struct fer_train_epoch {
    size_t epoch;          /**< counts from 0 */
    double loss, accuracy; /**< on the augmented training images; a mixed one has the label of its larger share */
    double val_loss, val_accuracy; /**< NaN: no validation */
    double lr;                     /**< at the end of the epoch */
    double images_per_second;
    double waiting; /**< share of the training time spent waiting for data, 0 to 1 */
    bool best;      /**< best validation accuracy so far */
    double val_ccc_valence,
        val_ccc_arousal; /**< concordance correlation; NaN: no validation, or the model lacks them */
} fer_train_epoch;

/** NULL for each callback that is not wanted. */
typedef struct fer_train_events {
    void *user;                /**< passed to every callback */
    fer_progress_fn *progress; /**< after every batch */
    void (*epoch)(void *user, const fer_train_epoch *e);
    fer_line_fn *note; /**< what was loaded, skipped or resumed */
} fer_train_events;

/**
 * Train. The options determine the result, except for threads and workers: a run that was interrupted at any moment and
 * resumed gives the same bits as one that was not. Each file in opt->out appears only when it is complete:
 *
 * | file              | content                                                                                     |
 * |-------------------|---------------------------------------------------------------------------------------------|
 * | config.json       | every option, digests of the data, the number of parameters, the machine, start and time    |
 * | log.csv           | one row per epoch: Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s                |
 * | last.safetensors  | checkpoint after every epoch: weights, moving average, optimiser state, position            |
 * | best.safetensors  | the model (averaged weights with ema) of the best validation accuracy, for fer_model_load() |
 * | final.safetensors | the model after the last epoch                                                              |
 *
 * events NULL: none. FER_ERR_STOPPED: the progress callback returned false; the last epoch's checkpoint stays.
 */
FER_API fer_status fer_train(const fer_train_options *opt, const fer_train_events *events, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
