/**
 * @file fer/eval.h
 * Evaluate a model on labelled faces, and fit a temperature or a logit adjustment.
 *
 * Thread safety: every call may run in any thread, several at once with the same model.
 */
#ifndef FER_EVAL_H
#define FER_EVAL_H

#include "fer/augment.h"
#include "fer/data.h"
#include "fer/model.h"
#include "fer/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One image and its prediction. The strings and arrays are valid during the callback. */
typedef struct fer_eval_image {
    const char *file;     /**< its name in the data set */
    size_t label, answer; /**< true and predicted class, by the model's numbers */
    size_t n_classes;
    const float *scores;                 /**< [n_classes] probabilities */
    float valence, arousal;              /**< predicted, -1 to 1; NaN: the model does not predict them */
    float true_valence, true_arousal;    /**< NaN: not known */
    float sharpness, occlusion, quality; /**< as in fer_face */
} fer_eval_image;

typedef struct fer_eval_options {
    fer_data_source data;      /**< classes are matched with the model's by name */
    size_t batch;              /**< images that are computed at once; 0: 64 */
    unsigned threads;          /**< 0: one per processor */
    const char *isa;           /**< as in fer_session_options */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
    void (*image)(void *user, const fer_eval_image *image); /**< every image in the data set's order; NULL: none */
    void *image_user;
    bool tta;                    /**< as in fer_session_options */
    fer_degradation degradation; /**< of every image before it is predicted */
    size_t bootstrap;            /**< resamples for the intervals, at most 1000000; 0: no intervals */
    /** The processes that share the images; all make the same call and get the same result, that of one process. The
     * callbacks run on all of them. NULL: this process alone. */
    const fer_ranks *ranks;
} fer_eval_options;

typedef struct fer_class_metrics {
    const char *name;
    size_t support;               /**< images of this class */
    double precision, recall, f1; /**< 0 to 1; 0 where undefined */
} fer_class_metrics;

#define FER_CALIBRATION_BINS 15
#define FER_SELECTIONS       3

/** The images whose largest score is in (i / 15, (i + 1) / 15]. */
typedef struct fer_calibration_bin {
    size_t images;
    double confidence, accuracy; /**< means over these images; 0 without images */
} fer_calibration_bin;

/** The middle 95 % of a value over resamples of the images with replacement (percentile bootstrap, Efron 1979). */
typedef struct fer_interval {
    double low, high;
} fer_interval;

typedef struct fer_intervals {
    size_t resamples;
    fer_interval accuracy, mean_recall, macro_f1, ece;
    fer_interval *recall; /**< [n_classes], over the resamples that contain the class; 0 to 0: none does */
} fer_intervals;

/** Agreement between predicted and true valence or arousal. */
typedef struct fer_concordance {
    size_t images; /**< images with both; 0: there are none, and the rest is NaN */
    double ccc;    /**< Lin's concordance correlation coefficient, -1 to 1; NaN: all numbers are equal */
    double rmse;   /**< root mean squared error */
    double sagr;   /**< share of images with the same sign */
} fer_concordance;

typedef struct fer_evaluation {
    size_t images, skipped; /**< evaluated; left out as damaged */
    size_t n_classes;
    double accuracy;              /**< 0 to 1 */
    double loss;                  /**< mean cross-entropy, natural logarithm */
    double mean_recall, macro_f1; /**< means over the classes that occur */
    fer_class_metrics *per_class; /**< [n_classes] */
    size_t *confusion;            /**< [n_classes][n_classes] images: row true class, column predicted class */
    double brier;                 /**< mean sum over the classes of (score - target)^2, 0 to 2 (Brier 1950) */
    double ece; /**< expected calibration error: mean |confidence - accuracy| of an image's bin (Guo et al. 2017) */
    fer_calibration_bin bins[FER_CALIBRATION_BINS];
    fer_intervals *intervals; /**< NULL: not requested */
    fer_concordance valence, arousal;
    /** Accuracy over the FER_SELECTIONS surest shares of the images: 50, 70 and 90 %, rounded up */
    double selective[FER_SELECTIONS];
    /** area under the risk-coverage curve: mean, over n = 1, 2, ... images, of the error rate of the n surest (Geifman
     * and El-Yaniv 2017). Where scores are equal, the mean over all orders counts, in both figures */
    double aurc;
    /** Accuracy over the same shares of the images, those with the largest quality (fer_face) */
    double by_quality[FER_SELECTIONS];
} fer_evaluation;

