/* The loss of a face detector over the cells of a batch (models/face_cells.h), divided by the number of cells assigned
 * to a face:
 *
 *   score     quality focal loss (Li et al. 2020), |y - p|^2 cross entropy(y, p); y = (1 + IoU) / 2 in a cell assigned
 *   to a
 *             face, otherwise 0
 *   box       1 - GIoU (Rezatofighi et al. 2019)
 *   points    smooth L1 of the distance in face widths, where the landmarks are known */
#ifndef FERI_TRAIN_FACE_LOSS_H
#define FERI_TRAIN_FACE_LOSS_H

#include "train/face_assign.h"

#define FERI_FACE_BOX_WEIGHT    2.0
#define FERI_FACE_POINTS_WEIGHT 1.0

struct feri_face_truth {
    size_t n;
    const struct feri_scene_face *faces; /* in pixels of the input */
};

struct feri_face_losses {
    double score, box, points; /* unweighted means per assigned cell */
    size_t positives;
};

/* The same in parts: add the sums of some pictures (not yet divided) to *sum, with the derivative of a sum; then divide
 * everything by the number of cells assigned in the whole batch. */
void feri_face_loss_add(const struct feri_face_grid *grid, size_t n, const float *rows,
                        const struct feri_face_truth *truth, int *face_of, float *gradient,
                        struct feri_face_losses *sum);
double feri_face_loss_mean(const struct feri_face_grid *grid, size_t n, float *gradient, struct feri_face_losses *sum);
/** rows, gradient [n][cells][FERI_FACE_COLUMNS]; face_of [cells] is scratch. Returns the weighted sum. `parts` may be
 * NULL. */
double feri_face_loss(const struct feri_face_grid *grid, size_t n, const float *rows,
                      const struct feri_face_truth *truth, int *face_of, float *gradient,
                      struct feri_face_losses *parts);

#endif
