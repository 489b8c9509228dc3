/* From a face found in a picture to the crop that a classifier reads: a similarity transform (rotation, one scale,
 * shift) that puts the eyes where the classifier expects them, or the face's box where the landmarks are not to be
 * trusted.
 *
 * Pixels come as the training's come: what lies under the crop is turned upright at the picture's own resolution
 * (bilinear) and brought to the crop's size by the resize of image/image.h. So an upright crop at whole pixels is that
 * resize to the bit, as long as it is less than three times smaller; beyond that, squares of pixels are averaged first.
 * Pixels beyond the picture's edge are those on it. */
#ifndef FERI_VISION_ALIGN_H
#define FERI_VISION_ALIGN_H

#include "fer/face.h"
#include "fer/model.h"
#include "image/image.h"

#include <stdbool.h>

/* Where the face stands in the crop. */
struct feri_align_geometry {
    fer_crop crop;  /* its box_ members: without landmarks */
    float roll_max; /* degrees that a head may be tilted for its landmarks to be trusted */
    /* 0 to 1: what trusted eyes say of place and scale counts by this share, the box by the rest; the tilt is theirs
     * alone */
    float eyes;
};

/* From the crop to the picture, in pixels whose centres are at halves: x = x0 + a u - b v, y = y0 + b u + a v. */
struct feri_similarity {
    double a, b, x0, y0;
};

/* What crops keep from call to call. All zero at first. */
struct feri_aligner {
    struct feri_resizer resizer;
    uint8_t *patch, *row, *upright;
    uint32_t *sums;
    size_t patch_cap, row_cap, upright_cap, sums_cap;
};

/** Whether the landmarks can be those of this face: within its box grown by a quarter to each side, the eyes apart and
 * not tilted beyond roll_max, the mouth below them. */
bool feri_align_sure(const struct feri_align_geometry *g, const fer_face *f);

/** The transform of a crop of w x h: by the eyes when feri_align_sure(), else by the box, upright. */
struct feri_similarity feri_align_map(const struct feri_align_geometry *g, const fer_face *f, size_t w, size_t h);

/** Fill out->data [out->h][out->w][out->c], c 1 (grey) or 3 (RGB), the caller's. Refused: a view with faults, a face
 * whose box is empty or not a number. Nothing is allocated once crops and scales as large have been made. */
fer_status feri_align_crop(struct feri_aligner *ws, const struct feri_align_geometry *g, const fer_view *v,
                           const fer_face *f, const struct feri_pixels *out, fer_error *err);
/** feri_align_crop() with a transform of the caller's. */
fer_status feri_align_warp(struct feri_aligner *ws, const fer_view *v, const struct feri_similarity *map,
                           const struct feri_pixels *out, fer_error *err);
void feri_aligner_free(struct feri_aligner *ws);

#endif
