/* Where the faces of a picture are. It may show a scene with faces, or one cropped face. */
#include "api/pipeline.h"
#include "base/error.h"
#include "image/view.h"
#include "vision/pose.h"

#include <math.h>

static fer_face whole_face(const fer_view *v)
{
    fer_face f = {.width = (float)v->width, .height = (float)v->height, .confidence = 1, .seen = true};
    f.yaw = f.pitch = f.roll = NAN;
    /* nobody searched for faces */
    for (size_t i = 0; i < FER_FACE_POINTS; i++) f.points[i][0] = f.points[i][1] = NAN;
    return f;
}

static fer_status take_whole(fer_pipeline_item *item, fer_error *err)
{
    fer_status st = feri_view_check(&item->picture, err);
    if (st != FER_OK) return st;
    item->faces[0] = whole_face(&item->picture);
    item->whole = true;
    item->n = 1;
    return FER_OK;
}

/* The picture whole, with the pose of the face that was seen in it. */
static fer_status take_filled(fer_pipeline_item *item, fer_face *seen, fer_error *err)
{
    fer_status st = take_whole(item, err);
    if (st != FER_OK) return st;
    feri_pose_of(seen);
    item->faces[0].yaw = seen->yaw;
    item->faces[0].pitch = seen->pitch;
    item->faces[0].roll = seen->roll;
    return FER_OK;
}

/* Data sets of expressions consist of small crops. A small picture that a face fills is classified whole, as in
 * training. */
static fer_status find_small(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    fer_face face;
    bool fills;
    fer_status st = feri_finder_find_filling(p->detector->finder, &item->picture, &face, &fills, err);
    if (st != FER_OK) return st;
    return fills && item->max > 0
               ? take_filled(item, &face, err)
               : feri_detector_find(p->detector, &item->picture, item->max, item->faces, &item->n, err);
}

static fer_status add_turned(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    return feri_detector_add_turned(p->detector, &item->picture, item->max, item->faces, &item->n, err);
}

/* A face larger than those of the training is missed at the picture's own size. */
static fer_status find_large(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    fer_face face;
    bool fills = false;
    struct feri_finder *finder = p->detector->finder;
    feri_finder_set_turn(finder, feri_detector_turn(p->detector));
    fer_status st = feri_finder_find(finder, &item->picture, item->max, item->faces, &item->n, err);
    feri_finder_set_turn(finder, 0);
    if (st != FER_OK || item->max == 0) return st;
    if (item->n > 0) return add_turned(p, item, err);
    st = feri_finder_find_filling(finder, &item->picture, &face, &fills, err);
    if (st != FER_OK) return st;
    if (!fills) return add_turned(p, item, err);
    if (face.confidence < feri_finder_threshold(finder)) return take_filled(item, &face, err);
    item->faces[0] = face;
    item->n = 1;
    return FER_OK;
}

static fer_status find_auto(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    const fer_view *v = &item->picture;
    bool small = v->width <= FER_WHOLE_SIDE && v->height <= FER_WHOLE_SIDE;
    return (small ? find_small : find_large)(p, item, err);
}

fer_status feri_pipeline_find(fer_pipeline *p, fer_pipeline_item *item, fer_error *err)
{
    fer_status st = feri_pipeline_go_on(p, err);
    if (st != FER_OK) return st;
    switch (item->look) {
    case FER_LOOK_FACES: return feri_detector_find(p->detector, &item->picture, item->max, item->faces, &item->n, err);
    case FER_LOOK_WHOLE: return item->max > 0 ? take_whole(item, err) : feri_view_check(&item->picture, err);
    case FER_LOOK_AUTO: return find_auto(p, item, err);
    }
    return feri_fail(err, FER_ERR_ARGUMENT, "a look of %d: expected one of fer_look", (int)item->look);
}
