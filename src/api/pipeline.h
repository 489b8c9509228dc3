/* The parts of a pipeline, for the tracker that uses it. */
#ifndef FERI_API_PIPELINE_H
#define FERI_API_PIPELINE_H

#include "api/detector.h"
#include "api/session.h"
#include "fer/pipeline.h"
#include "vision/align.h"

struct fer_pipeline {
    fer_model *own_model; /* NULL: the caller passes its own detector */
    const fer_model *model;
    fer_session *session;
    fer_detector *detector;
    struct feri_align_geometry geometry;
    struct feri_aligner aligner;
    struct feri_resizer resizer; /* for pictures that are used whole as one face */
    uint8_t *whole;              /* pixels of such a picture */
    size_t whole_cap;
    uint8_t *sized;           /* the same pixels in the model's size, RGB or grey */
    uint8_t *crop;            /* one crop in the model's format */
    float *scores, *va;       /* [batch_max][...] */
    bool (*stop)(void *user); /* NULL: never */
    void *stop_user;
};

#define FERI_PIPELINE_BATCH 8 /* faces that are classified together */

/** FER_ERR_STOPPED if the caller's function asks for it. */
fer_status feri_pipeline_go_on(const fer_pipeline *p, fer_error *err);

/** Find the faces of a picture as item->look says; they are not classified yet. */
fer_status feri_pipeline_find(fer_pipeline *p, fer_pipeline_item *item, fer_error *err);

/** Classify the faces of those of n items whose error.status is FER_OK, in batches across items. */
fer_status feri_pipeline_classify(fer_pipeline *p, size_t n, const fer_pipeline_item *items, fer_error *err);

/** Set what a face's picture says about itself: pose, size, sharpness, occlusion, quality. */
fer_status feri_pipeline_measure(fer_pipeline *p, const fer_view *picture, fer_face *f, fer_error *err);
/** The same for a picture that is one cropped face. Its pose stays as it is. */
fer_status feri_pipeline_measure_whole(fer_pipeline *p, const struct feri_pixels *picture, fer_face *f, fer_error *err);

#endif
