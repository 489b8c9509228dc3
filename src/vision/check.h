/* A second look at what a detector found. A detector sees a picture once, with few channels, and takes round things,
 * hands and animals for faces; a small classifier (models/check.c) that sees one find in its surroundings, always
 * equally large, knows better. Confidence is what both say: the logit of the detector and that of the classifier,
 * added. As cascades of Viola and Jones (2001) and Zhang et al. (2016) do, it costs time only where something was
 * found. */
#ifndef FERI_VISION_CHECK_H
#define FERI_VISION_CHECK_H

#include "base/pool.h"
#include "fer/face.h"
#include "models/model.h"

/* The classifier's logit counts up to this: it doubts more than it confirms. So finds whose logit is further below the
 * threshold's are not looked at. */
#define FERI_CHECK_MOST 1.5f

/* The classifier's input: the square around a find. */
#define FERI_CHECK_SIDE     48
#define FERI_CHECK_CHANNELS 3
#define FERI_CHECK_SIZE     (FERI_CHECK_SIDE * FERI_CHECK_SIDE * FERI_CHECK_CHANNELS)

#define FERI_CHECK_GREY 127.5f /* what lies beyond the picture */

/* What a detector saw: its input, as bytes. A copy as floats in the network's own memory would be four times as large,
 * and the networks' other values could not take its place. */
struct feri_check_picture {
    const uint8_t *pixels; /* [h][w][FERI_CHECK_CHANNELS] */
    size_t h, w;
    float scale; /* from the faces' coordinates to the picture's */
};

/* Room for a row of the picture, at first {0}. The caller frees row. */
struct feri_cutter {
    float *row;
    size_t cap;
};

/** The square around a face, twice its longer side wide: out [FERI_CHECK_SIDE][FERI_CHECK_SIDE][FERI_CHECK_CHANNELS],
 * from 0 to 255. What lies beyond the picture is FERI_CHECK_GREY. */
fer_status feri_check_cut(struct feri_cutter *c, const struct feri_check_picture *p, const fer_face *f, float *out,
                          fer_error *err);

/** Whether a check can read what a detector sees. */
bool feri_check_fits(const fer_model *detector);

struct feri_check;

/** m has two classes, the second of them faces, and outlives the check. pool is borrowed; NULL: one thread. */
fer_status feri_check_new(const fer_model *m, const struct feri_kernels *k, struct feri_pool *pool,
                          struct feri_check **out, fer_error *err);
void feri_check_free(struct feri_check *c);

/** Change the confidence of the n faces, and put them in its order. */
fer_status feri_check_faces(struct feri_check *c, const struct feri_check_picture *p, size_t n, fer_face *faces,
                            fer_error *err);

#endif
