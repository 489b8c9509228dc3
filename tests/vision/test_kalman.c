/* The filter against numpy's matrices (kalman.csv, made by make_fixtures.py), and a face's motion against the true one.
 */
#include "base/smooth.h"
#include "vision/kalman.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void close_to(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-6 * fmax(1, fabs(wanted)))) fail_msg("%.9g, expected %.9g", got, wanted);
}

static void estimates_are_those_of_numpy(void **state)
{
    (void)state;
    FILE *f = fopen(FER_SOURCE_DIR "/tests/vision/kalman.csv", "r");
    assert_non_null(f);
    struct feri_kalman k = {0}, w;
    double dt, q, r, z;
    int n = 0;
    for (; fscanf(f, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &dt, &q, &r, &z, &w.x, &w.v, &w.xx, &w.xv, &w.vv) == 9;
         n++) {
        if (dt == 0) {
            feri_kalman_start(&k, z, r, 9);
        } else {
            feri_kalman_predict(&k, dt, q);
            feri_kalman_update(&k, z, r);
        }
        close_to(k.x, w.x);
        close_to(k.v, w.v);
        close_to(k.xx, w.xx);
        close_to(k.xv, w.xv);
        close_to(k.vv, w.vv);
    }
    assert_int_equal(n, 42);
    fclose(f);
}

/* One long step equals many short ones. */
static void steps_of_time_add_up(void **state)
{
    (void)state;
    struct feri_kalman a, b;
    feri_kalman_start(&a, 1, 0.1, 4);
    feri_kalman_predict(&a, 0.1, 2);
    feri_kalman_update(&a, 1.3, 0.1);
    b = a;
    feri_kalman_predict(&a, 0.7, 2);
    for (int i = 0; i < 7; i++) feri_kalman_predict(&b, 0.1, 2);
    close_to(b.x, a.x);
    close_to(b.xx, a.xx);
    close_to(b.xv, a.xv);
    close_to(b.vv, a.vv);
}

static struct feri_box at(double t)
{
    return (struct feri_box){100 + 150 * t, 200 - 40 * t, 40 * exp(0.2 * t), 50 * exp(0.2 * t)};
}

/* A face that comes nearer, seen at uneven times, is where it will be half a second later; hidden, it keeps its size.
 */
static void a_moving_face_is_foreseen(void **state)
{
    (void)state;
    struct feri_motion m, hidden;
    struct feri_box b = at(0);
    double t = 0;
    feri_motion_start(&m, &b);
    for (int i = 0; i < 60; i++) {
        double dt = 0.02 + 0.03 * (i % 3);
        t += dt;
        feri_motion_predict(&m, dt);
        b = at(t);
        feri_motion_update(&m, &b);
    }
    hidden = m;
    feri_motion_hide(&hidden);
    feri_motion_predict(&m, 0.5);
    feri_motion_predict(&hidden, 0.5);
    struct feri_box wanted = at(t + 0.5), got = feri_motion_box(&m), kept = feri_motion_box(&hidden),
                    last = feri_motion_box(&m);
    assert_true(fabs(got.x - wanted.x) < 2 && fabs(got.y - wanted.y) < 2);
    assert_true(fabs(got.w / wanted.w - 1) < 0.03 && fabs(got.h / wanted.h - 1) < 0.03);
    assert_true(fabs(kept.x - last.x) < 1e-9 && fabs(kept.w / b.w - 1) < 0.03);
}

static void smoothing_follows_time_not_frames(void **state)
{
    (void)state;
    struct feri_smooth a = {0}, b = {0};
    const float *s, zero[2] = {0, 1}, one[2] = {1, 0};
    feri_smooth_add(&a, 10, 0.5, 2, zero);
    feri_smooth_add(&b, 10, 0.5, 2, zero);
    s = feri_smooth_add(&a, 10.5, 0.5, 2, one);
    assert_true(fabs((double)s[0] - (1 - exp(-1))) < 1e-6); /* one time constant */
    assert_true(fabs((double)s[0] + (double)s[1] - 1) < 1e-6);
    static const double times[] = {10.01, 10.02, 10.2, 10.25, 10.25, 10.49, 10.5};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) s = feri_smooth_add(&b, times[i], 0.5, 2, one);
    assert_true(fabsf(s[0] - a.value[0]) < 1e-6f);
    s = feri_smooth_add(&b, 10.6, 0, 2, zero);
    assert_true(s[0] == 0 && s[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_those_of_numpy),
        cmocka_unit_test(steps_of_time_add_up),
        cmocka_unit_test(a_moving_face_is_foreseen),
        cmocka_unit_test(smoothing_follows_time_not_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
