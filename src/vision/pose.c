/* The most probable pose by Gauss and Newton's method. Besides turn, scale and place, the fit may stretch the head's
 * height: people differ there, and without it a long face would pass for one that turns away. */
#include "vision/pose.h"

#include "base/angle.h"
#include "vision/turn.h"

#include <math.h>
#include <string.h>

#define DEPTH_NOSE  0.60
#define DEPTH_MOUTH 0.10

static const double head[FER_FACE_POINTS][3] = {
    [FER_EYE_LEFT] = {-0.5, 0, 0},
    [FER_EYE_RIGHT] = {0.5, 0, 0},
    [FER_NOSE] = {0, 0.602, -DEPTH_NOSE},
    [FER_MOUTH_LEFT] = {-0.436, 1.022, -DEPTH_MOUTH},
    [FER_MOUTH_RIGHT] = {0.436, 1.022, -DEPTH_MOUTH},
};

/* Standard deviations. */
#define NOISE       0.04 /* of a coordinate of a point, in distances of the eyes; 0.04 is the detector's error */
#define STRETCH     0.06 /* of the logarithm of a person's height of face */
#define YAW_USUAL   0.8  /* radians; keeps the fit of points without sense within bounds */
#define PITCH_USUAL 0.4

#define ROUNDS   12
#define TURN_MAX 1.5 /* radians: of a head turned further, eyes and mouth are not seen */
#define STEP_MAX 0.4 /* radians or logarithms, in a round */

enum { YAW, PITCH, ROLL, SCALE, LONGER, RIGHT, DOWN, UNKNOWNS };
#define MEASURED (2 * FER_FACE_POINTS)

void feri_pose_matrix(double yaw, double pitch, double roll, double r[3][3])
{
    double degree = FERI_PI / 180, cy = cos(yaw * degree), sy = sin(yaw * degree), cp = cos(pitch * degree),
           sp = sin(pitch * degree), cr = cos(roll * degree), sr = sin(roll * degree);
    const double m[3][3] = {{cr * cy, cr * sy * sp - sr * cp, -cr * sy * cp - sr * sp},
                            {sr * cy, sr * sy * sp + cr * cp, -sr * sy * cp + cr * sp},
                            {sy, -cy * sp, cy * cp}};
    memcpy(r, m, sizeof m);
}

static void project(const double q[UNKNOWNS], double out[MEASURED])
{
    double r[3][3], degrees = 180 / FERI_PI, scale = exp(q[SCALE]), longer = exp(q[LONGER]);
    feri_pose_matrix(q[YAW] * degrees, q[PITCH] * degrees, q[ROLL] * degrees, r);
    for (int i = 0; i < FER_FACE_POINTS; i++)
        for (int axis = 0; axis < 2; axis++)
            out[2 * i + axis] =
                scale * (r[axis][0] * head[i][0] + r[axis][1] * longer * head[i][1] + r[axis][2] * head[i][2]) +
                q[axis ? DOWN : RIGHT];
}

/* Solve a x = b for a positive definite matrix, which is overwritten, as is b, by x. */
static void solve(double a[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS])
{
    for (int i = 0; i < UNKNOWNS; i++)
        for (int k = i + 1; k < UNKNOWNS; k++) {
            double factor = a[k][i] / a[i][i];
            for (int j = i; j < UNKNOWNS; j++) a[k][j] -= factor * a[i][j];
            b[k] -= factor * b[i];
        }
    for (int i = UNKNOWNS - 1; i >= 0; i--) {
        for (int j = i + 1; j < UNKNOWNS; j++) b[i] -= a[i][j] * b[j];
        b[i] /= a[i][i];
    }
}

/* One round; the points are in distances of the eyes. */
static void improve(const double points[MEASURED], double q[UNKNOWNS])
{
    static const double prior[UNKNOWNS] = {1 / (YAW_USUAL * YAW_USUAL), 1 / (PITCH_USUAL * PITCH_USUAL), 0, 0,
                                           1 / (STRETCH * STRETCH)};
    const double little = 1e-6, weight = 1 / (NOISE * NOISE);
    double at[MEASURED], by[UNKNOWNS][MEASURED], a[UNKNOWNS][UNKNOWNS] = {{0}}, b[UNKNOWNS], most = 0;
    project(q, at);
    for (int u = 0; u < UNKNOWNS; u++) {
        double moved[UNKNOWNS];
        memcpy(moved, q, sizeof moved);
        moved[u] += little;
        project(moved, by[u]);
        for (int m = 0; m < MEASURED; m++) by[u][m] = (by[u][m] - at[m]) / little;
    }
    for (int u = 0; u < UNKNOWNS; u++) {
        b[u] = -prior[u] * q[u];
        a[u][u] = prior[u];
        for (int m = 0; m < MEASURED; m++) b[u] += weight * by[u][m] * (points[m] - at[m]);
        for (int v = 0; v < UNKNOWNS; v++)
            for (int m = 0; m < MEASURED; m++) a[u][v] += weight * by[u][m] * by[v][m];
    }
    solve(a, b);
    for (int u = 0; u <= LONGER; u++) most = fmax(most, fabs(b[u]));
    for (int u = 0; u < UNKNOWNS; u++) q[u] += most > STEP_MAX ? b[u] * STEP_MAX / most : b[u];
    q[YAW] = fmin(fmax(q[YAW], -TURN_MAX), TURN_MAX);
    q[PITCH] = fmin(fmax(q[PITCH], -TURN_MAX), TURN_MAX);
}

/* The points as in the picture turned by f->turned, from the middle of the eyes, in distances of the eyes. Returns that
 * distance in pixels; 0 or NaN: there is no pose. */
static double upright(const fer_face *f, double points[MEASURED])
{
    struct feri_turn t = feri_turn_by(f->turned);
    const float *l = f->points[FER_EYE_LEFT], *r = f->points[FER_EYE_RIGHT];
    double apart = hypot((double)r[0] - (double)l[0], (double)r[1] - (double)l[1]);
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        float x = f->points[i][0] - (l[0] + r[0]) / 2, y = f->points[i][1] - (l[1] + r[1]) / 2;
        feri_turn_forth(t, &x, &y);
        points[2 * i] = (double)x / apart;
        points[2 * i + 1] = (double)y / apart;
        if (!isfinite(points[2 * i]) || !isfinite(points[2 * i + 1])) return (double)NAN;
    }
    return apart;
}

void feri_pose_of(fer_face *f)
{
    double points[MEASURED], q[UNKNOWNS] = {0};
    f->yaw = f->pitch = f->roll = NAN;
    if (!(upright(f, points) > 0)) return;
    q[ROLL] = atan2(points[2 * FER_EYE_RIGHT + 1] - points[2 * FER_EYE_LEFT + 1],
                    points[2 * FER_EYE_RIGHT] - points[2 * FER_EYE_LEFT]);
    for (int round = 0; round < ROUNDS; round++) improve(points, q);
    if (!isfinite(q[YAW]) || !isfinite(q[PITCH]) || !isfinite(q[ROLL])) return;
    f->yaw = (float)(q[YAW] * 180 / FERI_PI);
    f->pitch = (float)(q[PITCH] * 180 / FERI_PI);
    f->roll = (float)remainder(q[ROLL] * 180 / FERI_PI - f->turned, 360);
}
