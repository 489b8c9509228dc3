/**
 * @file fer/train.h
 * Training on labelled faces: one call, progress by callbacks.
 */
#ifndef FER_TRAIN_H
#define FER_TRAIN_H

#include "fer/base.h"
#include "fer/eval.h"
#include "fer/options.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fer_optimizer { FER_ADAMW, FER_SGD } fer_optimizer;
typedef enum fer_schedule { FER_CONSTANT, FER_COSINE, FER_ONE_CYCLE } fer_schedule;

/** Start from fer_train_defaults(). */
typedef struct fer_train_options {
    const char *model;    /**< registry name */
    fer_data_source data; /**< training set */
    fer_data_source
        val; /**< validation set, path NULL: none; only its path, split and protocol are used, the rest is data's */
    const char *out;        /**< directory of this run, made if missing */
    size_t input;           /**< height and width, 0: the model's own */
    size_t channels;        /**< 0: the model's own */
    const char *preprocess; /**< NULL: the model's default */

    size_t epochs, batch;
    float oversample; /**< draws per epoch as a multiple of the set's size, classes equally likely; 0: plain shuffle */
    fer_optimizer optimizer;
    float lr, weight_decay, momentum, beta1, beta2, eps;
    bool nesterov;
    bool decay_all; /**< weight decay on norms, biases and slopes too */
    fer_schedule schedule;
    float warmup;   /**< epochs of linear warm-up, may be fractional */
    float lr_final; /**< fraction of lr at the end of a cosine or one-cycle schedule */
    float clip;     /**< largest global gradient norm, 0: off */
    float ema;      /**< decay of the moving average of the weights, 0: off */
    float label_smoothing;
    float dropout;   /**< < 0: as the model says; 0: none */
    float drop_path; /**< stochastic depth: how often the deepest residual branch is left out, 0: never */
    float mixup;     /**< mixup: batches are blended in pairs, lambda ~ Beta(mixup, mixup); 0: off */
    float cutmix;    /**< CutMix: likewise, by a box; with both each batch takes one. 0: off */
    /** logit adjustment: tau log(class share) is added to the logits in the training loss; 0: off */
    float logit_adjust;
    float sam; /**< sharpness-aware minimisation: radius of the climb before the gradient is taken; 0: off */
    fer_augment_options augment;

    const char *init;          /**< weights to start from (what fits is loaded), NULL: random */
    const char *const *freeze; /**< n_freeze patterns (shell wildcards) of parameter names that stay as they are */
    size_t n_freeze;
    bool resume; /**< go on from the last checkpoint in out */
    uint64_t seed;
    unsigned threads; /**< 0: one per processor */
    unsigned workers; /**< threads that decode and augment, 0: 1 */
    const char *isa;  /**< NULL: auto */
    /** weights of trained models, separated by commas, whose answers are learned too; NULL: none */
    const char *teacher;
    float distill_weight;      /**< share of the teachers in the loss */
    float distill_temperature; /**< divides the logits of student and teachers */
    bool valence_arousal;      /**< learn valence and arousal too, where the images have them */
    float va_weight;           /**< of their loss, (1 - CCC) + MSE, beside that of the classes */
    /** probability that an augmented image is blurred, darkened, shrunk, compressed or covered; teachers see it as it
     * was */
    float degrade;
} fer_train_options;

FER_API fer_train_options fer_train_defaults(void);

/** Every option, in the order of help: fer/options.h. */
FER_API fer_option_table fer_train_table(void);

typedef struct fer_train_epoch {
    size_t epoch;
    double loss,
        accuracy; /**< over the training images as seen, augmented; mixed ones count for the larger share's label */
    double val_loss, val_accuracy; /**< NaN without validation */
    double lr;                     /**< at the end of the epoch */
    double images_per_second;
    double waiting;                          /**< share of the training time spent waiting for data */
    bool best;                               /**< best validation accuracy so far */
    double val_ccc_valence, val_ccc_arousal; /**< NaN without them or without validation */
} fer_train_epoch;

typedef struct fer_train_events {
    void *user;
    /** After every batch; return false to stop (FER_ERR_STOPPED; the last epoch's checkpoint stays). NULL: none. */
    fer_progress_fn *progress;
    void (*epoch)(void *user, const fer_train_epoch *e);
    fer_line_fn *note; /**< what was loaded, skipped, resumed */
} fer_train_events;

/**
 * Train. Writes into opt->out, each file atomically:
 *   config.json        every option, so that the run can be repeated; digests of the data, parameters, machine, start
 * and time spent log.csv            Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s last.safetensors
 * checkpoint after every epoch: weights, moving average, optimiser state, position best.safetensors   model (averaged
 * weights if ema) of the best validation accuracy, ready for fer_model_load() final.safetensors  model after the last
 * epoch A run is determined by its options but threads and workers; interrupted at any moment and resumed it gives the
 * same bits.
 */
FER_API fer_status fer_train(const fer_train_options *opt, const fer_train_events *events, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
