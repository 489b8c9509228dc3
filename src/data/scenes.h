/* Pictures with the positions of their faces, and pictures without faces. A face detector is trained and evaluated on
 * them.
 *
 * A directory, tar or zip contains:
 * - faces.csv (header image,x,y,w,h,lx1,ly1,...,lx5,ly5): one row per face, in pixels of the stored image. Landmark
 * fields
 *   are empty if unknown. A picture without a row has no face.
 * - images/ next to it: the pictures.
 * - ignore.csv (image,x,y,w,h), optional: regions where a detection is neither right nor wrong. */
#ifndef FERI_DATA_SCENES_H
#define FERI_DATA_SCENES_H

#include "fer/base.h"
#include "formats/pixels.h"

#include <stdbool.h>

#define FERI_SCENE_POINTS 5 /* eye at the image's left, eye at its right, nose tip, mouth corner left, right */

struct feri_scene_face {
    float x, y, w, h;
    float points[FERI_SCENE_POINTS][2];
    bool has_points;
    bool ignored; /* a region of ignore.csv */
};

struct feri_scenes;

/** Reads the tables and the index; no picture is decoded. */
fer_status feri_scenes_open(const char *path, struct feri_scenes **out, fer_error *err);
void feri_scenes_close(struct feri_scenes *s);
size_t feri_scenes_count(const struct feri_scenes *s);
/** Its name without its folder. */
const char *feri_scenes_name(const struct feri_scenes *s, size_t i);
/** Faces and ignored regions of picture i. */
const struct feri_scene_face *feri_scenes_faces(const struct feri_scenes *s, size_t i, size_t *n_out);
/** Thread-safe. */
fer_status feri_scenes_decode(const struct feri_scenes *s, size_t i, struct feri_pixels *out, fer_error *err);

#endif
