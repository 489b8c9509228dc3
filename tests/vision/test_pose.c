/* Poses of heads whose points are made by turning a head of the usual shape. */
#include "base/angle.h"
#include "vision/pose.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct head {
    double yaw, pitch, roll, size, x, y;
};

/* A head much as that of vision/pose.c, seen from far away. */
static fer_face face_of(const struct head *h)
{
    static const double points[FER_FACE_POINTS][3] = {
        {-0.5, 0, 0}, {0.5, 0, 0}, {0, 0.6, -0.6}, {-0.44, 1.02, -0.1}, {0.44, 1.02, -0.1}};
    fer_face f = {.width = 1};
    double r[3][3];
    feri_pose_matrix(h->yaw, h->pitch, h->roll, r);
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        const double *p = points[i];
        f.points[i][0] = (float)(h->x + h->size * (r[0][0] * p[0] + r[0][1] * p[1] + r[0][2] * p[2]));
        f.points[i][1] = (float)(h->y + h->size * (r[1][0] * p[0] + r[1][1] * p[1] + r[1][2] * p[2]));
    }
    return f;
}

static fer_face pose_of(const struct head *h)
{
    fer_face f = face_of(h);
    feri_pose_of(&f);
    return f;
}

/* The prior draws large turns towards the front, by less than a tenth. */
static void test_turned_heads(void **state)
{
    (void)state;
    for (int yaw = -60; yaw <= 60; yaw += 10)
        for (int pitch = -20; pitch <= 20; pitch += 10)
            for (int roll = -40; roll <= 40; roll += 20) {
                fer_face f = pose_of(&(struct head){yaw, pitch, roll, 50, 300, 200});
                if (fabs((double)f.yaw - yaw) > 2 + 0.08 * abs(yaw) || fabs((double)f.pitch - pitch) > 2.5 ||
                    fabs((double)f.roll - roll) > 2)
                    fail_msg("%d %d %d: %g %g %g", yaw, pitch, roll, (double)f.yaw, (double)f.pitch, (double)f.roll);
            }
}

static void test_signs(void **state)
{
    (void)state;
    /* the nose moves with the angles, and the right eye sinks in a head that leans clockwise */
    fer_face front = face_of(&(struct head){0}), f = face_of(&(struct head){.yaw = 30, .size = 50});
    assert_true(f.points[FER_NOSE][0] > 0);
    f = face_of(&(struct head){.pitch = 20, .size = 50});
    front = face_of(&(struct head){.size = 50});
    assert_true(f.points[FER_NOSE][1] < front.points[FER_NOSE][1]);
    f = face_of(&(struct head){.roll = 10, .size = 50});
    assert_true(f.points[FER_EYE_RIGHT][1] > f.points[FER_EYE_LEFT][1]);
}

static void test_size_and_place_do_not_matter(void **state)
{
    (void)state;
    fer_face a = pose_of(&(struct head){25, -10, 5, 8, 10, 12}), b = pose_of(&(struct head){25, -10, 5, 800, 4000, 20});
    assert_float_equal(a.yaw, b.yaw, 0.02);
    assert_float_equal(a.pitch, b.pitch, 0.02);
    assert_float_equal(a.roll, b.roll, 0.02);
}

static void test_a_mirrored_picture_mirrors_yaw_and_roll(void **state)
{
    (void)state;
    static const int other[FER_FACE_POINTS] = {FER_EYE_RIGHT, FER_EYE_LEFT, FER_NOSE, FER_MOUTH_RIGHT, FER_MOUTH_LEFT};
    fer_face f = pose_of(&(struct head){33, 7, -12, 40, 100, 100}), m = f;
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        m.points[i][0] = 640 - f.points[other[i]][0];
        m.points[i][1] = f.points[other[i]][1];
    }
    feri_pose_of(&m);
    assert_float_equal(m.yaw, -f.yaw, 0.01);
    assert_float_equal(m.pitch, f.pitch, 0.01);
    assert_float_equal(m.roll, -f.roll, 0.01);
}

/* A picture that must be turned by 90 degrees clockwise shows a head that leans 90 degrees the other way. */
static void test_faces_that_do_not_stand_upright(void **state)
{
    (void)state;
    fer_face upright = pose_of(&(struct head){20, 5, 8, 40, 0, 0});
    for (int turned = 45; turned < 360; turned += 45) {
        fer_face f = face_of(&(struct head){20, 5, 8 - turned, 40, 0, 0});
        f.turned = turned;
        feri_pose_of(&f);
        assert_float_equal(f.yaw, upright.yaw, 0.01);
        assert_float_equal(f.pitch, upright.pitch, 0.01);
        assert_float_equal(remainder((double)f.roll - (double)upright.roll + turned, 360), 0, 0.01);
        assert_true(f.roll >= -180 && f.roll <= 180);
    }
}

static void test_points_without_sense(void **state)
{
    (void)state;
    fer_face f = pose_of(&(struct head){0, 0, 0, 40, 0, 0});
    f.points[FER_NOSE][1] = NAN;
    feri_pose_of(&f);
    assert_true(isnan(f.yaw) && isnan(f.pitch) && isnan(f.roll));
    memset(f.points, 0, sizeof f.points); /* all at one place */
    feri_pose_of(&f);
    assert_true(isnan(f.yaw) && isnan(f.pitch) && isnan(f.roll));
    uint32_t random = 1;
    for (int n = 0; n < 2000; n++) { /* anywhere: a pose within bounds */
        for (int i = 0; i < 2 * FER_FACE_POINTS; i++) {
            random = random * 1664525u + 1013904223u;
            f.points[i / 2][i % 2] = (float)(random >> 16);
        }
        feri_pose_of(&f);
        assert_true(fabsf(f.yaw) <= 90 && fabsf(f.pitch) <= 90 && fabsf(f.roll) <= 180);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turned_heads),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_size_and_place_do_not_matter),
        cmocka_unit_test(test_a_mirrored_picture_mirrors_yaw_and_roll),
        cmocka_unit_test(test_faces_that_do_not_stand_upright),
        cmocka_unit_test(test_points_without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
