/**
 * @file fer/detect.h
 * Face detection: an anchor-free convolutional detector (box, confidence and five landmarks of each face), its
 * evaluation and its training.
 *
 * Thread safety: a fer_detector belongs to one thread at a time. After fork() the child may use and free it, as
 * fer/base.h says.
 */
#ifndef FER_DETECT_H
#define FER_DETECT_H

#include "fer/face.h"
#include "fer/options.h"
#include "fer/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_detector fer_detector;

/** How faces stand in pictures: degrees clockwise by which a picture is turned before the detector looks at it. */
typedef enum fer_rotation {
    FER_ROTATE_0,
    FER_ROTATE_90,
    FER_ROTATE_180,
    FER_ROTATE_270,
    /** upright; if no face is found for sure, turned by multiples of 45 degrees too. A picture without a face then
     * takes about four times as long */
    FER_ROTATE_AUTO
} fer_rotation;

typedef struct fer_detector_options {
    const char *weights; /**< .safetensors; NULL: the weights built into the library */
    float threshold;     /**< least confidence of a face; 0: the one stored with the weights */
    float smallest;   /**< pixels: width of the smallest face to find; 0: 10. Twice that takes a quarter of the time */
    size_t longest;   /**< pixels: a picture whose longer side is longer is reduced to this first; 0: 2048 */
    unsigned threads; /**< 0: one per processor */
    const char *isa;  /**< as in fer_session_options */
    fer_rotation rotate; /**< 0: FER_ROTATE_0; the command line uses FER_ROTATE_AUTO */
    /** weights of the classifier (check-s) that looks at each find once more: .safetensors; NULL: those built in;
     * "none": finds are not looked at again, which is somewhat faster where there are many faces, and gives more false
     * alarms */
    const char *check;
} fer_detector_options;

/** What 0 stands for; weights and threshold stay NULL and 0. */
FER_API fer_detector_options fer_detector_defaults(void);

/** opt NULL: all defaults. The caller frees *out with fer_detector_free(). */
FER_API fer_status fer_detector_new(const fer_detector_options *opt, fer_detector **out, fer_error *err);
FER_API void fer_detector_free(fer_detector *d);

/** Find the faces of a picture. faces [max] receives at most max of them, in order of decreasing confidence, and *n_out
 * their number; scores and ids are 0. A picture without faces is not an error. The detector keeps buffers for the
 * largest picture so far. */
FER_API fer_status fer_detector_find(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces,
                                     size_t *n_out, fer_error *err);

/* ---- evaluation ---- */

#define FER_FACE_SIZES 4 /**< faces at least 14, 24, 32 and 48 pixels wide */

typedef struct fer_detector_eval_options {
    fer_detector_options detector; /**< its threshold is not used */
    float iou;                     /**< least overlap (intersection over union) of a hit; 0: 0.4 */
    float threshold;     /**< least confidence of a detection that counts; 0: the least with at most false_alarms */
    size_t false_alarms; /**< 0: 13 */
    /** The processes that share the pictures; all make the same call and get the same result, that of one process.
     * NULL: this process alone. */
    const fer_ranks *ranks;
} fer_detector_eval_options;

/** What 0 stands for; the threshold stays 0. */
FER_API fer_detector_eval_options fer_detector_eval_defaults(void);

typedef struct fer_detector_eval {
    size_t images, faces, hits, false_alarms;
    size_t faces_of_size[FER_FACE_SIZES];
    double sizes[FER_FACE_SIZES];  /**< least widths in pixels: 14, 24, 32, 48 */
    double recall[FER_FACE_SIZES]; /**< of the faces of each size; NaN: there is none */
    double precision;              /**< NaN: nothing was detected */
    double average_precision;      /**< of all detections, whatever the threshold */
    /** expected calibration error (ten bins) of the surest detections, twice as many as faces: 0 if of those at 0.9
     * nine of ten are faces */
    double calibration_error;
    double threshold, iou; /**< those that were used */
} fer_detector_eval;

