/* Faces whose picture is too poor to be reported. */
#ifndef FER_FACES_QUALITY_H
#define FER_FACES_QUALITY_H

#include "fer/face.h"

/** Keep the faces of at least this quality, in their order. Returns how many are left. */
size_t quality_keep(float least, fer_face *faces, size_t n);

#endif
