/* Pictures with the places of the faces in them, and pictures without faces: what a face detector is trained on and
 * measured with.
 *
 * A directory, tar or zip with one faces.csv (header image,x,y,w,h,lx1,ly1,...,lx5,ly5; pixels of the stored image, one
 * row a face, landmark fields empty where they are not known), the pictures in images/ beside it, and, if there is one,
 * ignore.csv (image,x,y,w,h): regions where a find is neither right nor wrong. A picture without a row has no face. */
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
/** Without its folder. */
const char *feri_scenes_name(const struct feri_scenes *s, size_t i);
/** Faces and ignored regions of picture i. */
const struct feri_scene_face *feri_scenes_faces(const struct feri_scenes *s, size_t i, size_t *n_out);
/** Thread-safe. */
fer_status feri_scenes_decode(const struct feri_scenes *s, size_t i, struct feri_pixels *out, fer_error *err);

#endif
