/* What a detector handle holds, for the calls of this room that look for faces themselves. */
#ifndef FERI_API_DETECTOR_H
#define FERI_API_DETECTOR_H

#include "base/pool.h"
#include "fer/detect.h"
#include "vision/finder.h"

struct fer_detector {
    fer_model *model;
    struct feri_pool *pool; /* own, or borrowed */
    bool owns_pool;
    struct feri_finder *finder;
};

/** fer_detector_new() with the caller's pool (NULL: one of its own). */
fer_status feri_detector_new(const fer_detector_options *opt, struct feri_pool *pool, fer_detector **out,
                             fer_error *err);

#endif
