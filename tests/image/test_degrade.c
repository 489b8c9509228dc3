/* Degradations against numpy and Pillow (degrade.csv, made by make_degrade.py), and the noise of low light against its
 * formula. */
#include "image/degrade.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define W        48
#define H        36
#define LINE_MAX (W * H * 3 * 2 + 64)

static const char *const names[] = {"none", "blur",   "low-light",    "small",
                                    "jpeg", "rotate", "occlude-eyes", "occlude-mouth"};

static fer_degradation kind_of(const char *name)
{
    for (int k = 0; k < FER_DEGRADATIONS; k++)
        if (strcmp(names[k], name) == 0) return (fer_degradation)k;
    fail_msg("no degradation '%s'", name);
    return FER_DEGRADE_NONE;
}

static struct feri_pixels from_hex(size_t c, const char *hex)
{
    struct feri_pixels px;
    assert_int_equal(feri_pixels_new(W, H, c, &px, NULL), FER_OK);
    for (size_t i = 0; i < W * H * c; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        px.data[i] = (uint8_t)v;
    }
    return px;
}

static void compare(const struct feri_pixels *src, const char *name, int tolerance, const char *hex)
{
    struct feri_pixels wanted = from_hex(src->c, hex), got;
    struct feri_rng rng = feri_rng_new(0, 0, 0);
    fer_error err = {0};
    assert_int_equal(feri_degrade(kind_of(name), &rng, src, &got, &err), FER_OK);
    assert_true(got.w == W && got.h == H && got.c == src->c);
    for (size_t i = 0; i < W * H * src->c; i++)
        if (abs(got.data[i] - wanted.data[i]) > tolerance)
            fail_msg("%s, %zu channels, sample %zu: %d, expected %d", name, src->c, i, got.data[i], wanted.data[i]);
    feri_pixels_free(&wanted);
    feri_pixels_free(&got);
}

static void pictures_are_those_of_numpy_and_pillow(void **state)
{
    (void)state;
    static char line[LINE_MAX], name[32];
    FILE *f = fopen(FER_SOURCE_DIR "/tests/image/degrade.csv", "r");
    assert_non_null(f);
    struct feri_pixels src = {0};
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        size_t c;
        int tolerance, hex;
        assert_int_equal(sscanf(line, "%zu,%31[^,],%d,%n", &c, name, &tolerance, &hex), 3);
        if (strcmp(name, "none") == 0) { /* what the others are made of */
            feri_pixels_free(&src);
            src = from_hex(c, line + hex);
        }
        compare(&src, name, tolerance, line + hex);
    }
    assert_int_equal(n, 14);
    feri_pixels_free(&src);
    fclose(f);
}

/* The number of photons, computed back from the level, has the mean and the variance 100 (v / 255)^2.2. */
static void low_light_counts_photons(void **state)
{
    (void)state;
    static const int values[] = {0, 128, 200, 255};
    enum { SIDE = 200 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct feri_pixels src, out;
        fer_error err = {0};
        struct feri_rng rng = feri_rng_new(3, 0, i);
        assert_int_equal(feri_pixels_new(SIDE, SIDE, 1, &src, &err), FER_OK);
        memset(src.data, values[i], SIDE * SIDE);
        assert_int_equal(feri_degrade(FER_DEGRADE_LOW_LIGHT, &rng, &src, &out, &err), FER_OK);
        double sum = 0, square = 0, wanted = 100 * pow(values[i] / 255.0, 2.2);
        for (size_t p = 0; p < SIDE * SIDE; p++) {
            double photons = 1000 * pow(out.data[p] / 255.0, 2.2);
            sum += photons;
            square += photons * photons;
        }
        double mean = sum / (SIDE * SIDE), variance = square / (SIDE * SIDE) - mean * mean;
        assert_true(fabs(mean - wanted) <= 0.02 * wanted);
        assert_true(fabs(variance - wanted) <= 0.06 * wanted);
        feri_pixels_free(&src);
        feri_pixels_free(&out);
    }
}

