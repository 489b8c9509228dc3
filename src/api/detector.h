/* What a detector handle holds. Other calls of this room that search for faces use it. */
#ifndef FERI_API_DETECTOR_H
#define FERI_API_DETECTOR_H

#include "base/pool.h"
#include "fer/detect.h"
#include "vision/finder.h"

#define FERI_TURNED_MAX 64

struct fer_detector {
    fer_model *model, *check; /* check NULL: finds are not looked at twice */
    struct feri_pool *pool;   /* its own pool, or borrowed */
    bool owns_pool;
    struct feri_finder *finder;
    fer_rotation rotate;
    fer_face turned[FERI_TURNED_MAX], look[FERI_TURNED_MAX]; /* finds in turned pictures */
};

/** Find faces as the detector's rotation says, and with FER_ROTATE_AUTO turned ones where none is sure upright. */
fer_status feri_detector_find(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                              fer_error *err);
/** Faces that do not stand upright, put among the n that do. A picture in which one is sure is left as it is. */
fer_status feri_detector_add_turned(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces, size_t *n,
                                    fer_error *err);
/** The degrees of a rotation that is not FER_ROTATE_AUTO; else 0. */
int feri_detector_turn(const fer_detector *d);
/** Whether a picture with these faces is to be looked at turned. */
bool feri_detector_doubts(const fer_detector *d, const fer_view *picture, size_t n, const fer_face *faces);

/** fer_detector_new() with the caller's pool (NULL: one of its own). */
fer_status feri_detector_new(const fer_detector_options *opt, struct feri_pool *pool, fer_detector **out,
                             fer_error *err);

#endif
