/* Augmentation: with all options off nothing changes; the same random state gives the same picture; no setting reads
 * outside the picture. */
#include "image/image.h"
#include "image/randaugment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct feri_pixels picture(size_t w, size_t h, size_t c)
{
    struct feri_pixels px;
    fer_error err = {0};
    assert_int_equal(feri_pixels_new(w, h, c, &px, &err), FER_OK);
    for (size_t i = 0; i < w * h * c; i++) px.data[i] = (uint8_t)(40 + (i * 7919 + i * i * 31) % 170);
    return px;
}

static struct feri_pixels augmented(const fer_augment_options *a, const struct feri_pixels *px, uint64_t seed)
{
    struct feri_pixels out;
    struct feri_rng rng = feri_rng_new(seed, 0, 0);
    fer_error err = {0};
    assert_int_equal(feri_augment_apply(a, &rng, px, px->w, px->h, &out, &err), FER_OK);
    assert_true(out.w == px->w && out.h == px->h && out.c == px->c);
    return out;
}

static bool same(const struct feri_pixels *a, const struct feri_pixels *b)
{
    return memcmp(a->data, b->data, a->w * a->h * a->c) == 0;
}

static void test_nothing_asked_changes_nothing(void **state)
{
    (void)state;
    for (size_t c = 1; c <= 3; c += 2) {
        struct feri_pixels px = picture(13, 9, c), out = augmented(&(fer_augment_options){0}, &px, 1);
        assert_true(same(&px, &out));
        feri_pixels_free(&px);
        feri_pixels_free(&out);
    }
}

static void test_a_flip_is_a_mirror(void **state)
{
    (void)state;
    struct feri_pixels px = picture(13, 9, 3), out = augmented(&(fer_augment_options){.flip = 1}, &px, 1);
    for (size_t y = 0; y < 9; y++)
        for (size_t x = 0; x < 13; x++)
            assert_memory_equal(px.data + (y * 13 + x) * 3, out.data + (y * 13 + 12 - x) * 3, 3);
    feri_pixels_free(&px);
    feri_pixels_free(&out);
}

static void test_half_of_the_pictures_are_flipped(void **state)
{
    (void)state;
    struct feri_pixels px = picture(5, 3, 1);
    size_t flipped = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct feri_pixels out = augmented(&(fer_augment_options){.flip = 0.5f}, &px, seed);
        flipped += !same(&px, &out);
        feri_pixels_free(&out);
    }
    assert_in_range(flipped, 436, 564); /* four standard deviations */
    feri_pixels_free(&px);
}

static const fer_augment_options everything = {.flip = 0.5f,
                                               .crop_scale_min = 0.3f,
                                               .shift = 0.2f,
                                               .zoom = 0.3f,
                                               .rotation = 45,
                                               .brightness = 0.9f,
                                               .contrast = 0.9f,
                                               .erase = 1,
                                               .randaugment_ops = 14,
                                               .randaugment_magnitude = 30};

static void test_the_state_decides(void **state)
{
    (void)state;
    struct feri_pixels px = picture(31, 17, 3);
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct feri_pixels a = augmented(&everything, &px, seed), b = augmented(&everything, &px, seed),
                           c = augmented(&everything, &px, seed + 100);
        assert_true(same(&a, &b));
        assert_false(same(&a, &c));
        feri_pixels_free(&a);
        feri_pixels_free(&b);
        feri_pixels_free(&c);
    }
    feri_pixels_free(&px);
}

/* Under the sanitizers this looks for reads and writes outside. */
static void test_pictures_of_any_size_survive_everything(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {1, 9}, {9, 1}, {2, 2}, {3, 50}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t c = 1; c <= 3; c += 2)
            for (uint64_t seed = 0; seed < 100; seed++) {
                struct feri_pixels px = picture(sizes[i][0], sizes[i][1], c), out = augmented(&everything, &px, seed);
                feri_pixels_free(&px);
                feri_pixels_free(&out);
            }
}

static void test_erasing_takes_a_part_within_its_limits(void **state)
{
    (void)state;
    struct feri_pixels px = picture(48, 48, 1);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct feri_pixels out = augmented(&(fer_augment_options){.erase = 1}, &px, seed);
        size_t changed = 0;
        for (size_t i = 0; i < 48 * 48; i++) changed += px.data[i] != out.data[i];
        assert_in_range(changed, 1, 48 * 48 * 21 / 100); /* 20 %, sides rounded; a few pixels are the mean already */
        feri_pixels_free(&out);
    }
    feri_pixels_free(&px);
}

static void test_brightness_moves_the_mean_within_its_limits(void **state)
{
    (void)state;
    struct feri_pixels px = picture(32, 32, 1);
    double mean = 0;
    for (size_t i = 0; i < 1024; i++) mean += px.data[i] / 1024.0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct feri_pixels out = augmented(&(fer_augment_options){.brightness = 0.2f}, &px, seed);
        double now = 0;
        for (size_t i = 0; i < 1024; i++) now += out.data[i] / 1024.0;
        assert_true(now >= 0.8 * mean - 1 && now <= 1.2 * mean + 1);
        feri_pixels_free(&out);
    }
    feri_pixels_free(&px);
}

static void test_randaugment_changes_pictures_and_keeps_their_size(void **state)
{
    (void)state;
    struct feri_pixels px = picture(48, 48, 3);
    size_t changed = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct feri_pixels out =
            augmented(&(fer_augment_options){.randaugment_ops = 1, .randaugment_magnitude = 9}, &px, seed);
        changed += !same(&px, &out);
        feri_pixels_free(&out);
    }
    assert_in_range(changed, 100,
                    199); /* the identity is one of fourteen, and pictures without contrast to gain are others */
    feri_pixels_free(&px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked_changes_nothing),
        cmocka_unit_test(test_a_flip_is_a_mirror),
        cmocka_unit_test(test_half_of_the_pictures_are_flipped),
        cmocka_unit_test(test_the_state_decides),
        cmocka_unit_test(test_pictures_of_any_size_survive_everything),
        cmocka_unit_test(test_erasing_takes_a_part_within_its_limits),
        cmocka_unit_test(test_brightness_moves_the_mean_within_its_limits),
        cmocka_unit_test(test_randaugment_changes_pictures_and_keeps_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
