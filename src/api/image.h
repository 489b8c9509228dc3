/* What an image handle holds. */
#ifndef FERI_API_IMAGE_H
#define FERI_API_IMAGE_H

#include "fer/image.h"
#include "formats/pixels.h"

struct fer_image {
    struct feri_pixels pixels;
};

/** Hand decoded pixels over to a new image, which owns them from here on, also when there is no memory for it. */
fer_status feri_image_wrap(struct feri_pixels *px, fer_image **out, fer_error *err);

#endif
