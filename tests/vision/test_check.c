/* The second look at a detector's finds: what the classifier sees, and what becomes of the confidences. */
#include "vision/check.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define W 90
#define H 70

static uint8_t pixels[H * W * FERI_CHECK_CHANNELS];
static float crop[FERI_CHECK_SIZE];

static int set_up(void **state)
{
    (void)state;
    struct feri_rng rng = feri_rng_new(1, 2, 3);
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)feri_rng_below(&rng, 256);
    return 0;
}

/* ---- what it sees ---- */

static float pixel(int x, int y, size_t ch)
{
    bool beyond = x < 0 || y < 0 || x >= W || y >= H;
    return beyond ? FERI_CHECK_GREY : (float)pixels[((size_t)y * W + (size_t)x) * FERI_CHECK_CHANNELS + ch];
}

/* Bilinear, pixel centres at halves. */
static float sample(double x, double y, size_t ch)
{
    double left = floor(x - 0.5), top = floor(y - 0.5), u = x - 0.5 - left, v = y - 0.5 - top;
    int i = (int)left, k = (int)top;
    return (float)((1 - v) * ((1 - u) * (double)pixel(i, k, ch) + u * (double)pixel(i + 1, k, ch)) +
                   v * ((1 - u) * (double)pixel(i, k + 1, ch) + u * (double)pixel(i + 1, k + 1, ch)));
}

/* The mean of n x n samples of each pixel of a square twice as wide as the face. */
static float expected(const fer_face *f, float scale, size_t x, size_t y, size_t ch)
{
    double side = 2 * (double)fmaxf(f->width, f->height) * (double)scale, step = side / FERI_CHECK_SIDE;
    int n = step <= 1 ? 1 : step <= 2 ? 2 : step <= 3 ? 3 : 4;
    double left = (double)((f->x + f->width / 2) * scale) - side / 2,
           top = (double)((f->y + f->height / 2) * scale) - side / 2, sum = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            sum +=
                (double)sample(left + ((double)x + (k + 0.5) / n) * step, top + ((double)y + (i + 0.5) / n) * step, ch);
    return (float)(sum / (n * n));
}

static void test_a_crop_is_the_square_around_the_find(void **state)
{
    (void)state;
    static const fer_face faces[] = {{.x = 30, .y = 25, .width = 12, .height = 15},
                                     {.x = 12.3f, .y = 8.7f, .width = 40, .height = 33},
                                     {.x = -20, .y = -11, .width = 30, .height = 44},
                                     {.x = 70, .y = 60, .width = 80, .height = 90},
                                     {.x = -90, .y = -90, .width = 300, .height = 300}};
    static const float scales[] = {1, 0.5f, 1.7f};
    struct feri_cutter c = {0};
    for (size_t i = 0; i < sizeof faces / sizeof *faces; i++)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
            struct feri_check_picture seen = {pixels, H, W, scales[s]};
            assert_int_equal(feri_check_cut(&c, &seen, &faces[i], crop, NULL), FER_OK);
            for (size_t k = 0; k < FERI_CHECK_SIZE; k++)
                assert_float_equal(crop[k],
                                   expected(&faces[i], scales[s], k / FERI_CHECK_CHANNELS % FERI_CHECK_SIDE,
                                            k / FERI_CHECK_CHANNELS / FERI_CHECK_SIDE, k % FERI_CHECK_CHANNELS),
                                   0.01f);
        }
    free(c.row);
}

static void test_a_find_beyond_the_picture_is_grey(void **state)
{
    (void)state;
    static const fer_face far[] = {{.x = 1000, .y = 20, .width = 12, .height = 12},
                                   {.x = -1000, .y = -1000, .width = 5, .height = 5},
                                   {.x = 20, .y = 1e9f, .width = 12, .height = 12},
                                   {.x = 20, .y = 20, .width = 0, .height = 0}};
    struct feri_cutter c = {0};
    struct feri_check_picture seen = {pixels, H, W, 1};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_int_equal(feri_check_cut(&c, &seen, &far[i], crop, NULL), FER_OK);
        for (size_t k = 0; k < FERI_CHECK_SIZE && i < 3; k++) assert_float_equal(crop[k], FERI_CHECK_GREY, 1e-3f);
        for (size_t k = 0; k < FERI_CHECK_SIZE; k++) assert_true(isfinite(crop[k]));
    }
    free(c.row);
}

/* ---- confidences ---- */

