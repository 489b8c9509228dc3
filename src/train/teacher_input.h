/* The pictures of a student as input of a teacher, whose size, channels and preprocessing may differ. */
#ifndef FERI_TRAIN_TEACHER_INPUT_H
#define FERI_TRAIN_TEACHER_INPUT_H

#include "base/pool.h"
#include "models/model.h"

/** n network inputs of the student, [n][h][w][c], become those of the teacher. Where they differ, a picture goes back
 * to 8 bits, as a picture file would hold it, and is resized and converted like any picture. */
fer_status feri_teacher_input(const fer_model *student, const fer_model *teacher, size_t n, const float *images,
                              float *out, struct feri_pool *pool, fer_error *err);

#endif
