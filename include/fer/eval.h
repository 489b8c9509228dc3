/**
 * @file fer/eval.h
 * Evaluation of a model on labelled faces.
 */
#ifndef FER_EVAL_H
#define FER_EVAL_H

#include "fer/augment.h"
#include "fer/data.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One image and what the model made of it; everything is borrowed for the call. */
typedef struct fer_eval_image {
    const char *file;     /**< its name in the data set */
    size_t label, answer; /**< classes of the model */
    size_t n_classes;
    const float *scores;              /**< [n_classes], probabilities */
    float valence, arousal;           /**< what the model tells, -1 to 1; NaN: it tells none */
    float true_valence, true_arousal; /**< NaN: not known */
} fer_eval_image;

typedef struct fer_eval_options {
    fer_data_source data;
    size_t batch;              /**< 0: 64 */
    unsigned threads;          /**< 0: one per processor */
    const char *isa;           /**< NULL: auto */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
    void (*image)(void *user, const fer_eval_image *image); /**< NULL: none; every image in the order of the data set */
    void *image_user;
    bool tta; /**< the mean of the scores of an image and of its mirror image */
    fer_degradation degradation;
    size_t bootstrap; /**< resamples for the intervals, at most 1000000; 0: no intervals */
} fer_eval_options;

typedef struct fer_class_metrics {
    const char *name;
    size_t support;               /**< images of this class */
    double precision, recall, f1; /**< 0 where undefined */
} fer_class_metrics;

#define FER_CALIBRATION_BINS 15

/** Images whose greatest score lies in (i / 15, (i + 1) / 15]. */
typedef struct fer_calibration_bin {
    size_t images;
    double confidence, accuracy; /**< means over its images, 0 without any */
} fer_calibration_bin;

/** The middle 95 % of a figure's values over resamples of the images, with replacement (percentile bootstrap, Efron
 * 1979). */
typedef struct fer_interval {
    double low, high;
} fer_interval;

typedef struct fer_intervals {
    size_t resamples;
    fer_interval accuracy, mean_recall, macro_f1, ece;
    fer_interval *recall; /**< [n_classes], over the resamples in which the class occurs; 0 to 0 where it never does */
} fer_intervals;

/** Agreement of predicted with true valence or arousal. */
typedef struct fer_concordance {
    size_t images; /**< that have it; 0: none has, or the model has not, and the rest is NaN */
    double ccc;    /**< Lin's concordance correlation coefficient, -1 to 1; NaN where all numbers are the same */
    double rmse;   /**< root mean squared error */
    double sagr;   /**< share of the same sign */
} fer_concordance;

typedef struct fer_evaluation {
    size_t images, skipped;
    size_t n_classes;
    double accuracy, loss;
    double mean_recall, macro_f1; /**< over the classes that occur */
    fer_class_metrics *per_class; /**< [n_classes] */
    size_t *confusion;            /**< [n_classes][n_classes], row truth, column answer */
    double brier;                 /**< mean of sum over classes (score - truth)^2, 0 to 2 (Brier 1950) */
    double ece; /**< expected calibration error: mean of |confidence - accuracy| of an image's bin (Guo et al. 2017) */
    fer_calibration_bin bins[FER_CALIBRATION_BINS];
    fer_intervals *intervals;         /**< NULL: not asked for */
    fer_concordance valence, arousal; /**< of the images that have them, by a model that has them */
} fer_evaluation;

/** *out is freed by fer_evaluation_free(); class names live as long as the model. Classes are matched by name. */
FER_API fer_status fer_evaluate(const fer_model *m, const fer_eval_options *opt, fer_evaluation **out, fer_error *err);
FER_API void fer_evaluation_free(fer_evaluation *e);

/** A temperature and what it changes; losses and ECE as in fer_evaluation. */
typedef struct fer_calibration {
    size_t images, skipped;
    double temperature, loss, ece;                      /**< the one fitted */
    double temperature_before, loss_before, ece_before; /**< the model's own */
} fer_calibration;

/** Fit the temperature that minimises the cross-entropy on labelled faces, which should be none the model was trained
 * or is tested on. The model is left as it is: load it anew with override.temperature. */
FER_API fer_status fer_calibrate(const fer_model *m, const fer_eval_options *opt, fer_calibration *out, fer_error *err);

/** Post-hoc logit adjustment (Menon et al. 2021): a model of m's description whose probability of class k is m's
 * divided by share(k)^tau, and normalised; share(k) is that of the class in a data set, which should be the training
 * set (of FER+, in its votes). tau 0 to 10; 1: scores as where all classes are equally frequent, less: between that and
 * the shares the model learned. The classifier's bias takes it, so it costs nothing. source->protocol is not used. *out
 * is freed by fer_model_free(). */
FER_API fer_status fer_adjust_logits(const fer_model *m, const fer_data_source *source, double tau, fer_model **out,
                                     fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
