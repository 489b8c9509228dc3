/* The motion of a face: Kalman filters with constant velocity over real time.
 *
 * Centre x, centre y, the logarithm of the size sqrt(w h) and the logarithm of the aspect ratio w / h are independent,
 * so each has a filter with two states. The noise of the centre is in face sizes, so a scene twice as large gives the
 * same results. */
#ifndef FERI_VISION_KALMAN_H
#define FERI_VISION_KALMAN_H

/* A value, its velocity per second, and their covariance. */
struct feri_kalman {
    double x, v;
    double xx, xv, vv;
};

/** Start with a value of variance r and velocity 0 of variance vv. */
void feri_kalman_start(struct feri_kalman *k, double x, double r, double vv);
/** Advance by dt seconds: x += v dt, P = F P F' + q [dt^3 / 3, dt^2 / 2; dt^2 / 2, dt]. White noise of density q
 * disturbs the velocity. */
void feri_kalman_predict(struct feri_kalman *k, double dt, double q);
/** Update with a measurement z of x with variance r. */
void feri_kalman_update(struct feri_kalman *k, double z, double r);

struct feri_box {
    double x, y, w, h; /* x, y: the centre */
};

struct feri_motion {
    struct feri_kalman x, y, size, aspect;
};

void feri_motion_start(struct feri_motion *m, const struct feri_box *seen);
void feri_motion_predict(struct feri_motion *m, double dt);
void feri_motion_update(struct feri_motion *m, const struct feri_box *seen);
/** Advance a hidden face: it keeps moving, but its size and shape stay. */
void feri_motion_hide(struct feri_motion *m);
struct feri_box feri_motion_box(const struct feri_motion *m);
/** Standard deviation of the centre, in face sizes. */
double feri_motion_spread(const struct feri_motion *m);

#endif
