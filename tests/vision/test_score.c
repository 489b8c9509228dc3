/* Counting of hits and false alarms, against numbers computed by hand. */
#include "vision/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static fer_face find_at(float x, float w, float confidence)
{
    return (fer_face){.x = x, .y = 0, .width = w, .height = w, .confidence = confidence};
}

static struct feri_score *make(void)
{
    struct feri_score *s;
    assert_int_equal(feri_score_new(0.4f, &s, NULL), FER_OK);
    return s;
}

static void near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9)) fail_msg("%g is not %g", a, b);
}

/* Faces 16, 30 and 50 wide; finds, the surest first: hit 50, nothing, hit 16, nothing; 30 is missed. Precision at the
 * hits 1 and 2/3, so the average precision is (1 + 2/3) / 3. */
static void test_recall_precision_and_their_average(void **state)
{
    (void)state;
    struct feri_score *s = make();
    const struct feri_score_truth truth[] = {{0, 0, 16, 16, false}, {100, 0, 30, 30, false}, {200, 0, 50, 50, false}};
    const fer_face found[] = {find_at(202, 50, 0.9f), find_at(400, 20, 0.8f), find_at(1, 16, 0.7f),
                              find_at(500, 20, 0.6f)};
    assert_int_equal(feri_score_add(s, 3, truth, 4, found, NULL), FER_OK);
    struct feri_score_result r = feri_score_at(s, 0.65f);
    assert_int_equal(r.images, 1);
    assert_int_equal(r.faces, 3);
    assert_int_equal(r.hits, 2);
    assert_int_equal(r.false_alarms, 1);
    near(r.precision, 2.0 / 3);
    near(r.average_precision, (1 + 2.0 / 3) / 3);
    near(r.recall[0], 2.0 / 3); /* 14: all three */
    near(r.recall[1], 0.5);     /* 24: 30 and 50 */
    near(r.recall[2], 1);       /* 32: 50 */
    near(r.recall[3], 1);
    near(feri_score_at(s, 0.95f).recall[0], 0);
    assert_true(isnan(feri_score_at(s, 0.95f).precision));
    assert_true(feri_score_threshold(s, 1) > 0.6f && feri_score_threshold(s, 1) < 0.7f);
    assert_int_equal(feri_score_at(s, feri_score_threshold(s, 0)).false_alarms, 0);
    assert_int_equal(feri_score_at(s, feri_score_threshold(s, 2)).false_alarms, 2);
    feri_score_free(s);
}

static void test_a_face_is_hit_once(void **state)
{
    (void)state;
    struct feri_score *s = make();
    const struct feri_score_truth truth[] = {{0, 0, 40, 40, false}};
    const fer_face found[] = {find_at(0, 40, 0.9f), find_at(2, 40, 0.8f)};
    assert_int_equal(feri_score_add(s, 1, truth, 2, found, NULL), FER_OK);
    assert_int_equal(feri_score_at(s, 0).hits, 1);
    assert_int_equal(feri_score_at(s, 0).false_alarms, 1);
    feri_score_free(s);
}

static void test_ignored_regions_do_not_count(void **state)
{
    (void)state;
    struct feri_score *s = make();
    const struct feri_score_truth truth[] = {{0, 0, 40, 40, true}, {100, 0, 200, 200, true}};
    const fer_face found[] = {find_at(2, 40, 0.9f), find_at(150, 20, 0.8f), find_at(95, 20, 0.7f),
                              find_at(600, 20, 0.6f)};
    assert_int_equal(feri_score_add(s, 2, truth, 4, found, NULL), FER_OK);
    struct feri_score_result r = feri_score_at(s, 0);
    assert_int_equal(r.faces, 0);
    assert_int_equal(r.false_alarms, 1);
    assert_true(isnan(r.recall[0]) && isnan(r.average_precision));
    feri_score_free(s);
}

static void test_a_find_takes_the_face_it_overlaps_most(void **state)
{
    (void)state;
    struct feri_score *s = make();
    const struct feri_score_truth truth[] = {{0, 0, 40, 40, false}, {10, 0, 40, 40, false}};
    const fer_face found[] = {find_at(9, 40, 0.9f), find_at(1, 40, 0.8f)};
    assert_int_equal(feri_score_add(s, 2, truth, 2, found, NULL), FER_OK);
    assert_int_equal(feri_score_at(s, 0).hits, 2);
    feri_score_free(s);
}

