/* How a face moves: Kalman filters with constant velocity over true time.
 *
 * Centre x, centre y, logarithm of the size sqrt(w h) and logarithm of the aspect w / h do not depend on each other, so
 * each is a filter of its own with two states. Noise of the centre is in face sizes: a scene twice as large gives the
 * same answers. */
#ifndef FERI_VISION_KALMAN_H
#define FERI_VISION_KALMAN_H

/* A value, its velocity a second, and their covariance. */
struct feri_kalman {
    double x, v;
    double xx, xv, vv;
};

/** Known with variance r; velocity 0 with variance vv. */
void feri_kalman_start(struct feri_kalman *k, double x, double r, double vv);
/** dt seconds later: x += v dt, P = F P F' + q [dt^3 / 3, dt^2 / 2; dt^2 / 2, dt], the velocity disturbed by white
 * noise of density q. */
void feri_kalman_predict(struct feri_kalman *k, double dt, double q);
/** x measured as z with variance r. */
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
/** The face is hidden: it goes on moving, but its size and shape stay. */
void feri_motion_hide(struct feri_motion *m);
struct feri_box feri_motion_box(const struct feri_motion *m);
/** Standard deviation of the centre, in face sizes. */
double feri_motion_spread(const struct feri_motion *m);

#endif
