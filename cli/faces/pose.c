#include "faces/pose.h"

#include "base/angle.h"

#include <math.h>

struct pose_xyz pose_xyz_of(const fer_face *f)
{
    const double degree = FERI_PI / 180, yaw = (double)f->yaw * degree, pitch = (double)f->pitch * degree,
                 roll = (double)f->roll * degree;
    double cy = cos(yaw), sy = sin(yaw), cp = cos(pitch), sp = sin(pitch), cr = cos(roll), sr = sin(roll);
    /* elements of R = Rz(roll) Ry(-yaw) Rx(-pitch), which Rx Ry Rz equals */
    double r00 = cr * cy, r01 = cr * sy * sp - sr * cp, r02 = -cr * sy * cp - sr * sp, r12 = cr * sp - sr * sy * cp,
           r22 = cy * cp;
    return (struct pose_xyz){atan2(-r12, r22) / degree, asin(fmin(fmax(r02, -1), 1)) / degree,
                             atan2(-r01, r00) / degree};
}
