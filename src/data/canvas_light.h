/* The effects of cameras and file formats on a picture: light, colour, softness, noise, JPEG. */
#ifndef FERI_DATA_CANVAS_LIGHT_H
#define FERI_DATA_CANVAS_LIGHT_H

#include "base/rng.h"
#include "formats/pixels.h"

#include <stdbool.h>

/** In place, on an RGB picture. */
fer_status feri_canvas_light(struct feri_pixels *px, bool grey, struct feri_rng *rng, fer_error *err);

#endif
