/* Where a film cuts to another scene, and what is none. */
#include "vision/cuts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { W = 320, H = 240 };

static uint8_t pixels[W * H * 3];

/* Blobs of a scene, moved and lit; noise: of a camera. */
static fer_view frame(int scene, double dx, double gain, double offset, int noise)
{
    static uint32_t r = 1;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double u = (x + dx) / 60, v = y / 50.0, k = scene;
            double value = 120 + 50 * sin(u * (1 + 0.3 * k) + 2 * k) + 45 * cos(v * (1 + 0.2 * k) + u * 0.7 + k);
            r = r * 1664525 + 1013904223;
            value = value * gain + offset + (noise ? (double)(r >> 24) / 255 * noise - noise / 2.0 : 0);
            memset(pixels + (y * W + x) * 3, value < 0 ? 0 : value > 255 ? 255 : (int)value, 3);
        }
    return (fer_view){FER_RGB8, W, H, {pixels}, {W * 3}};
}

static bool see(struct feri_cuts *c, fer_view v)
{
    return feri_cuts_see(c, &v);
}

static void test_another_scene_is_a_cut_once(void **state)
{
    struct feri_cuts c = {0};
    (void)state;
    for (int scene = 0; scene < 6; scene++)
        for (int i = 0; i < 5; i++) assert_int_equal(see(&c, frame(scene, i, 1, 0, 20)), scene > 0 && i == 0);
}

static void test_motion_light_and_noise_are_no_cut(void **state)
{
    struct feri_cuts c = {0};
    (void)state;
    for (int i = 0; i < 60; i++) assert_false(see(&c, frame(1, 8 * i, 1, 0, 60))); /* a camera that turns */
    c = (struct feri_cuts){0};
    for (int i = 0; i < 20; i++) assert_false(see(&c, frame(2, i, i % 3 ? 1 : 0.4, i % 3 ? 0 : 120, 10))); /* flashes */
    for (int i = 0; i < 20; i++) assert_false(see(&c, frame(2, i, 1 - i / 20.0, 0, 4)));                   /* a fade */
}

static void test_frames_of_any_size_and_format(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {3, 200}, {31, 23}, {W, H}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct feri_cuts c = {0};
        fer_view v = frame(0, 0, 1, 0, 0);
        v.width = sizes[i][0], v.height = sizes[i][1];
        assert_false(see(&c, v));
        assert_false(see(&c, v));
        v.format = FER_GRAY8;
        v.strides[0] = W;
        see(&c, v); /* other pixels: either answer is right */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_scene_is_a_cut_once),
        cmocka_unit_test(test_motion_light_and_noise_are_no_cut),
        cmocka_unit_test(test_frames_of_any_size_and_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
