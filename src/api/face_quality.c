/* What a face's picture says about itself. */
#include "api/face_quality.h"

#include "api/pipeline.h"
#include "image/view.h"
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

fer_status feri_quality_of_whole(struct feri_resizer *r, const struct feri_pixels *picture, struct feri_quality *out,
                                 fer_error *err)
{
    uint8_t sized[SIDE * SIDE * 3], grey[SIDE];
    struct feri_pixels crop = {SIDE, SIDE, picture->c, sized};
    fer_status st = feri_resizer_run(r, picture, &crop, err);
    if (st != FER_OK) return st;
    fer_view v = feri_view_of(&crop);
    for (size_t y = 0; picture->c > 1 && y < SIDE; y++) { /* a row of grey ends before the next row of colour begins */
        const uint8_t *row = feri_view_row(&v, 0, y, SIDE, 1, grey);
        for (size_t x = 0; x < SIDE; x++) sized[y * SIDE + x] = row[x];
    }
    *out = feri_quality_of(sized);
    return FER_OK;
}

fer_status feri_pipeline_measure_whole(fer_pipeline *p, const struct feri_pixels *picture, fer_face *f, fer_error *err)
{
    struct feri_quality q;
    fer_status st = feri_quality_of_whole(&p->resizer, picture, &q, err);
    if (st == FER_OK) set(f, &q);
    return st;
}
