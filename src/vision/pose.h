/* Where a head turns, from the five points of its face.
 *
 * The points are those of a mean head seen from far away (weak perspective: turned, then scaled and shifted). Axes of
 * the head and of the picture: x to the right, y down, z away from the viewer. With right-handed rotations about these
 * axes, R = Rz(roll) Ry(-yaw) Rx(-pitch). So turning the picture changes the roll alone.
 *
 * The mean head is in distances of the eyes. Its x and y are the means of the points that the built-in detector finds
 * in 51 frontal portraits of the London Set (DeBruine and Jones 2017), made symmetric: pitch 0 is such a portrait. Its
 * depths are those of the canonical face of MediaPipe (Kartynnik et al. 2019). */
#ifndef FERI_VISION_POSE_H
#define FERI_VISION_POSE_H

#include "fer/face.h"

/** Set yaw, pitch and roll of a face from its points; NaN if one of them is not finite or the eyes are at one place. */
void feri_pose_of(fer_face *f);

/** R, row by row. Angles in degrees. */
void feri_pose_matrix(double yaw, double pitch, double roll, double r[3][3]);

#endif
