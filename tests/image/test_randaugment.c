/* RandAugment against torchvision (randaugment.csv, made by make_randaugment.py), every operation at every magnitude in
 * both directions; and how operations are drawn. */
#include "image/randaugment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LAST (FERI_RANDAUGMENT_BINS - 1)
#define OPS  FERI_RANDAUGMENT_OPS

static const char *const names[OPS] = {"identity",  "shear-x",    "shear-y",       "translate-x", "translate-y",
                                       "rotate",    "brightness", "color",         "contrast",    "sharpness",
                                       "posterize", "solarize",   "auto-contrast", "equalize"};

static bool has_direction(int op)
{
    return op >= FERI_RANDAUGMENT_SHEAR_X && op <= FERI_RANDAUGMENT_SHARPNESS;
}

static bool has_magnitude(int op)
{
    return op != FERI_RANDAUGMENT_IDENTITY && op != FERI_RANDAUGMENT_AUTO_CONTRAST && op != FERI_RANDAUGMENT_EQUALIZE;
}

static bool blends(int op)
{
    return op >= FERI_RANDAUGMENT_BRIGHTNESS && op <= FERI_RANDAUGMENT_SHARPNESS;
}

/* The generator's picture. */
static struct feri_pixels picture(size_t c)
{
    struct feri_pixels px;
    fer_error err = {0};
    assert_int_equal(feri_pixels_new(c == 3 ? 37 : 23, c == 3 ? 29 : 17, c, &px, &err), FER_OK);
    for (size_t i = 0; i < px.w * px.h * c; i++)
        px.data[i] = (uint8_t)(40 - 20 * (i % c) + ((uint32_t)(i * 2654435761u) >> 16) % (170 + 43 * (i % c)));
    return px;
}

static struct feri_pixels applied(size_t c, int op, int magnitude)
{
    struct feri_pixels px = picture(c);
    fer_error err = {0};
    assert_int_equal(feri_randaugment_apply(&px, (enum feri_randaugment_op)op, abs(magnitude), magnitude < 0, &err),
                     FER_OK);
    return px;
}

static bool same(const struct feri_pixels *a, const struct feri_pixels *b)
{
    return memcmp(a->data, b->data, a->w * a->h * a->c) == 0;
}

static uint32_t fnv1a(const struct feri_pixels *px)
{
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < px->w * px->h * px->c; i++) value = (value ^ px->data[i]) * 16777619u;
    return value;
}

static void same_pixels(const struct feri_pixels *px, const char *hex, const char *line)
{
    char hash[16];
    snprintf(hash, sizeof hash, "%08x", (unsigned)fnv1a(px));
    if (strcmp(hash, hex) != 0) fail_msg("%s: other pixels than torchvision's (%s)", line, hash);
}

/* Counts samples and those that are off by one; no more is allowed. */
static void close_samples(const struct feri_pixels *px, int magnitude, const char *hex, const char *line, int *samples,
                          int *off_by_one)
{
    size_t step = px->c == 3 ? 127 : 17, size = px->w * px->h * px->c;
    for (size_t i = (size_t)abs(magnitude) % step; i < size; i += step, hex += 2) {
        unsigned wanted;
        if (sscanf(hex, "%2x", &wanted) != 1) fail_msg("%s: too few samples", line);
        int off = abs((int)wanted - px->data[i]);
        if (off > 1) fail_msg("%s: sample %zu is %d, torchvision's %u", line, i, px->data[i], wanted);
        *samples += 1;
        *off_by_one += off;
    }
    assert_int_equal(*hex, '\0');
}

/* Goes through the file's lines of one operation; returns how many there are. */
static int compare(int op, int *samples, int *off_by_one)
{
    char line[512], name[16], hex[256];
    int lines = 0, c, magnitude;
    FILE *f = fopen(FER_SOURCE_DIR "/tests/image/randaugment.csv", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        assert_int_equal(sscanf(line, "%d,%15[^,],%d,%255s", &c, name, &magnitude, hex), 4);
        if (strcmp(name, names[op]) != 0) continue;
        struct feri_pixels px = applied((size_t)c, op, magnitude);
        if (blends(op)) close_samples(&px, magnitude, hex, line, samples, off_by_one);
        else same_pixels(&px, hex, line);
        feri_pixels_free(&px);
        lines++;
    }
    fclose(f);
    return lines;
}

static void compare_range(int first, int last)
{
    for (int op = first; op <= last; op++) {
        int samples = 0, off_by_one = 0,
            magnitudes = has_direction(op)   ? 2 * LAST + 1
                         : has_magnitude(op) ? LAST + 1
                                             : 1;
        assert_int_equal(compare(op, &samples, &off_by_one), 2 * magnitudes);
        /* torch.linspace rounds differently, which changes few samples. Rounding where torchvision truncates would
         * change half of them. */
        if (off_by_one * 50 > samples) fail_msg("%s: %d of %d samples are off by one", names[op], off_by_one, samples);
    }
}

static void test_geometry_takes_the_very_pixels_torchvision_takes(void **state)
{
    (void)state;
    compare_range(FERI_RANDAUGMENT_IDENTITY, FERI_RANDAUGMENT_ROTATE);
}

