/* The quality of a picture that is one cropped face. */
#ifndef FERI_API_FACE_QUALITY_H
#define FERI_API_FACE_QUALITY_H

#include "image/image.h"
#include "vision/quality.h"

fer_status feri_quality_of_whole(struct feri_resizer *r, const struct feri_pixels *picture, struct feri_quality *out,
                                 fer_error *err);

#endif
