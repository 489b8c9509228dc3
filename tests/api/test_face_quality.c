/* Pose and quality of faces in pictures. */
#include "canvas.h"

#include <math.h>

#define SIDE 132 /* of examples/face.png */

static fer_face only_face(fer_pipeline *p, const struct canvas *c)
{
    fer_face faces[4];
    fer_view v = view_of(c);
    assert_int_equal(run(p, &v, 4, faces), 1);
    return faces[0];
}

static struct canvas with_face(void)
{
    fer_image *im = load_face();
    struct canvas c = new_canvas(300, 240, 120);
    paste(&c, im, 80, 50);
    fer_image_free(im);
    return c;
}

static void mirror(struct canvas *c)
{
    for (size_t y = 0; y < c->h; y++)
        for (size_t x = 0; x < c->w / 2; x++)
            for (size_t ch = 0; ch < 3; ch++) {
                uint8_t *a = c->data + (y * c->w + x) * 3 + ch, *b = c->data + (y * c->w + c->w - 1 - x) * 3 + ch,
                        t = *a;
                *a = *b;
                *b = t;
            }
}

static void test_a_good_face_and_its_mirror_image(void **state)
{
    fer_pipeline *p = *state;
    struct canvas c = with_face();
    fer_face f = only_face(p, &c);
    mirror(&c);
    fer_face m = only_face(p, &c);
    assert_float_equal(f.size, sqrtf(f.width * f.height), 1e-3);
    assert_true(f.sharpness > 0.6f && f.occlusion < 0.5f && f.quality > 0.6f);
    assert_true(fabsf(f.yaw) < 20 && fabsf(f.pitch) < 20 && fabsf(f.roll) < 10);
    assert_float_equal(m.yaw, -f.yaw, 12); /* as exact as the points are */
    assert_float_equal(m.roll, -f.roll, 12);
    assert_float_equal(m.quality, f.quality, 0.1);
    free(c.data);
}

/* Each pixel becomes the mean of its surroundings. */
static void blur(struct canvas *c, int radius)
{
    struct canvas from = new_canvas(c->w, c->h, 0);
    memcpy(from.data, c->data, c->w * c->h * 3);
    for (int y = radius; y < (int)c->h - radius; y++)
        for (int x = radius; x < (int)c->w - radius; x++)
            for (size_t ch = 0; ch < 3; ch++) {
                int sum = 0, side = 2 * radius + 1;
                for (int dy = -radius; dy <= radius; dy++)
                    for (int dx = -radius; dx <= radius; dx++)
                        sum += from.data[((size_t)(y + dy) * c->w + (size_t)(x + dx)) * 3 + ch];
                c->data[((size_t)y * c->w + (size_t)x) * 3 + ch] = (uint8_t)(sum / (side * side));
            }
    free(from.data);
}

static void test_blurred_and_covered_faces_are_worse(void **state)
{
    fer_pipeline *p = *state;
    struct canvas c = with_face();
    fer_face f = only_face(p, &c);
    blur(&c, 4);
    fer_face blurred = only_face(p, &c);
    free(c.data);
    c = with_face();
    for (size_t y = 50 + 78; y < 50 + 125; y++) memset(c.data + (y * c.w + 60) * 3, 20, (size_t)3 * 170);
    fer_face covered = only_face(p, &c);
    assert_true(blurred.sharpness < f.sharpness / 2 && blurred.quality < f.quality);
    assert_true(covered.occlusion > 0.5f && covered.quality < f.quality);
    free(c.data);
}

static void test_pictures_that_are_one_face(void **state)
{
    fer_pipeline *p = *state;
    fer_image *im = load_face();
    fer_view v = fer_image_view(im);
    fer_face whole, seen;
    fer_error err;
    assert_int_equal(fer_pipeline_read_whole(p, &v, &whole, &err), FER_OK);
    assert_true(isnan(whole.yaw) && isnan(whole.pitch) && isnan(whole.roll));
    assert_float_equal(whole.size, SIDE, 1e-3);
    assert_true(whole.quality > 0.6f);
    /* a small one, in which the detector sees the face */
    size_t n;
    bool is_whole;
    struct canvas small = new_canvas(SIDE / 2, SIDE / 2, 0), large = new_canvas(SIDE, SIDE, 0);
    paste(&large, im, 0, 0);
    for (size_t i = 0; i < small.w * small.h; i++)
        memcpy(small.data + 3 * i, large.data + 3 * (i / small.w * 2 * SIDE + i % small.w * 2), 3);
    v = view_of(&small);
    assert_int_equal(fer_pipeline_run_auto(p, &v, 1, &seen, &n, &is_whole, &err), FER_OK);
    assert_true(n == 1 && is_whole && isnan(seen.points[0][0]));
    assert_true(fabsf(seen.yaw) < 25 && fabsf(seen.roll) < 15);
    free(small.data);
    free(large.data);
    fer_image_free(im);
}

static void test_a_detector_gives_poses_only(void **state)
{
    (void)state;
    fer_detector *d;
    fer_face f;
    fer_error err;
    size_t n;
    struct canvas c = with_face();
    fer_view v = view_of(&c);
    assert_int_equal(fer_detector_new(NULL, &d, &err), FER_OK);
    assert_int_equal(fer_detector_find(d, &v, 1, &f, &n, &err), FER_OK);
    assert_int_equal(n, 1);
    assert_true(fabsf(f.yaw) < 20 && isnan(f.sharpness) && isnan(f.occlusion) && isnan(f.quality));
    fer_detector_free(d);
    free(c.data);
}

static void test_hidden_faces_have_no_quality(void **state)
{
    fer_tracker *t;
    fer_face faces[4];
    fer_error err;
    size_t n;
    struct canvas c = with_face(), empty = new_canvas(300, 240, 120);
    fer_view with = view_of(&c), without = view_of(&empty);
    assert_int_equal(fer_tracker_new(*state, NULL, &t, &err), FER_OK);
    for (int i = 0; i < 4; i++) assert_int_equal(fer_tracker_next(t, &with, i * 0.04, 4, faces, &n, &err), FER_OK);
    assert_true(n == 1 && faces[0].seen && faces[0].quality > 0.6f);
    memset(empty.data + 3 * 300 * 100, 90, 900); /* another picture, but no other scene */
    assert_int_equal(fer_tracker_next(t, &without, 0.16, 4, faces, &n, &err), FER_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(!faces[i].seen && faces[i].quality == 0 && isnan(faces[i].sharpness) && isfinite(faces[i].yaw));
    fer_tracker_free(t);
    free(c.data);
    free(empty.data);
}

static int set_up(void **state)
{
    *state = new_pipeline(&(fer_pipeline_options){.threads = 1, .detector.smallest = 25});
    return 0;
}

static int tear_down(void **state)
{
    fer_pipeline_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_face_and_its_mirror_image),
        cmocka_unit_test(test_blurred_and_covered_faces_are_worse),
        cmocka_unit_test(test_pictures_that_are_one_face),
        cmocka_unit_test(test_a_detector_gives_poses_only),
        cmocka_unit_test(test_hidden_faces_have_no_quality),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
