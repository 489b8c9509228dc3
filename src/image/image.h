/* Pixels without networks: float images for preprocessing and augmentation. */
#ifndef FERI_IMAGE_IMAGE_H
#define FERI_IMAGE_IMAGE_H

#include "base/rng.h"
#include "fer/augment.h"
#include "formats/pixels.h"

#include <stdbool.h>

/** Resize 8-bit pixels (c channels) to w x h. Shrinking uses area averaging (an antialiased triangle filter, like
 * Pillow's BILINEAR); growing is bilinear with half-pixel centres. dst has room for w * h * c. Deterministic. The
 * function allocates its own scratch, so it returns a status. */
fer_status feri_image_resize(const struct feri_pixels *src, size_t w, size_t h, struct feri_pixels *out,
                             fer_error *err);

/* Along one axis, output i reads count[i] inputs, beginning with first[i], with weights weight[i * most ...]. */
struct feri_filter {
    size_t in, out, most;
    size_t *first, *count;
    uint32_t *weight;
    size_t first_cap, count_cap, weight_cap;
};

/* Memory that a resize keeps for the next one. All zero at first. */
struct feri_resizer {
    struct feri_filter across, down;
    uint8_t *wide;
    uint32_t *sums;
    size_t wide_cap, sums_cap;
};

/** Like feri_image_resize(), to the size of `out`, whose data [h][w][src->c] belongs to the caller. It stops allocating
 * once it has seen sizes as large. */
fer_status feri_resizer_run(struct feri_resizer *r, const struct feri_pixels *src, const struct feri_pixels *out,
                            fer_error *err);
void feri_resizer_free(struct feri_resizer *r);

/** Grey <-> RGB. to_grey uses the ITU-R BT.601 weights (299, 587, 114) / 1000, rounded. */
fer_status feri_image_convert(const struct feri_pixels *src, size_t c, struct feri_pixels *out, fer_error *err);

/* How pixel values become network input. This is part of a model's metadata. */
struct feri_preprocess {
    float scale;           /* x = value * scale, 1/255 or 1 */
    float mean[3], std[3]; /* then (x - mean[ch]) / std[ch]; grey uses [0] */
};
/** What fer_preprocess_names() returns. */
extern const char *const feri_preprocess_words[];
/** Find a preprocessing by its name, see fer_preprocess_names(). With one channel, the three means and stds are
 * averaged to one. An unknown name is FER_ERR_ARGUMENT; the message lists the known names. */
fer_status feri_preprocess_find(const char *name, size_t channels, struct feri_preprocess *out, fer_error *err);
/** dst[h][w][c] from 8-bit pixels of the same size and channels. */
void feri_preprocess_apply(const struct feri_preprocess *p, const struct feri_pixels *px, float *dst);
/** px->data from what feri_preprocess_apply() made of them. */
void feri_preprocess_undo(const struct feri_preprocess *p, const float *src, const struct feri_pixels *px);
/** The same in place, for n pixels of c channels that are already floats from 0 to 255. */
void feri_preprocess_scale(const struct feri_preprocess *p, size_t n, size_t c, float *x);

/** Mirror left to right, in place: x is [rows][w][c]. */
void feri_mirror(size_t rows, size_t w, size_t c, float *x);

/** Apply one geometric warp from src to w x h, then the colour steps. The warp combines flip, crop, shift, zoom and
 * rotation into one affine map; it is bilinear, and edge pixels are replicated. A random resized crop has an aspect
 * ratio of 3/4 to 4/3. An erased rectangle covers 2 % to 20 % of the area and has an aspect ratio of 0.3 to 3.3. out is
 * a new image of w x h x src->c. The same rng state gives the same image. */
fer_status feri_augment_apply(const fer_augment_options *a, struct feri_rng *rng, const struct feri_pixels *src,
                              size_t w, size_t h, struct feri_pixels *out, fer_error *err);

#endif
