/* What an image handle holds. */
#ifndef FERI_API_IMAGE_H
#define FERI_API_IMAGE_H

#include "fer/image.h"
#include "formats/pixels.h"

struct fer_image {
    struct feri_pixels pixels;
};

#endif