static void any_size_is_taken(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {1, 7}, {9, 2}, {130, 97}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int k = 0; k < FER_DEGRADATIONS; k++) {
            struct feri_pixels src, out;
            fer_error err = {0};
            struct feri_rng rng = feri_rng_new(0, 0, 0);
            assert_int_equal(feri_pixels_new(sizes[i][0], sizes[i][1], 3, &src, &err), FER_OK);
            memset(src.data, 90, src.w * src.h * 3);
            assert_int_equal(feri_degrade((fer_degradation)k, &rng, &src, &out, &err), FER_OK);
            assert_true(out.w == src.w && out.h == src.h && out.c == 3);
            feri_pixels_free(&src);
            for (uint64_t n = 0; n < 20; n++) {
                rng = feri_rng_new(1, 1, n);
                assert_int_equal(feri_degrade_randomly(1, &rng, &out, &err), FER_OK);
                assert_true(out.w == sizes[i][0] && out.h == sizes[i][1] && out.c == 3);
            }
            feri_pixels_free(&out);
        }
}

static struct feri_pixels gradient(void)
{
    struct feri_pixels px;
    assert_int_equal(feri_pixels_new(W, H, 1, &px, NULL), FER_OK);
    for (size_t i = 0; i < W * H; i++) px.data[i] = (uint8_t)(60 + i * 7 % 180);
    return px;
}

/* Of n pictures: how many are not as they were, and how many have a row of black. */
static void worsen_many(float probability, int n, int *changed, int *covered)
{
    *changed = *covered = 0;
    for (int i = 0; i < n; i++) {
        struct feri_pixels src = gradient(), px = gradient();
        struct feri_rng rng = feri_rng_new(1, 2, (uint64_t)i);
        fer_error err = {0};
        assert_int_equal(feri_degrade_randomly(probability, &rng, &px, &err), FER_OK);
        assert_true(px.w == W && px.h == H && px.c == 1);
        *changed += memcmp(px.data, src.data, W * H) != 0;
        static const uint8_t black[W];
        for (size_t y = 0; y < H; y++)
            if (memcmp(px.data + y * W, black, W) == 0) {
                ++*covered;
                break;
            }
        feri_pixels_free(&src);
        feri_pixels_free(&px);
    }
}

static void chance_makes_as_many_worse_as_asked_for(void **state)
{
    (void)state;
    int changed, covered;
    worsen_many(0, 200, &changed, &covered);
    assert_true(changed == 0 && covered == 0);
    worsen_many(0.25f, 2000, &changed, &covered);
    assert_in_range(changed, 430, 570); /* three and a half standard deviations of a binomial */
    worsen_many(1, 2000, &changed, &covered);
    assert_int_equal(changed, 2000);
    assert_in_range(covered, 150, 250); /* half of a fifth */
}

static void the_same_numbers_make_the_same_picture(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct feri_pixels a = gradient(), b = gradient();
        struct feri_rng r = feri_rng_new(9, 9, i), s = feri_rng_new(9, 9, i), unused = feri_rng_new(9, 9, i);
        assert_int_equal(feri_degrade_randomly(1, &r, &a, NULL), FER_OK);
        assert_int_equal(feri_degrade_randomly(1, &s, &b, NULL), FER_OK);
        assert_memory_equal(a.data, b.data, W * H);
        feri_pixels_free(&b);
        b = gradient();
        assert_int_equal(feri_degrade_randomly(0, &unused, &b, NULL), FER_OK);
        assert_true(unused.state == r.state);
        feri_pixels_free(&a);
        feri_pixels_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_those_of_numpy_and_pillow),
        cmocka_unit_test(low_light_counts_photons),
        cmocka_unit_test(any_size_is_taken),
        cmocka_unit_test(chance_makes_as_many_worse_as_asked_for),
        cmocka_unit_test(the_same_numbers_make_the_same_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
