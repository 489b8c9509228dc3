#include "vision/kalman.h"

#include <math.h>

/* In face sizes, seconds and logarithms. */
#define CENTRE_NOISE 0.05
#define SIZE_NOISE   0.06
#define ASPECT_NOISE 0.08
#define CENTRE_SPEED 3.0 /* standard deviation of a new face's velocity */
#define SIZE_SPEED   0.6
#define ASPECT_SPEED 0.1
#define CENTRE_Q     6.0 /* growth of the velocity's variance per second */
#define SIZE_Q       0.3
#define ASPECT_Q     0.02
/* squared distance in standard deviations; one measurement in ninety is further away */
#define EXPECTED 9.0

void feri_kalman_start(struct feri_kalman *k, double x, double r, double vv)
{
    *k = (struct feri_kalman){.x = x, .xx = r, .vv = vv};
}

void feri_kalman_predict(struct feri_kalman *k, double dt, double q)
{
    k->x += k->v * dt;
    k->xx += dt * (2 * k->xv + dt * k->vv) + q * dt * dt * dt / 3;
    k->xv += dt * k->vv + q * dt * dt / 2;
    k->vv += q * dt;
}

void feri_kalman_update(struct feri_kalman *k, double z, double r)
{
    double s = k->xx + r, gx = k->xx / s, gv = k->xv / s, off = z - k->x;
    k->x += gx * off;
    k->v += gv * off;
    k->vv -= gv * k->xv;
    k->xv *= 1 - gx;
    k->xx *= 1 - gx;
}

static double size_of(const struct feri_motion *m)
{
    return exp(m->size.x);
}

static double log_size(const struct feri_box *b)
{
    return log(b->w * b->h) / 2;
}

void feri_motion_start(struct feri_motion *m, const struct feri_box *seen)
{
    double area = seen->w * seen->h, noise = CENTRE_NOISE * CENTRE_NOISE * area,
           speed = CENTRE_SPEED * CENTRE_SPEED * area;
    feri_kalman_start(&m->x, seen->x, noise, speed);
    feri_kalman_start(&m->y, seen->y, noise, speed);
    feri_kalman_start(&m->size, log_size(seen), SIZE_NOISE * SIZE_NOISE, SIZE_SPEED * SIZE_SPEED);
    feri_kalman_start(&m->aspect, log(seen->w / seen->h), ASPECT_NOISE * ASPECT_NOISE, ASPECT_SPEED * ASPECT_SPEED);
}

void feri_motion_predict(struct feri_motion *m, double dt)
{
    double area = size_of(m) * size_of(m);
    feri_kalman_predict(&m->x, dt, CENTRE_Q * area);
    feri_kalman_predict(&m->y, dt, CENTRE_Q * area);
    feri_kalman_predict(&m->size, dt, SIZE_Q);
    feri_kalman_predict(&m->aspect, dt, ASPECT_Q);
}

/* An unexpected position has less weight, so that one false alarm next to a face does not throw the track off. */
static double doubt(const struct feri_motion *m, const struct feri_box *seen, double noise)
{
    double dx = seen->x - m->x.x, dy = seen->y - m->y.x;
    return fmax(1, (dx * dx / (m->x.xx + noise) + dy * dy / (m->y.xx + noise)) / EXPECTED);
}

void feri_motion_update(struct feri_motion *m, const struct feri_box *seen)
{
    double noise = CENTRE_NOISE * CENTRE_NOISE * size_of(m) * size_of(m);
    noise *= doubt(m, seen, noise);
    feri_kalman_update(&m->x, seen->x, noise);
    feri_kalman_update(&m->y, seen->y, noise);
    feri_kalman_update(&m->size, log_size(seen), SIZE_NOISE * SIZE_NOISE);
    feri_kalman_update(&m->aspect, log(seen->w / seen->h), ASPECT_NOISE * ASPECT_NOISE);
}

static void stand_still(struct feri_kalman *k)
{
    k->v = k->xv = 0;
}

void feri_motion_hide(struct feri_motion *m)
{
    stand_still(&m->size);
    stand_still(&m->aspect);
}

struct feri_box feri_motion_box(const struct feri_motion *m)
{
    double size = size_of(m), aspect = exp(m->aspect.x / 2);
    return (struct feri_box){m->x.x, m->y.x, size * aspect, size / aspect};
}

double feri_motion_spread(const struct feri_motion *m)
{
    return sqrt(fmax(m->x.xx, m->y.xx)) / size_of(m);
}
