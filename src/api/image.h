/* What an image handle holds. */
#ifndef FERI_API_IMAGE_H
#define FERI_API_IMAGE_H

#include "fer/image.h"
#include "formats/picture.h"

struct fer_image {
    struct feri_pixels pixels;
    struct feri_picture_note note;
};

/** Move decoded pixels into a new image, which then owns them. If memory runs out, the pixels are freed. */
fer_status feri_image_wrap(struct feri_pixels *px, fer_image **out, fer_error *err);

#endif
