/* Faces from a detector's cells: those sure enough, one for each face (non-maximum suppression). Boxes are of one face
 * when they overlap, or when an unsure one lies in a sure one. */
#ifndef FERI_VISION_FOUND_H
#define FERI_VISION_FOUND_H

#include "fer/face.h"
#include "models/face_cells.h"

struct feri_found_options {
    float threshold; /* least confidence */
    float overlap;   /* IoU from which two boxes are one face */
    float scale;     /* pixels of the picture for one of the input */
    size_t max;      /* candidates and faces kept, the surest */
};

/** rows [cells][FERI_FACE_COLUMNS] of an input of h x w; faces has room for opt->max. Returns how many there are, the
 * surest first. */
size_t feri_found_faces(size_t h, size_t w, const float *rows, const struct feri_found_options *opt, fer_face *faces);

/** Intersection over union of two faces' boxes. */
float feri_found_overlap(const fer_face *a, const fer_face *b);

/** Of faces that overlap, or of which an unsure one lies in a sure one, keep the first; n faces, the surest first.
 * Returns how many are left. */
size_t feri_found_suppress(fer_face *faces, size_t n, float overlap);

/** Put more faces among the n that are there, the surest first; there is room for max. Of two that overlap the surer
 * one stays. Returns how many there are then. */
size_t feri_found_merge(fer_face *faces, size_t n, const fer_face *more, size_t n_more, size_t max, float overlap);

#endif
