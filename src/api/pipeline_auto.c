/* Pictures that may show a scene with faces, or one cropped face. */
#include "api/pipeline.h"
#include "base/error.h"

static fer_status take_whole(fer_pipeline *p, const fer_view *picture, fer_face *face, size_t *n_out, bool *whole,
                             fer_error *err)
{
    fer_status st = fer_pipeline_read_whole(p, picture, face, err);
    *whole = st == FER_OK;
    *n_out = st == FER_OK ? 1 : 0;
    return st;
}

/* Data sets of expressions consist of small crops. A small picture that a face fills is classified whole, as in
 * training. */
static fer_status run_small(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            bool *whole, fer_error *err)
{
    fer_face face;
    bool fills;
    fer_status st = feri_finder_find_filling(p->detector->finder, picture, &face, &fills, err);
    if (st != FER_OK) return st;
    return fills && max > 0 ? take_whole(p, picture, faces, n_out, whole, err)
                            : fer_pipeline_run(p, picture, max, faces, n_out, err);
}

static fer_status add_turned(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                             fer_error *err)
{
    fer_status st = feri_detector_add_turned(p->detector, picture, max, faces, n_out, err);
    if (st == FER_OK) st = feri_pipeline_classify(p, picture, *n_out, faces, err);
    if (st != FER_OK) *n_out = 0;
    return st;
}

/* A face larger than those of the training is missed at the picture's own size. */
static fer_status run_large(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            bool *whole, fer_error *err)
{
    fer_face face;
    bool fills = false;
    feri_finder_set_turn(p->detector->finder, feri_detector_turn(p->detector));
    fer_status st = feri_finder_find(p->detector->finder, picture, max, faces, n_out, err);
    feri_finder_set_turn(p->detector->finder, 0);
    if (st != FER_OK || max == 0) return st;
    if (*n_out > 0) return add_turned(p, picture, max, faces, n_out, err);
    st = feri_finder_find_filling(p->detector->finder, picture, &face, &fills, err);
    if (st != FER_OK) return st;
    if (!fills) return add_turned(p, picture, max, faces, n_out, err);
    if (face.confidence < feri_finder_threshold(p->detector->finder))
        return take_whole(p, picture, faces, n_out, whole, err);
    faces[0] = face;
    if ((st = feri_pipeline_classify(p, picture, 1, faces, err)) == FER_OK) *n_out = 1;
    return st;
}

fer_status fer_pipeline_run_auto(fer_pipeline *p, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                                 bool *whole, fer_error *err)
{
    if (!p || !picture || !n_out || !whole || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_pipeline_run_auto: pipeline, picture, faces, n_out and whole must not be NULL");
    *n_out = 0;
    *whole = false;
    bool small = picture->width <= FER_WHOLE_SIDE && picture->height <= FER_WHOLE_SIDE;
    return (small ? run_small : run_large)(p, picture, max, faces, n_out, whole, err);
}