static void test_many_pictures_add_up(void **state)
{
    (void)state;
    struct feri_score *s = make();
    const struct feri_score_truth truth[] = {{0, 0, 20, 20, false}};
    for (int i = 0; i < 100; i++) {
        const fer_face found[] = {find_at(i % 4 ? 0.0f : 300.0f, 20, 1 - (float)i / 200)};
        assert_int_equal(feri_score_add(s, i % 2 ? 1 : 0, truth, 1, found, NULL), FER_OK);
    }
    struct feri_score_result r = feri_score_at(s, 0);
    assert_int_equal(r.images, 100);
    assert_int_equal(r.faces, 50);
    assert_int_equal(r.hits, 50);
    assert_int_equal(r.false_alarms, 50);
    feri_score_free(s);
}

/* Of 100 detections at 0.9 and 100 at 0.5, 60 and 10 are faces. */
static struct feri_score *unsure(void)
{
    struct feri_score *s = make();
    const struct feri_score_truth face = {0, 0, 20, 20, false}, elsewhere = {500, 0, 20, 20, false};
    for (size_t i = 0; i < 200; i++) {
        fer_face found = find_at(0, 20, i < 100 ? 0.9f : 0.5f);
        bool right = i < 100 ? i < 60 : i < 110;
        assert_int_equal(feri_score_add(s, 1, right ? &face : &elsewhere, 1, &found, NULL), FER_OK);
    }
    return s;
}

static void test_confidence_is_calibrated(void **state)
{
    (void)state;
    struct feri_score *s = unsure();
    struct feri_score_fit fit;
    near(round(1e6 * feri_score_calibration_error(s, 1, 0)) / 1e6, 0.35); /* (0.3 + 0.4) / 2 */
    assert_int_equal(feri_score_fit(s, &fit, NULL), FER_OK);
    assert_true(fit.detections == 200 && fit.hits == 70);
    /* Two numbers fit two shares, where a right detection counts 71/72 and a wrong one 1/132. */
    double low = 0.1 * 71 / 72 + 0.9 / 132, high = 0.6 * 71 / 72 + 0.4 / 132;
    assert_true(fabs(fit.shift - log(low / (1 - low))) < 0.1);
    assert_true(fabs(fit.scale * log(9) + fit.shift - log(high / (1 - high))) < 0.1);
    assert_true(feri_score_calibration_error(s, fit.scale, fit.shift) < 0.02);
    const fer_face noise =
        find_at(900, 20, 0.01f); /* more than twice as many detections as faces: the rest is left out */
    for (size_t i = 0; i < 201; i++) assert_int_equal(feri_score_add(s, 0, NULL, 1, &noise, NULL), FER_OK);
    double with_noise = feri_score_calibration_error(s, 1, 0);
    assert_int_equal(feri_score_add(s, 0, NULL, 1, &noise, NULL), FER_OK);
    near(feri_score_calibration_error(s, 1, 0), with_noise);
    feri_score_free(s);
}

static void test_what_cannot_be_calibrated_is_refused(void **state)
{
    (void)state;
    struct feri_score_fit fit;
    fer_error err = {0};
    const struct feri_score_truth face = {0, 0, 20, 20, false};
    const fer_face found = find_at(0, 20, 0.9f), elsewhere = find_at(100, 20, 0.2f);
    struct feri_score *s = make();
    assert_int_equal(feri_score_fit(s, &fit, &err), FER_ERR_FORMAT);
    assert_int_equal(feri_score_add(s, 1, &face, 1, &found, NULL), FER_OK);
    assert_int_equal(feri_score_fit(s, &fit, &err), FER_ERR_FORMAT);
    feri_score_free(s);
    s = make();
    const fer_face unsure_face = find_at(0, 20, 0.1f), both[] = {elsewhere, unsure_face}; /* the surer one is wrong */
    for (size_t i = 0; i < 40; i++) assert_int_equal(feri_score_add(s, 1, &face, 2, both, NULL), FER_OK);
    assert_int_equal(feri_score_fit(s, &fit, &err), FER_ERR_FORMAT);
    feri_score_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recall_precision_and_their_average),
        cmocka_unit_test(test_a_face_is_hit_once),
        cmocka_unit_test(test_ignored_regions_do_not_count),
        cmocka_unit_test(test_a_find_takes_the_face_it_overlaps_most),
        cmocka_unit_test(test_many_pictures_add_up),
        cmocka_unit_test(test_confidence_is_calibrated),
        cmocka_unit_test(test_what_cannot_be_calibrated_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
