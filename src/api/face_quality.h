/* The quality of a picture that is one cropped face. */
#ifndef FERI_API_FACE_QUALITY_H
#define FERI_API_FACE_QUALITY_H

#include "fer/model.h"
#include "image/image.h"
#include "vision/quality.h"

fer_status feri_quality_of_whole(struct feri_resizer *r, const struct feri_pixels *picture, struct feri_quality *out,
                                 fer_error *err);
/** The same of a network's input [h][w][c]. pixels [h][w][c] receives the picture that it was made of. */
fer_status feri_quality_of_input(const fer_model *m, struct feri_resizer *r, const float *input, uint8_t *pixels,
                                 struct feri_quality *out, fer_error *err);

#endif
