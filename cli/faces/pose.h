/* The pose of a head as other programs write it. */
#ifndef FER_FACES_POSE_H
#define FER_FACES_POSE_H

#include "fer/face.h"

/* Degrees about x (to the right), y (down) and z (away from the viewer), with R = Rx Ry Rz and right-handed turns:
 * OpenFace writes these in radians. So x is positive for a face that looks down, y for one that turns to the left of
 * the picture.
 */
struct pose_xyz {
    double x, y, z;
};

/** NaN where the face's pose is. */
struct pose_xyz pose_xyz_of(const fer_face *f);

#endif