/** Compare the detections with the faces of a data set: a directory, tar or zip with faces.csv, images/ and optionally
 * ignore.csv (docs/file-formats.md). opt NULL: all defaults. */
FER_API fer_status fer_evaluate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_eval *out,
                                         fer_error *err);

typedef struct fer_detector_calibration {
    size_t detections, hits;    /**< that were counted, those that are faces */
    double scale, shift;        /**< a confidence p becomes sigmoid(scale logit(p) + shift) */
    double error_before, error; /**< expected calibration errors */
} fer_detector_calibration;

/** Fit scale and shift to the surest detections in a data set, twice as many as it has faces (Platt 1999);
 * fer_model_with() applies them. FER_ERR_FORMAT: no detection is wrong, or none is right. opt NULL: all defaults; of
 * the options detector, iou and ranks are used. */
FER_API fer_status fer_calibrate_detector(const char *data, const fer_detector_eval_options *opt,
                                          fer_detector_calibration *out, fer_error *err);

/* ---- training ---- */

/** Start from fer_detector_train_defaults(). */
typedef struct fer_detector_train_options {
    const char *model; /**< "face-s" */
    /** training sets as for fer_evaluate_detector(): "PATH[:WEIGHT],...". A picture of a set of weight 0.5 is drawn
     * half as often as one of weight 1, the default */
    const char *data;
    const char *val; /**< validation set; NULL: none */
    const char *out; /**< directory of this run, created if missing */
    /** cropped faces to paste in addition, cut like FER2013's: any data set that fer/data.h reads; NULL: none */
    const char *crops;
    const char *init; /**< weights to start from; NULL: random */
    size_t epochs;
    size_t canvases; /**< composed pictures per epoch */
    size_t size;     /**< their height and width in pixels, a multiple of 32 */
    size_t batch;    /**< canvases per step */
    float lr, weight_decay, ema;
    uint64_t seed;
    unsigned threads;       /**< 0: one per processor */
    const char *isa;        /**< as in fer_session_options */
    bool resume;            /**< continue from OUT/last.safetensors */
    const fer_ranks *ranks; /**< as in fer_train_options */
} fer_detector_train_options;

FER_API fer_detector_train_options fer_detector_train_defaults(void);

/** A row for every option, in the order of `fer train-detector --help`. */
FER_API fer_option_table fer_detector_train_table(void);

typedef struct fer_detector_epoch {
    size_t epoch;              /**< counts from 0 */
    double score, box, points; /**< losses per cell that represents a face */
    fer_detector_eval val;     /**< images 0: no validation */
    bool best;                 /**< best average precision so far */
    double canvases_per_second;
} fer_detector_epoch;

/** NULL for each callback that is not wanted. All run in the thread that called fer_train_detector(). */
typedef struct fer_detector_train_events {
    void *user;                /**< passed to every callback */
    fer_progress_fn *progress; /**< after every batch; its images are canvases */
    void (*epoch)(void *user, const fer_detector_epoch *e);
    fer_line_fn *note; /**< what was loaded, skipped or resumed */
} fer_detector_train_events;

/**
 * Train on canvases that are composed from the data set's pictures. A run that was interrupted and resumed gives the
 * same bits as one that was not. Each file in opt->out appears only when it is complete:
 *
 * | file              | content                                                    |
 * |-------------------|------------------------------------------------------------|
 * | log.csv           | one row per epoch                                          |
 * | last.safetensors  | checkpoint after every epoch                               |
 * | best.safetensors  | weights with the best average precision on validation data |
 * | final.safetensors | weights after the last epoch                               |
 *
 * events NULL: none. FER_ERR_STOPPED: the progress callback returned false; the last epoch's checkpoint stays.
 */
FER_API fer_status fer_train_detector(const fer_detector_train_options *opt, const fer_detector_train_events *events,
                                      fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
