/* What a pipeline holds, for the tracker that stands on it. */
#ifndef FERI_API_PIPELINE_H
#define FERI_API_PIPELINE_H

#include "api/detector.h"
#include "api/session.h"
#include "fer/pipeline.h"
#include "vision/align.h"

struct fer_pipeline {
    fer_model *own_model; /* NULL: the caller's is used */
    const fer_model *model;
    fer_session *session;
    fer_detector *detector;
    struct feri_align_geometry geometry;
    struct feri_aligner aligner;
    struct feri_resizer resizer; /* of pictures that are a face as they are */
    uint8_t *whole;              /* such a picture's pixels */
    size_t whole_cap;
    uint8_t *sized;     /* the same in the model's size, RGB or grey */
    uint8_t *crop;      /* one, as the model sees it */
    float *scores, *va; /* [batch_max][...] */
};

/** Read the expressions of n faces of a picture. */
fer_status feri_pipeline_classify(fer_pipeline *p, const fer_view *picture, size_t n, fer_face *faces, fer_error *err);

#endif
