/* From a face in a picture to the crop that a classifier reads. A similarity transform (rotation, one scale, shift)
 * puts the eyes where the classifier expects them. If the landmarks cannot be trusted, it uses the face's box.
 *
 * The pixels are computed as in training. The pixels of the crop are turned upright at the picture's own resolution
 * (bilinear) and then resized to the crop's size by image/image.h. So an upright crop at whole pixels equals that
 * resize bit for bit, as long as it shrinks less than three times. Beyond that, squares of pixels are averaged first.
 * Outside the picture, the pixels of its edge are repeated. */
#ifndef FERI_VISION_ALIGN_H
#define FERI_VISION_ALIGN_H

#include "fer/face.h"
#include "fer/model.h"
#include "image/image.h"

#include <stdbool.h>

/* Where the face is in the crop. */
struct feri_align_geometry {
    fer_crop crop;  /* its box_ members are used without landmarks */
    float roll_max; /* the largest tilt of a head, in degrees, at which its landmarks are trusted */
    /* 0 to 1: the share of trusted eyes in place and scale; the box has the rest. The tilt comes from the eyes
     * alone. */
    float eyes;
};

/* The geometry of FER2013's crops, as fer_fit_crop() measures it with the built-in detector. It is for weights that
 * store no crop, and for measuring the quality of a face. */
extern const struct feri_align_geometry feri_align_usual;

/* From the crop to the picture, in pixels whose centres are at halves: x = x0 + a u - b v, y = y0 + b u + a v. */
struct feri_similarity {
    double a, b, x0, y0;
};

/* Memory that crops keep between calls. All zero at first. */
struct feri_aligner {
    struct feri_resizer resizer;
    uint8_t *patch, *row, *upright;
    uint32_t *sums;
    size_t patch_cap, row_cap, upright_cap, sums_cap;
};

/** Whether the landmarks can belong to this face: they are within its box grown by a quarter to each side, the eyes are
 * apart and tilted by at most roll_max, and the mouth is below them. */
bool feri_align_sure(const struct feri_align_geometry *g, const fer_face *f);

/** The transform for a crop of w x h: by the eyes if feri_align_sure(), otherwise by the box, upright. */
struct feri_similarity feri_align_map(const struct feri_align_geometry *g, const fer_face *f, size_t w, size_t h);

/** Fill out->data [out->h][out->w][out->c], which belongs to the caller; c is 1 (grey) or 3 (RGB). An invalid view, or
 * a face whose box is empty or not finite, is an error. Nothing is allocated once crops and scales of this size have
 * been made. */
fer_status feri_align_crop(struct feri_aligner *ws, const struct feri_align_geometry *g, const fer_view *v,
                           const fer_face *f, const struct feri_pixels *out, fer_error *err);
/** Like feri_align_crop(), with a transform from the caller. */
fer_status feri_align_warp(struct feri_aligner *ws, const fer_view *v, const struct feri_similarity *map,
                           const struct feri_pixels *out, fer_error *err);
void feri_aligner_free(struct feri_aligner *ws);

#endif
