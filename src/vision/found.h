/* From a detector's cells to faces: those with enough confidence, one for each face (non-maximum suppression). Two
 * boxes belong to one face if they overlap, or if an unsure one is inside a sure one. */
#ifndef FERI_VISION_FOUND_H
#define FERI_VISION_FOUND_H

#include "fer/face.h"
#include "models/face_cells.h"

struct feri_found_options {
    float threshold; /* smallest confidence */
    float overlap;   /* IoU from which two boxes are one face */
    float scale;     /* pixels of the picture per pixel of the input */
    size_t max;      /* largest number of candidates, and of faces; the best are kept */
};

/** rows [cells][FERI_FACE_COLUMNS] of an input of h x w. faces has room for opt->max. Returns the number of faces,
 * which are ordered by confidence. */
size_t feri_found_faces(size_t h, size_t w, const float *rows, const struct feri_found_options *opt, fer_face *faces);

/** Intersection over union of two faces' boxes. */
float feri_found_overlap(const fer_face *a, const fer_face *b);

/** Keep the first of faces that overlap, or of which an unsure one is inside a sure one. The n faces are ordered by
 * confidence. Returns the number that is left. */
size_t feri_found_suppress(fer_face *faces, size_t n, float overlap);

/** Merge more faces into the n existing ones, which are ordered by confidence; there is room for max. Of two
 * overlapping faces the more confident one stays. Returns the new number. */
size_t feri_found_merge(fer_face *faces, size_t n, const fer_face *more, size_t n_more, size_t max, float overlap);

#endif