static void test_blends_are_torchvisions_to_a_level(void **state)
{
    (void)state;
    compare_range(FERI_RANDAUGMENT_BRIGHTNESS, FERI_RANDAUGMENT_SHARPNESS);
}

static void test_tones_are_torchvisions(void **state)
{
    (void)state;
    compare_range(FERI_RANDAUGMENT_POSTERIZE, FERI_RANDAUGMENT_EQUALIZE);
}

static void test_shears_keep_the_top_left_corner(void **state)
{
    (void)state;
    struct feri_pixels old = picture(3);
    for (int magnitude = -LAST; magnitude <= LAST; magnitude++)
        for (int op = FERI_RANDAUGMENT_SHEAR_X; op <= FERI_RANDAUGMENT_SHEAR_Y; op++) {
            struct feri_pixels px = applied(3, op, magnitude);
            assert_memory_equal(px.data, old.data, 3);
            feri_pixels_free(&px);
        }
    feri_pixels_free(&old);
}

static void test_a_grey_picture_has_no_colour_to_change(void **state)
{
    (void)state;
    struct feri_pixels old = picture(1);
    for (int magnitude = -LAST; magnitude <= LAST; magnitude++) {
        struct feri_pixels px = applied(1, FERI_RANDAUGMENT_COLOR, magnitude);
        assert_true(same(&px, &old));
        feri_pixels_free(&px);
    }
    feri_pixels_free(&old);
}

/* Except that solarizing at 255 turns white to black. */
static void test_magnitude_zero_is_no_effect(void **state)
{
    (void)state;
    struct feri_pixels old = picture(3);
    for (int op = 0; op < OPS; op++) {
        if (!has_magnitude(op)) continue;
        struct feri_pixels px = applied(3, op, 0);
        for (size_t i = 0; i < px.w * px.h * 3; i++)
            if (px.data[i] != old.data[i] && !(op == FERI_RANDAUGMENT_SOLARIZE && old.data[i] == 255))
                fail_msg("%s: %d became %d", names[op], old.data[i], px.data[i]);
        feri_pixels_free(&px);
    }
    feri_pixels_free(&old);
}

static struct feri_pixels drawn(int ops, int magnitude, uint64_t seed)
{
    struct feri_pixels px = picture(3);
    struct feri_rng rng = feri_rng_new(seed, 0, 0);
    fer_error err = {0};
    assert_int_equal(feri_randaugment(&px, ops, magnitude, &rng, &err), FER_OK);
    return px;
}

/* One in fourteen, either direction in half of them; five standard deviations are allowed. */
static void test_operations_and_directions_are_drawn_alike(void **state)
{
    (void)state;
    struct feri_pixels results[OPS][2];
    int count[OPS][2] = {{0}}, strangers = 0;
    for (int op = 0; op < OPS; op++)
        for (int negative = 0; negative < 2; negative++) results[op][negative] = applied(3, op, negative ? -24 : 24);
    for (uint64_t seed = 0; seed < 2800; seed++) {
        struct feri_pixels px = drawn(1, 24, seed);
        int k = 0;
        while (k < 2 * OPS && !same(&px, &results[k / 2][k % 2])) k++;
        if (k < 2 * OPS) count[k / 2][k % 2]++;
        else strangers++;
        feri_pixels_free(&px);
    }
    assert_int_equal(strangers, 0);
    for (int op = 0; op < OPS; op++) {
        int lo = has_direction(op) ? 51 : 132, hi = has_direction(op) ? 149 : 268;
        assert_in_range(count[op][0], lo, hi);
        if (has_direction(op)) assert_in_range(count[op][1], lo, hi);
        for (int negative = 0; negative < 2; negative++) feri_pixels_free(&results[op][negative]);
    }
}

/* Every operation draws two numbers, so the next one does not depend on it. */
static void test_operations_follow_one_another(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct feri_pixels px = drawn(3, 9, seed), wanted = picture(3);
        struct feri_rng rng = feri_rng_new(seed, 0, 0);
        fer_error err = {0};
        for (int i = 0; i < 3; i++) {
            uint32_t op = feri_rng_below(&rng, OPS), negative = feri_rng_below(&rng, 2);
            assert_int_equal(feri_randaugment_apply(&wanted, (enum feri_randaugment_op)op, 9, negative, &err), FER_OK);
        }
        assert_true(same(&px, &wanted));
        feri_pixels_free(&px);
        feri_pixels_free(&wanted);
    }
}

static void test_no_operations_change_nothing(void **state)
{
    (void)state;
    struct feri_pixels px = drawn(0, LAST, 1), old = picture(3);
    assert_true(same(&px, &old));
    feri_pixels_free(&px);
    feri_pixels_free(&old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geometry_takes_the_very_pixels_torchvision_takes),
        cmocka_unit_test(test_blends_are_torchvisions_to_a_level),
        cmocka_unit_test(test_tones_are_torchvisions),
        cmocka_unit_test(test_shears_keep_the_top_left_corner),
        cmocka_unit_test(test_a_grey_picture_has_no_colour_to_change),
        cmocka_unit_test(test_magnitude_zero_is_no_effect),
        cmocka_unit_test(test_operations_and_directions_are_drawn_alike),
        cmocka_unit_test(test_operations_follow_one_another),
        cmocka_unit_test(test_no_operations_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
