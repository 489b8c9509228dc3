/* From decoded pixels to the network's input: resizing against Pillow, grey against BT.601, the named preprocessings
 * against their definitions. */
#include "image/image.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct feri_pixels picture(size_t w, size_t h, size_t c)
{
    struct feri_pixels px;
    fer_error err = {0};
    assert_int_equal(feri_pixels_new(w, h, c, &px, &err), FER_OK);
    for (size_t i = 0; i < w * h * c; i++) px.data[i] = (uint8_t)((i * 7919 + i * i * 31) % 256);
    return px;
}

static void test_resizing_is_pillows(void **state)
{
    (void)state;
    size_t w, h, c, nw, nh, cases = 0;
    FILE *f = fopen(FER_SOURCE_DIR "/tests/image/resize.csv", "r");
    assert_non_null(f);
    while (fscanf(f, "%zu,%zu,%zu,%zu,%zu", &w, &h, &c, &nw, &nh) == 5) {
        struct feri_pixels px = picture(w, h, c), out;
        fer_error err = {0};
        assert_int_equal(feri_image_resize(&px, nw, nh, &out, &err), FER_OK);
        assert_true(out.w == nw && out.h == nh && out.c == c);
        for (size_t i = 0; i < nw * nh * c; i++) {
            int want, off;
            assert_int_equal(fscanf(f, ",%d", &want), 1);
            off = abs(want - (int)out.data[i]);
            if (off > 1)
                fail_msg("%zux%zux%zu to %zux%zu: sample %zu is %d, Pillow's %d", w, h, c, nw, nh, i, out.data[i],
                         want);
        }
        feri_pixels_free(&px);
        feri_pixels_free(&out);
        cases++;
    }
    fclose(f);
    assert_int_equal(cases, 8);
}

static void test_grey_is_bt601(void **state)
{
    (void)state;
    struct feri_pixels rgb = picture(2, 2, 3), grey, back;
    fer_error err = {0};
    const uint8_t pixels[12] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 100, 150, 200};
    memcpy(rgb.data, pixels, sizeof pixels);
    assert_int_equal(feri_image_convert(&rgb, 1, &grey, &err), FER_OK);
    const uint8_t want[4] = {76, 150, 29, 141}; /* PIL.Image.convert("L") */
    assert_memory_equal(grey.data, want, sizeof want);
    assert_int_equal(feri_image_convert(&grey, 3, &back, &err), FER_OK);
    for (size_t i = 0; i < 12; i++) assert_int_equal(back.data[i], want[i / 3]);
    feri_pixels_free(&rgb);
    feri_pixels_free(&grey);
    feri_pixels_free(&back);
}

static float preprocessed(const char *name, size_t channels, size_t channel, uint8_t value)
{
    struct feri_preprocess p;
    struct feri_pixels px;
    fer_error err = {0};
    float out[3];
    assert_int_equal(feri_preprocess_find(name, channels, &p, NULL), FER_OK);
    assert_int_equal(feri_pixels_new(1, 1, channels, &px, &err), FER_OK);
    memset(px.data, value, channels);
    feri_preprocess_apply(&p, &px, out);
    feri_pixels_free(&px);
    return out[channel];
}

static void test_preprocessings_are_what_their_names_say(void **state)
{
    (void)state;
    static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};
    for (size_t ch = 0; ch < 3; ch++) {
        assert_float_equal(preprocessed("imagenet", 3, ch, 200), (200 / 255.0f - mean[ch]) / std[ch], 1e-5f);
        assert_float_equal(preprocessed("imagenet-255", 3, ch, 200), (200 - mean[ch]) / std[ch], 1e-3f);
        assert_float_equal(preprocessed("unit", 3, ch, 51), 0.2f, 1e-6f);
        assert_float_equal(preprocessed("half", 3, ch, 255), 1, 1e-6f);
    }
    assert_float_equal(preprocessed("half", 1, 0, 0), -1, 1e-6f);
    assert_float_equal(preprocessed("imagenet", 1, 0, 255), (1 - 0.449f) / 0.226f, 1e-4f); /* the means of the three */
    struct feri_preprocess p;
    assert_int_equal(feri_preprocess_find("imagenette", 3, &p, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(feri_preprocess_find("", 3, &p, NULL), FER_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resizing_is_pillows),
        cmocka_unit_test(test_grey_is_bt601),
        cmocka_unit_test(test_preprocessings_are_what_their_names_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
