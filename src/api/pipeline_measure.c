/* What a face's picture says about itself. */
#include "api/face_quality.h"
#include "api/pipeline.h"
#include "vision/pose.h"

#include <math.h>

#define SIDE FERI_QUALITY_SIDE

static void set(fer_face *f, const struct feri_quality *q)
{
    f->size = sqrtf(f->width * f->height);
    f->sharpness = q->sharpness;
    f->occlusion = q->occlusion;
    f->quality = q->quality;
}

fer_status feri_pipeline_measure(fer_pipeline *p, const fer_view *picture, fer_face *f, fer_error *err)
{
    uint8_t grey[SIDE * SIDE];
    struct feri_pixels crop = {SIDE, SIDE, 1, grey};
    fer_status st = feri_align_crop(&p->aligner, &feri_align_usual, picture, f, &crop, err);
    if (st != FER_OK) return st;
    struct feri_quality q = feri_quality_of(grey);
    set(f, &q);
    feri_pose_of(f);
    return FER_OK;
}

fer_status feri_pipeline_measure_whole(fer_pipeline *p, const struct feri_pixels *picture, fer_face *f, fer_error *err)
{
    struct feri_quality q;
    fer_status st = feri_quality_of_whole(&p->resizer, picture, &q, err);
    if (st == FER_OK) set(f, &q);
    return st;
}
