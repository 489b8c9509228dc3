/* The quality of examples/face.png, as it is, blurred, shrunk and covered. */
#include "fer/image.h"
#include "image/degrade.h"
#include "image/image.h"
#include "vision/quality.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE FERI_QUALITY_SIDE

static struct feri_pixels crop;

static int set_up(void **state)
{
    (void)state;
    fer_image *im;
    struct feri_pixels sized;
    if (fer_image_load(FER_SOURCE_DIR "/examples/face.png", &im, NULL) != FER_OK) return -1;
    struct feri_pixels px = {fer_image_width(im), fer_image_height(im), fer_image_channels(im), malloc(132 * 132 * 3)};
    memcpy(px.data, fer_image_pixels(im), px.w * px.h * px.c);
    if (feri_image_resize(&px, SIDE, SIDE, &sized, NULL) != FER_OK ||
        feri_image_convert(&sized, 1, &crop, NULL) != FER_OK)
        return -1;
    feri_pixels_free(&px);
    feri_pixels_free(&sized);
    fer_image_free(im);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    feri_pixels_free(&crop);
    return 0;
}

static struct feri_quality quality_of(const struct feri_pixels *px)
{
    struct feri_quality q = feri_quality_of(px->data);
    assert_true(q.sharpness >= 0 && q.sharpness <= 1 && q.occlusion >= 0 && q.occlusion <= 1 && q.quality >= 0 &&
                q.quality <= 1);
    return q;
}

static void test_a_good_picture(void **state)
{
    (void)state;
    struct feri_quality q = quality_of(&crop);
    assert_true(q.sharpness > 0.6f && q.occlusion < 0.3f && q.quality > 0.7f);
}

static void test_blur_takes_sharpness(void **state)
{
    (void)state;
    struct feri_quality before = quality_of(&crop);
    for (double share = 0.01; share < 0.06; share += 0.01) {
        uint8_t data[SIDE * SIDE];
        struct feri_pixels blurred = {SIDE, SIDE, 1, data};
        assert_int_equal(feri_degrade_blur(&crop, share, &blurred, NULL), FER_OK);
        struct feri_quality q = quality_of(&blurred);
        assert_true(q.sharpness < before.sharpness);
        before = q;
    }
    assert_true(before.sharpness < 0.05f && before.quality < 0.6f);
}

static void test_small_pictures_are_not_sharp(void **state)
{
    (void)state;
    struct feri_pixels small;
    assert_int_equal(feri_degrade_small(&crop, 3, &small, NULL), FER_OK);
    assert_true(quality_of(&small).sharpness < 0.4f);
    feri_pixels_free(&small);
}

static void test_covered_faces(void **state)
{
    (void)state;
    static const double bands[][2] = {{0.25, 0.5}, {0.65, 0.95}, {0.5, 1}};
    for (size_t i = 0; i < 3; i++)
        for (int level = 0; level < 256; level += 85) {
            uint8_t data[SIDE * SIDE];
            struct feri_pixels covered = {SIDE, SIDE, 1, data};
            memcpy(data, crop.data, sizeof data);
            feri_degrade_cover(&covered, bands[i][0], bands[i][1], (uint8_t)level);
            struct feri_quality q = quality_of(&covered);
            if (!(q.occlusion > 0.5f && q.quality < 0.7f))
                fail_msg("band %zu, level %d: occlusion %g, quality %g", i, level, (double)q.occlusion,
                         (double)q.quality);
        }
}

/* Brightness and contrast alone change little. */
static void test_light_does_not_matter(void **state)
{
    (void)state;
    uint8_t data[SIDE * SIDE];
    struct feri_pixels dim = {SIDE, SIDE, 1, data};
    for (size_t i = 0; i < SIDE * SIDE; i++) data[i] = (uint8_t)(crop.data[i] / 2 + 20);
    assert_float_equal(quality_of(&dim).quality, quality_of(&crop).quality, 0.1);
}

static void test_pictures_without_anything(void **state)
{
    (void)state;
    uint8_t data[SIDE * SIDE];
    struct feri_pixels px = {SIDE, SIDE, 1, data};
    for (int level = 0; level < 256; level += 51) {
        memset(data, level, sizeof data);
        quality_of(&px);
    }
    for (size_t i = 0; i < sizeof data; i++) data[i] = i % 2 ? 255 : 0;
    quality_of(&px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_picture),
        cmocka_unit_test(test_blur_takes_sharpness),
        cmocka_unit_test(test_small_pictures_are_not_sharp),
        cmocka_unit_test(test_covered_faces),
        cmocka_unit_test(test_light_does_not_matter),
        cmocka_unit_test(test_pictures_without_anything),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