/* A check whose logit is the same for all finds. */
static fer_model *says(float logit)
{
    fer_model_options opt = {.n_classes = 2};
    fer_model *m;
    assert_int_equal(fer_model_new("check-s", &opt, &m, NULL), FER_OK);
    assert_int_equal(feri_graph_hold(m->graph, NULL), FER_OK);
    struct feri_param *weight = feri_graph_find_param(m->graph, "fc.weight"),
                      *bias = feri_graph_find_param(m->graph, "fc.bias");
    for (size_t i = 0; i < weight->count; i++) weight->data[i] = 0;
    bias->data[0] = 1;
    bias->data[1] = 1 + logit;
    return m;
}

static double logit_of(float p)
{
    return log((double)p / (1 - (double)p));
}

static void expect_added(float logit, double added)
{
    fer_model *m = says(logit);
    struct feri_check *c;
    struct feri_check_picture seen = {pixels, H, W, 1};
    fer_face faces[11];
    for (size_t i = 0; i < 11; i++)
        faces[i] =
            (fer_face){.x = 4 * (float)i, .y = 9, .width = 20, .height = 25, .confidence = 0.9f - 0.05f * (float)i};
    assert_int_equal(feri_check_new(m, NULL, NULL, &c, NULL), FER_OK);
    assert_int_equal(feri_check_faces(c, &seen, 11, faces, NULL), FER_OK);
    for (size_t i = 0; i < 11; i++) {
        assert_float_equal((float)logit_of(faces[i].confidence), (float)(logit_of(0.9f - 0.05f * (float)i) + added),
                           1e-3f);
        assert_true(faces[i].x == 4 * (float)i);
    }
    feri_check_free(c);
    fer_model_free(m);
}

static void test_logits_are_added_up_to_a_limit(void **state)
{
    (void)state;
    expect_added(0, 0);
    expect_added(1.25f, 1.25);
    expect_added(-2, -2);
    expect_added(50, (double)FERI_CHECK_MOST);
    expect_added(-30, -30);
}

/* A network with random weights: logits differ, so finds change places, and batches do not matter. */
static void test_finds_are_ordered_and_judged_one_by_one(void **state)
{
    (void)state;
    fer_model_options opt = {.n_classes = 2, .seed = 3};
    fer_model *m;
    struct feri_check *c;
    struct feri_check_picture seen = {pixels, H, W, 1};
    fer_face faces[13], alone[13];
    assert_int_equal(fer_model_new("check-s", &opt, &m, NULL), FER_OK);
    assert_int_equal(feri_check_new(m, NULL, NULL, &c, NULL), FER_OK);
    for (size_t i = 0; i < 13; i++) {
        faces[i] =
            (fer_face){.x = 5 * (float)i, .y = 3 * (float)i, .width = 20, .height = 22, .id = i, .confidence = 0.5f};
        alone[i] = faces[i];
        assert_int_equal(feri_check_faces(c, &seen, 1, &alone[i], NULL), FER_OK);
    }
    assert_int_equal(feri_check_faces(c, &seen, 13, faces, NULL), FER_OK);
    bool moved = false;
    for (size_t i = 0; i < 13; i++) {
        assert_true(faces[i].confidence == alone[faces[i].id].confidence);
        if (i > 0) assert_true(faces[i - 1].confidence >= faces[i].confidence);
        moved = moved || faces[i].id != i;
    }
    assert_true(moved);
    feri_check_free(c);
    fer_model_free(m);
}

static void test_other_models_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t classes, side;
    } wrong[] = {{"check-s", 3, 48}, {"check-s", 2, 40}, {"libfer-xs", 2, 48}, {"face-s", 1, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fer_model_options opt = {.n_classes = wrong[i].classes, .height = wrong[i].side};
        fer_model *m;
        fer_error err;
        struct feri_check *c;
        assert_int_equal(fer_model_new(wrong[i].name, &opt, &m, NULL), FER_OK);
        assert_int_equal(feri_check_new(m, NULL, NULL, &c, &err), FER_ERR_ARGUMENT);
        assert_null(c);
        assert_non_null(strstr(err.text, "expected 48 x 48 x 3"));
        fer_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_crop_is_the_square_around_the_find, set_up),
        cmocka_unit_test_setup(test_a_find_beyond_the_picture_is_grey, set_up),
        cmocka_unit_test_setup(test_logits_are_added_up_to_a_limit, set_up),
        cmocka_unit_test_setup(test_finds_are_ordered_and_judged_one_by_one, set_up),
        cmocka_unit_test(test_other_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
