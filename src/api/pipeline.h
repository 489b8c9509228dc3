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
    uint8_t *sized;     /* the same pixels in the model's size, RGB or grey */
    uint8_t *crop;      /* one crop in the model's format */
    float *scores, *va; /* [batch_max][...] */
};

/** Classify the expressions of n faces of a picture. */
fer_status feri_pipeline_classify(fer_pipeline *p, const fer_view *picture, size_t n, fer_face *faces, fer_error *err);

#endif
