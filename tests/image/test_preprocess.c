/* Preprocessing by name, and what each does to pixel values. */
#include "fer/fer.h"
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_only_the_listed_names_are_known(void **state)
{
    (void)state;
    static const char *const others[] = {"",    "Imagenet", "imagenet ", "imagenet-25", "imagenet-2555",
                                         "uni", "units",    "halfs",     "none",        "-255"};
    struct feri_preprocess p;
    const char *const *names = fer_preprocess_names();
    size_t n = 0;
    for (; names[n]; n++)
        for (size_t c = 1; c <= 3; c += 2) assert_int_equal(feri_preprocess_find(names[n], c, &p, NULL), FER_OK);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t c = 1; c <= 3; c += 2)
            assert_int_equal(feri_preprocess_find(others[i], c, &p, NULL), FER_ERR_ARGUMENT);
}

static void test_an_unknown_name_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    fer_model *m = NULL;
    fer_error err = {0};
    assert_int_equal(fer_model_new("resnet-8", &(fer_model_options){.preprocess = "imagenette"}, &m, &err),
                     FER_ERR_ARGUMENT);
    assert_null(m);
    assert_non_null(strstr(err.text, "'imagenette'"));
    const char *const *names = fer_preprocess_names();
    for (size_t i = 0; names[i]; i++)
        if (!strstr(err.text, names[i])) fail_msg("'%s' does not offer %s", err.text, names[i]);
}

/* Value by value, for channels that differ: none may take its neighbour's. */
static void test_each_channel_has_its_own_mean_and_deviation(void **state)
{
    (void)state;
    static const struct feri_preprocess p = {0.5f, {1, 2, 3}, {4, 5, 6}};
    struct feri_pixels px;
    fer_error err = {0};
    static float out[16 * 16 * 3];
    assert_int_equal(feri_pixels_new(16, 16, 3, &px, &err), FER_OK);
    for (size_t i = 0; i < 768; i++) px.data[i] = (uint8_t)(i / 3 * (1 + i % 3));
    feri_preprocess_apply(&p, &px, out);
    for (size_t i = 0; i < 768; i++) {
        float want = ((float)px.data[i] * 0.5f - p.mean[i % 3]) / p.std[i % 3];
        assert_float_equal(out[i], want, 1e-5f);
    }
    feri_pixels_free(&px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_listed_names_are_known),
        cmocka_unit_test(test_an_unknown_name_is_answered_with_the_known_ones),
        cmocka_unit_test(test_each_channel_has_its_own_mean_and_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
