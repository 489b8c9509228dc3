/**
 * @file fer/pipeline.h
 * From pixels to expressions: detect, align and classify faces (fer_pipeline), and track them over time (fer_tracker).
 *
 * Thread safety: a pipeline and its trackers belong to one thread at a time. Pipelines of several threads may share one
 * fer_model. After fork() the child may use and free them, as fer/base.h says.
 *
 * Memory: a pipeline keeps buffers for the largest picture so far, and a detector network for each of the six picture
 * sizes used last, or fewer: together they are for at most 1.5 longest^2 pixels (fer_detector_options), by default 85
 * MB. As long as the sizes stay among those, a call allocates nothing; another size makes a new network. A tracker that
 * searches around known faces between frames uses one of the six for that. Looking at turned pictures (FER_ROTATE_AUTO)
 * uses one of them, too.
 */
#ifndef FER_PIPELINE_H
#define FER_PIPELINE_H

#include "fer/data.h"
#include "fer/detect.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_pipeline fer_pipeline;
typedef struct fer_tracker fer_tracker;

typedef struct fer_pipeline_options {
    fer_detector_options detector; /**< its threads are not used */
    const fer_model *model;        /**< must outlive the pipeline; NULL: the weights that ship with libfer */
    bool tta;                      /**< as in fer_session_options */
    unsigned threads;              /**< 0: one per processor */
    const char *isa;               /**< as in fer_session_options */
} fer_pipeline_options;

/** opt NULL: all defaults. The caller frees *out with fer_pipeline_free(). */
FER_API fer_status fer_pipeline_new(const fer_pipeline_options *opt, fer_pipeline **out, fer_error *err);
FER_API void fer_pipeline_free(fer_pipeline *p);
/** The model in use. It belongs to the pipeline, or to the caller who passed it in. */
FER_API const fer_model *fer_pipeline_model(const fer_pipeline *p);

/** Find the faces of a picture and classify each. faces [max] receives at most max of them, in order of decreasing
 * confidence, and *n_out their number. A picture without faces is not an error. */
FER_API fer_status fer_pipeline_run(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces,
                                    size_t *n_out, fer_error *err);

/** Classify a picture that is one cropped face, like those that models are trained on. The face's box is the whole
 * picture, and its points are NaN. */
FER_API fer_status fer_pipeline_read_whole(fer_pipeline *p, const fer_view *picture, fer_face *face, fer_error *err);

/** fer_pipeline_run() for pictures that may also be one cropped face. It looks for faces of any size first. If one face
 * fills a picture of at most FER_WHOLE_SIDE pixels, or a larger one in which the detector is not sure of any face,
 * the picture is classified as by fer_pipeline_read_whole(), and *whole is true. A picture in which nothing looks like
 * a face has none. */
FER_API fer_status fer_pipeline_run_auto(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces,
                                         size_t *n_out, bool *whole, fer_error *err);
#define FER_WHOLE_SIDE 100

/** What to look for in a picture: what these functions look for. */
typedef enum fer_look {
    FER_LOOK_FACES, /**< fer_pipeline_run() */
    FER_LOOK_WHOLE, /**< fer_pipeline_read_whole() */
    FER_LOOK_AUTO   /**< fer_pipeline_run_auto() */
} fer_look;

/** One of several pictures, and what was found in it. */
typedef struct fer_pipeline_item {
    fer_view picture;
    fer_look look;
    size_t max;
    fer_face *faces; /**< [max], receives the faces */
    size_t n;        /**< receives their number */
    bool whole;      /**< receives whether the picture itself was classified as one face */
    fer_error error; /**< receives why it failed; its status is FER_OK if it did not */
} fer_pipeline_item;

/** Look at several pictures and classify all their faces together, in fewer and larger batches. Each result has the
 * same bits as that of the function for a single picture; a picture that fails does not disturb the others. All views
 * must stay valid until the call returns. FER_ERR_ARGUMENT: a pointer is NULL. */
FER_API fer_status fer_pipeline_run_many(fer_pipeline *p, size_t n, fer_pipeline_item *items, fer_error *err);

/** Let calls end early: stop is called now and then, in the thread of the call, before a search for faces and before
 * each batch of faces that is classified. If it returns true, the call returns FER_ERR_STOPPED. NULL: never. Trackers
 * of the pipeline ask too; one that was stopped amid a frame may have seen it, and is best freed. */
FER_API void fer_pipeline_set_stop(fer_pipeline *p, bool (*stop)(void *user), void *user);

typedef struct fer_crop_fit {
    fer_crop crop;        /**< medians */
    size_t images, found; /**< crops examined, and crops in which a face was found */
} fer_crop_fit;

/** Measure where faces stand in the crops of a data set, usually the training set of a model. Use the detector that
 * will find faces for that model, and store the result with fer_model_with(). detector NULL: all defaults.
 * FER_ERR_FORMAT: too few faces were found. */
FER_API fer_status fer_fit_crop(const fer_data_source *source, const fer_detector_options *detector, fer_crop_fit *out,
                                fer_error *err);

typedef struct fer_tracker_options {
    /** search the whole picture in one of this many frames, and only around known faces in the others; 0: 1 */
    unsigned detect_every;
    float smooth;   /**< seconds: time constant of the smoothed scores; 0: 0.5; negative: no smoothing */
    float patience; /**< seconds that a face may be hidden and keep its id; 0: 1 */
} fer_tracker_options;

/** What 0 stands for. */
FER_API fer_tracker_options fer_tracker_defaults(void);

/** p must outlive the tracker. opt NULL: all defaults. The caller frees *out with fer_tracker_free(). */
FER_API fer_status fer_tracker_new(fer_pipeline *p, const fer_tracker_options *opt, fer_tracker **out, fer_error *err);
FER_API void fer_tracker_free(fer_tracker *t);

/** Find and classify the faces of the next frame. After a cut to another scene a face keeps its id only if it looks the
 * same; others are new, and their smoothed scores begin with this frame. `seconds` is the time at which it was taken.
 * faces [max] receives at most max of them, in the order of their ids, and *n_out their number. The tracker rejects a
 * timestamp before that of the last frame (FER_ERR_ARGUMENT) and keeps its state. */
FER_API fer_status fer_tracker_next(fer_tracker *t, const fer_view *frame, double seconds, size_t max, fer_face *faces,
                                    size_t *n_out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
