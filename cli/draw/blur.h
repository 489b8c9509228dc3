/* Faces made unrecognisable. Each is replaced by a mosaic of a few flat squares, so that what was there cannot be
 * computed from what is left. Needs no cairo. */
#ifndef FER_DRAW_BLUR_H
#define FER_DRAW_BLUR_H

#include "fer/face.h"

#include <stdbool.h>

/* In pixels of the picture; it may reach beyond it. */
struct blur_box {
    float x, y, width, height;
};

static inline struct blur_box blur_box_of(const fer_face *f)
{
    return (struct blur_box){f->x, f->y, f->width, f->height};
}

/* A copy of a picture with blurred faces. All zero at first. */
struct blur {
    uint8_t *pixels;
    size_t cap;
};

/** A copy of a picture of FER_RGB8 in which the boxes and a margin around them are blurred; it lives until the next
 * call. False after an error message: out of memory. */
bool blur_view(struct blur *b, const fer_view *view, const struct blur_box *boxes, size_t n, fer_view *out);
void blur_free(struct blur *b);

/** A copy of a picture, grey or colour, with its faces blurred. The caller frees it by fer_image_free(). NULL after an
 * error message. */
fer_image *blur_image(const fer_image *picture, const fer_face *faces, size_t n);

#endif
