/**
 * @file fer/pipeline.h
 * From pixels to answers: detect, align, classify (fer_pipeline), and the same over time (fer_tracker).
 *
 * Thread safety: a fer_pipeline and the trackers made of it belong to one thread at a time; pipelines of several
 * threads may share a fer_model.
 *
 * Memory: a pipeline keeps what the largest picture needed, and the networks of the four sizes of pictures met last.
 * While sizes stay among these (a tracker that searches between frames takes one), nothing is allocated per call;
 * another size makes a network anew.
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
    fer_detector_options detector; /**< its threads are the pipeline's */
    const fer_model *model;        /**< must outlive the pipeline; NULL: the weights that ship with libfer */
    bool tta;                      /**< as in fer_session_options */
    unsigned threads;              /**< 0: one per processor */
    const char *isa;
} fer_pipeline_options;

/** opt NULL: all defaults. *out is freed by fer_pipeline_free(). */
FER_API fer_status fer_pipeline_new(const fer_pipeline_options *opt, fer_pipeline **out, fer_error *err);
FER_API void fer_pipeline_free(fer_pipeline *p);
FER_API const fer_model *fer_pipeline_model(const fer_pipeline *p);

/** Every face of a picture and its expression, the surest face first, at most max of them. */
FER_API fer_status fer_pipeline_run(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces,
                                    size_t *n_out, fer_error *err);

/** A picture that is one cropped face, as a model is trained on: its scores, and the whole picture as its box; its
 * points are NaN. */
FER_API fer_status fer_pipeline_read_whole(fer_pipeline *p, const fer_view *picture, fer_face *face, fer_error *err);

typedef struct fer_crop_fit {
    fer_crop crop;        /**< medians */
    size_t images, found; /**< crops looked at, and those in which a face was found */
} fer_crop_fit;

/** Find where faces stand in the crops of a data set (that a model was trained on), by the detector that will cut faces
 * out of pictures for it. Put the result into the model: load it anew with override.crop. detector NULL: all
 * defaults. */
FER_API fer_status fer_fit_crop(const fer_data_source *source, const fer_detector_options *detector, fer_crop_fit *out,
                                fer_error *err);

typedef struct fer_tracker_options {
    /** the whole picture is searched every so many frames, between them only around known faces; 0: 1 */
    unsigned detect_every;
    float smooth;   /**< seconds: time constant of the smoothed scores; 0: 0.5, negative: not smoothed */
    float patience; /**< seconds that a face may be hidden and keep its id; 0: 1 */
} fer_tracker_options;

/** p must outlive the tracker. *out is freed by fer_tracker_free(). */
FER_API fer_status fer_tracker_new(fer_pipeline *p, const fer_tracker_options *opt, fer_tracker **out, fer_error *err);
FER_API void fer_tracker_free(fer_tracker *t);

/** The faces of the frame that was taken at `seconds`, in the order of their ids. Of a time before the last frame's the
 * call is refused (FER_ERR_ARGUMENT), and the next one goes on as if it had not been made. */
FER_API fer_status fer_tracker_next(fer_tracker *t, const fer_view *frame, double seconds, size_t max, fer_face *faces,
                                    size_t *n_out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
