/* The output of a face detector: one row of numbers for every cell of three grids with strides of 8, 16 and 32 input
 * pixels. The finest grid comes first; cells are in row order. A cell describes the face around its centre.
 *
 *   score     logit of the probability that there is a face
 *   edges     logarithms of the distances from the cell's centre to the left, upper, right and lower edge of the box,
 *   in
 *             strides
 *   points    x and y of eyes, nose and corners of the mouth, relative to the cell's centre, in strides */
#ifndef FERI_MODELS_FACE_CELLS_H
#define FERI_MODELS_FACE_CELLS_H

#include <math.h>
#include <stddef.h>

enum {
    FERI_FACE_LEVELS = 3,
    FERI_FACE_STRIDE_MAX = 32, /* an input's sides are multiples of this */
    FERI_FACE_POINTS = 5,
    FERI_FACE_SCORE = 0,
    FERI_FACE_EDGES = 1,
    FERI_FACE_XY = 5,
    FERI_FACE_COLUMNS = FERI_FACE_XY + 2 * FERI_FACE_POINTS
};

#define FERI_FACE_EDGE_MAX 4.0f /* e^4 strides is more than half of any face that a cell may describe */

static inline size_t feri_face_stride(size_t level)
{
    return (size_t)8 << level;
}

static inline size_t feri_face_cells_of_level(size_t h, size_t w, size_t level)
{
    return (h / feri_face_stride(level)) * (w / feri_face_stride(level));
}

static inline size_t feri_face_n_cells(size_t h, size_t w)
{
    size_t n = 0;
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) n += feri_face_cells_of_level(h, w, level);
    return n;
}

struct feri_face_cell {
    float x, y, stride; /* of its centre, in pixels of the input */
};

/** Cell i of a level whose grid is `columns` wide. */
static inline struct feri_face_cell feri_face_cell_at(size_t level, size_t columns, size_t i)
{
    float stride = (float)feri_face_stride(level);
    return (struct feri_face_cell){((float)(i % columns) + 0.5f) * stride, ((float)(i / columns) + 0.5f) * stride,
                                   stride};
}

struct feri_face_box {
    float left, top, right, bottom;
};

/** Convert a logarithm of strides to pixels. */
static inline float feri_face_edge(float v, float stride)
{
    return expf(v < -FERI_FACE_EDGE_MAX  ? -FERI_FACE_EDGE_MAX
                : v > FERI_FACE_EDGE_MAX ? FERI_FACE_EDGE_MAX
                                         : v) *
           stride;
}

static inline struct feri_face_box feri_face_cell_box(struct feri_face_cell c, const float *row)
{
    const float *e = row + FERI_FACE_EDGES;
    return (struct feri_face_box){c.x - feri_face_edge(e[0], c.stride), c.y - feri_face_edge(e[1], c.stride),
                                  c.x + feri_face_edge(e[2], c.stride), c.y + feri_face_edge(e[3], c.stride)};
}

/** A box by its upper left corner and size. */
static inline struct feri_face_box feri_face_box_at(float x, float y, float w, float h)
{
    return (struct feri_face_box){x, y, x + w, y + h};
}

/** The area of the intersection of two boxes. */
static inline float feri_face_box_common(struct feri_face_box a, struct feri_face_box b)
{
    float w = fminf(a.right, b.right) - fmaxf(a.left, b.left), h = fminf(a.bottom, b.bottom) - fmaxf(a.top, b.top);
    return w > 0 && h > 0 ? w * h : 0;
}

/** Intersection over union. */
static inline float feri_face_box_iou(struct feri_face_box a, struct feri_face_box b)
{
    float both = feri_face_box_common(a, b);
    if (both <= 0) return 0;
    return both / ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - both);
}

#endif
