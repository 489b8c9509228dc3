/* Assigns cells to faces by SimOTA (Ge et al. 2021). Among the cells near a face's centre it takes those whose
 * predictions are best already. Their number is the sum of the overlaps of their boxes with the face. */
#ifndef FERI_TRAIN_FACE_ASSIGN_H
#define FERI_TRAIN_FACE_ASSIGN_H

#include "data/scenes.h"
#include "models/face_cells.h"

enum { FERI_FACE_BACKGROUND = -1, FERI_FACE_NEITHER = -2 };

struct feri_face_grid {
    size_t h, w; /* of the input */
};

/** rows [cells][FERI_FACE_COLUMNS] of one picture. face_of[cells] receives the index of the cell's face, BACKGROUND, or
 * NEITHER in an ignored region. */
void feri_face_assign(const struct feri_face_grid *grid, const float *rows, size_t n,
                      const struct feri_scene_face *faces, int *face_of);

#endif
