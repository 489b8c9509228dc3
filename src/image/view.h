/* Pixels that stay the caller's (fer_view): what may be wrong with them, and the ways out of them into our own pixels.
 *
 * YUV is ITU-R BT.601 in its limited range (Y 16 to 235, Cb and Cr 16 to 240): what cameras and most videos give. Its
 * luma is the grey of feri_image_convert(), so grey is read off Y alone. A chroma sample holds for its two by two
 * pixels. */
#ifndef FERI_IMAGE_VIEW_H
#define FERI_IMAGE_VIEW_H

#include "fer/face.h"
#include "formats/pixels.h"

#include <stdbool.h>

struct feri_rect {
    size_t x, y, w, h;
};

/** FER_OK, or what is wrong: no format, no or too many pixels, a plane that is NULL, a stride shorter than its row. */
fer_status feri_view_check(const fer_view *v, fer_error *err);
/** 1 of a grey view, 3 of all others. */
size_t feri_view_channels(const fer_view *v);
fer_view feri_view_of(const struct feri_pixels *px);
/** A rectangle within the view, as a view. Of YUV it begins at even places: then the part starts up to one pixel
 * further left and up, and is as much larger. */
fer_view feri_view_part(const fer_view *v, struct feri_rect r);

/** n pixels of row y from x on, c (1 grey, 3 RGB) samples each: in the view itself where it has that format, else put
 * into scratch [n * c]. */
const uint8_t *feri_view_row(const fer_view *v, size_t x, size_t y, size_t n, size_t c, uint8_t *scratch);
/** A rectangle within the view as new pixels of c channels. */
fer_status feri_view_pixels(const fer_view *v, struct feri_rect r, size_t c, struct feri_pixels *out, fer_error *err);

/* Where a reduced picture goes: c samples a pixel, rows `stride` samples apart, as bytes or, where that is NULL, as
 * floats of 0 to 255. */
struct feri_raster {
    size_t w, h, c, stride;
    uint8_t *bytes;
    float *floats;
};

/* Along one axis, output i takes count[i] inputs from first[i] on, weighted by weight[i * most ...]. */
struct feri_shrink_axis {
    double extent;
    size_t in, out, most;
    size_t *first, *count;
    float *weight;
    size_t first_cap, count_cap, weight_cap;
};

/* What feri_view_shrink() keeps from call to call. All zero at first. */
struct feri_shrink {
    struct feri_shrink_axis axis[4]; /* x and y; of chroma */
    float *row;
    size_t row_cap;
};

/** The whole view in the raster's size: the mean of the area under each pixel where it shrinks, linear interpolation
 * where it grows. YUV is reduced before it becomes RGB. Nothing is allocated once sizes have been seen. */
fer_status feri_view_shrink(const fer_view *v, const struct feri_raster *out, struct feri_shrink *ws, fer_error *err);
void feri_shrink_free(struct feri_shrink *ws);

/** Red, green and blue from luma and chroma, one pixel of the formula above. */
void feri_yuv_rgb(int y, int cb, int cr, uint8_t *rgb);
/** Grey from luma. */
uint8_t feri_yuv_grey(int y);

#endif
