/* A working detector: it turns a picture of any size into the network's input and the output into faces. It keeps the
 * networks of the most recent sizes.
 */
#ifndef FERI_VISION_FINDER_H
#define FERI_VISION_FINDER_H

#include "base/pool.h"
#include "fer/face.h"
#include "models/model.h"
#include "vision/check.h"
#include "vision/found.h"

/* in pixels: width of the smallest face that the networks are trained to find */
#define FERI_FINDER_LEAST 10.0f

/* in pixels: the default for the longer side at which a picture is searched */
#define FERI_FINDER_LONGEST 2048
#define FERI_FINDER_SAME    0.4f /* IoU from which two detections are one face */
/* smallest confidence of detections that count in the average precision; calibrated, so far below that of networks that
 * are not */
#define FERI_FINDER_EVERY 1e-4f

#define FERI_FINDER_FILLING 0.7f

struct feri_finder_options {
    float threshold;
    /* width of the smallest face to find, in pixels of the picture; the picture is scaled so that it has LEAST
     * pixels */
    float smallest;
    size_t longest; /* the largest longer side of the input; 0: no limit */
    /* looks at each find once more (vision/check.h), fits the detector, outlives the finder; or NULL */
    const fer_model *check;
    const struct feri_kernels *kernels; /* NULL: the best this processor has */
    struct feri_pool *pool;             /* borrowed, NULL: one thread */
};

struct feri_finder;

/** m must be a detector and outlive the finder. */
fer_status feri_finder_new(const fer_model *m, const struct feri_finder_options *opt, struct feri_finder **out,
                           fer_error *err);
void feri_finder_free(struct feri_finder *f);
/** Degrees clockwise, a multiple of 45, by which pictures are turned before the network sees them; 0 at first. Faces
 * are mapped back. */
void feri_finder_set_turn(struct feri_finder *f, int degrees);
float feri_finder_threshold(const struct feri_finder *f);
void feri_finder_set_threshold(struct feri_finder *f, float threshold);
/** Find the faces of a whole picture, ordered by confidence. faces has room for max. Nothing is allocated once a size
 * is known.
 */
fer_status feri_finder_find(struct feri_finder *f, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            fer_error *err);
/** Find the face that fills much of a picture, such as a face crop. The picture is scaled down and gets a margin, so
 * that the face is no larger than the faces of the training. found is false if there is none. The confidence may be
 * lower than the threshold, down to FERI_FINDER_FILLING times it. */
fer_status feri_finder_find_filling(struct feri_finder *f, const fer_view *picture, fer_face *out, bool *found,
                                    fer_error *err);
/** feri_finder_find() in a picture turned by so many degrees and brought into a square of at most `side` pixels, a
 * multiple of 32: one network for all turns, and for all pictures but small ones. */
fer_status feri_finder_find_turned(struct feri_finder *f, const fer_view *picture, int degrees, size_t side, size_t max,
                                   fer_face *faces, size_t *n_out, fer_error *err);
/** The face of a picture that lies where `around` does, looked for in its surroundings alone; *found false: there is
 * none. */
fer_status feri_finder_find_around(struct feri_finder *f, const fer_view *picture, const fer_face *around,
                                   fer_face *out, bool *found, fer_error *err);

#endif
