/**
 * @file fer/detect.h
 * Where the faces are: an anchor-free convolutional detector (boxes, confidence, five landmarks), its training and its
 * measure.
 *
 * Thread safety: a fer_detector belongs to one thread at a time.
 */
#ifndef FER_DETECT_H
#define FER_DETECT_H

#include "fer/face.h"
#include "fer/options.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_detector fer_detector;

typedef struct fer_detector_options {
    const char *weights; /**< .safetensors; NULL: those built into the library */
    float threshold;     /**< least confidence of a face; 0: the one stored with the weights */
    /** pixels: width of the smallest face looked for; 0: 10. Twice as large takes a quarter of the time */
    float smallest;
    size_t longest;   /**< the picture is never looked at larger than this many pixels on its longer side; 0: 2048 */
    unsigned threads; /**< 0: one per processor */
    const char *isa;  /**< as in fer_session_options */
} fer_detector_options;

/** opt NULL: all defaults. *out is freed by fer_detector_free(). */
FER_API fer_status fer_detector_new(const fer_detector_options *opt, fer_detector **out, fer_error *err);
FER_API void fer_detector_free(fer_detector *d);

/** The faces of a picture, the surest first, at most max of them; no face is no error. Scores and ids are left 0.
 * Memory grows to what the largest picture needs and stays. */
FER_API fer_status fer_detector_find(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces,
                                     size_t *n_out, fer_error *err);

/* ---- measure ---- */

#define FER_FACE_SIZES 4 /**< faces at least 14, 24, 32 and 48 pixels wide */

typedef struct fer_detector_eval_options {
    fer_detector_options detector; /**< its threshold is not used */
    float iou;                     /**< least overlap of a hit; 0: 0.4 */
    float threshold;     /**< least confidence of a find that counts; 0: the least with at most `false_alarms` */
    size_t false_alarms; /**< 0: 13 */
} fer_detector_eval_options;

typedef struct fer_detector_eval {
    size_t images, faces, hits, false_alarms;
    size_t faces_of_size[FER_FACE_SIZES];
    double sizes[FER_FACE_SIZES];  /**< 14, 24, 32, 48: least widths */
    double recall[FER_FACE_SIZES]; /**< NaN: no face is so wide */
    double precision;              /**< NaN: nothing was found */
    double average_precision;      /**< of all finds, whatever the threshold */
    double threshold, iou;
} fer_detector_eval;

/** Find the faces of a data set's pictures and compare: a directory, tar or zip with faces.csv, images/ and perhaps
 * ignore.csv (docs/file-formats.md). opt NULL: all defaults. */
FER_API fer_status fer_evaluate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_eval *out,
                                         fer_error *err);

/* ---- training ---- */

/** Start from fer_detector_train_defaults(). */
typedef struct fer_detector_train_options {
    const char *model;      /**< "face-s" */
    const char *data, *val; /**< as for fer_evaluate_detector(); val NULL: none */
    const char *out;        /**< directory of this run, made if missing */
    /** cropped faces, any data set that fer/data.h reads, cut as FER2013's: more faces to paste; NULL: none */
    const char *crops;
    const char *init; /**< weights to start from; NULL: random */
    size_t epochs;
    size_t canvases; /**< composed pictures of an epoch */
    size_t size;     /**< their height and width, a multiple of 32 */
    size_t batch;
    float lr, weight_decay, ema;
    uint64_t seed;
    unsigned threads; /**< 0: one per processor */
    const char *isa;
    bool resume; /**< go on from <out>/last.safetensors */
} fer_detector_train_options;

FER_API fer_detector_train_options fer_detector_train_defaults(void);

/** Every option, in the order of help: fer/options.h. */
FER_API fer_option_table fer_detector_train_table(void);

typedef struct fer_detector_epoch {
    size_t epoch;              /**< counts from 0 */
    double score, box, points; /**< losses, of a cell that speaks for a face */
    fer_detector_eval val;     /**< images 0: no validation */
    bool best;                 /**< best average precision so far */
    double canvases_per_second;
} fer_detector_epoch;

typedef struct fer_detector_train_events {
    void *user;
    /** After every batch; return false to stop (FER_ERR_STOPPED). NULL: none. */
    fer_progress_fn *progress;
    void (*epoch)(void *user, const fer_detector_epoch *e);
    fer_line_fn *note;
} fer_detector_train_events;

/** Train on canvases composed of the data set's pictures. Writes log.csv, last.safetensors (checkpoint),
 * best.safetensors (of the best average precision on val) and final.safetensors into opt->out, each atomically.
 * Interrupted and resumed it gives the same bits. */
FER_API fer_status fer_train_detector(const fer_detector_train_options *opt, const fer_detector_train_events *events,
                                      fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
