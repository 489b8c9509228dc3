/* Pixels that belong to the caller (fer_view): checks of a view, and conversions from it to our own pixels.
 *
 * YUV is ITU-R BT.601 in its limited range (Y 16 to 235, Cb and Cr 16 to 240), as cameras and most videos deliver it.
 * Its luma equals the grey of feri_image_convert(), so grey is read from Y alone. A chroma sample belongs to its two by
 * two pixels. */
#ifndef FERI_IMAGE_VIEW_H
#define FERI_IMAGE_VIEW_H

#include "fer/face.h"
#include "formats/pixels.h"
#include "image/image.h"

#include <stdbool.h>

struct feri_rect {
    size_t x, y, w, h;
};

/** FER_OK, or an error: no format, no or too many pixels, a plane that is NULL, a stride shorter than its row. */
fer_status feri_view_check(const fer_view *v, fer_error *err);
/** 1 for a grey view, 3 for all others. */
size_t feri_view_channels(const fer_view *v);
fer_view feri_view_of(const struct feri_pixels *px);
/** A rectangle within the view, as a view. In YUV it begins at even positions: the part may start up to one pixel
 * further left and up, and is larger by the same amount. */
fer_view feri_view_part(const fer_view *v, struct feri_rect r);

/** n pixels of row y from x on, with c samples each (1 grey, 3 RGB). The result points into the view if it has that
 * format, otherwise into scratch [n * c]. */
const uint8_t *feri_view_row(const fer_view *v, size_t x, size_t y, size_t n, size_t c, uint8_t *scratch);
/** Copy a rectangle within the view to new pixels of c channels. */
fer_status feri_view_pixels(const fer_view *v, struct feri_rect r, size_t c, struct feri_pixels *out, fer_error *err);

/* The destination of a reduced picture: c samples per pixel, rows `stride` samples apart. The samples are bytes, floats
 * from 0 to 255, or both; NULL: not wanted. */
struct feri_raster {
    size_t w, h, c, stride;
    uint8_t *bytes;
    float *floats;
    const struct feri_preprocess *preprocess; /* makes the floats network input; NULL: they stay as they are */
};

/* Along one axis, output i reads count[i] inputs, beginning with first[i], with weights weight[i * most ...]. */
struct feri_shrink_axis {
    double extent;
    size_t in, out, most;
    size_t *first, *count;
    float *weight;
    size_t first_cap, count_cap, weight_cap;
};

/* Memory that feri_view_shrink() keeps between calls. All zero at first. */
struct feri_shrink {
    struct feri_shrink_axis axis[4]; /* x and y; x and y of chroma */
    float *row;
    size_t row_cap;
};

/** Convert the whole view to the raster's size: area means where it shrinks, linear interpolation where it grows. YUV
 * is reduced before it becomes RGB. Nothing is allocated once the sizes have been seen. */
fer_status feri_view_shrink(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws, fer_error *err);
void feri_shrink_free(struct feri_shrink *ws);

/** Red, green and blue of one pixel from luma and chroma, by the formula above. */
void feri_yuv_rgb(int y, int cb, int cr, uint8_t *rgb);
/** Grey from luma. */
uint8_t feri_yuv_grey(int y);

#endif