/** The caller frees *out with fer_evaluation_free(), before it frees the model: the class names belong to the model.
 * FER_ERR_STOPPED: the progress callback returned false. */
FER_API fer_status fer_evaluate(const fer_model *m, const fer_eval_options *opt, fer_evaluation **out, fer_error *err);
FER_API void fer_evaluation_free(fer_evaluation *e);

/** A temperature and its effect. Loss and ECE are those of fer_evaluation. */
typedef struct fer_calibration {
    size_t images, skipped;
    double temperature, loss, ece;                      /**< with the fitted temperature */
    double temperature_before, loss_before, ece_before; /**< with the model's own */
} fer_calibration;

/** Fit the temperature with the least cross-entropy on labelled faces. Use images that the model is neither trained nor
 * tested on. The model stays as it is: fer_model_with() makes the calibrated one. tta and bootstrap of the
 * options are not used. FER_ERR_NUMERIC: no temperature from 0.001 to 1000 is best. */
FER_API fer_status fer_calibrate(const fer_model *m, const fer_eval_options *opt, fer_calibration *out, fer_error *err);

/** A temperature and a doubt (fer_model_doubt()), and their effect on pictures of every degradation. */
typedef struct fer_quality_calibration {
    size_t images, skipped; /**< of the data set; each counts once in each degradation */
    double temperature, doubt;
    double temperature_before, doubt_before;
    double ece_before[FER_DEGRADATIONS]; /**< of the model as it was, by fer_degradation */
    /** Cross-fitted: of each image with what was fitted to the other half of the images. The halves are drawn by a hash
     * of the images' names */
    double ece[FER_DEGRADATIONS];
} fer_quality_calibration;

/**
 * Fit, with the least cross-entropy, a temperature and how much less sure scores are for faces of low quality. Every
 * image is used as it is and in each fixed degradation; the degraded ones weigh as much together as the others. Use
 * images that the model is neither trained nor tested on. tta, bootstrap and degradation of the options are not used.
 * The predicted class of an image stays the same. *calibrated is the model with both numbers; the caller frees it with
 * fer_model_free(). FER_ERR_NUMERIC: no temperature from 0.001 to 1000 is best.
 */
FER_API fer_status fer_calibrate_by_quality(const fer_model *m, const fer_eval_options *opt,
                                            fer_quality_calibration *out, fer_model **calibrated, fer_error *err);

/**
 * Post-hoc logit adjustment (Menon et al. 2021): make a copy of a model that divides the probability of class k by
 * share(k)^tau and normalises. share(k) is the class's share of a data set, which should be the model's training set;
 * of FER+ it is the share of the votes, and source->protocol is not used. tau is 0 to 10. With tau 1 the scores are
 * those of equally frequent classes; a smaller tau is between that and the shares that the model learned. The
 * classifier's bias changes, so the adjustment takes no time. The caller frees *out with fer_model_free().
 */
FER_API fer_status fer_adjust_logits(const fer_model *m, const fer_data_source *source, double tau, fer_model **out,
                                     fer_error *err);

/**
 * Make a copy of a model for pictures with other class shares than those that its scores assume: the probability of
 * each class is divided by the one, multiplied by the other, and normalised. prior is "uniform", "ferplus" (the shares
 * of FER+'s votes) or the path of a CSV table with the columns class and share; a class without a row has no share.
 * Weights of fer_train() and fer_adjust_logits() say what they assume; other weights are taken for FER+'s. The caller
 * frees *out with fer_model_free(). FER_ERR_ARGUMENT: a class of such weights is none of FER+'s.
 */
FER_API fer_status fer_assume_prior(const fer_model *m, const char *prior, fer_model **out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
