/* What weights store about faces: where they are in a model's crops, and from which confidence a detection is a
 * face. */
#define _POSIX_C_SOURCE 200809L
#include "formats/safetensors.h"
#include "models/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/fer-faces-XXXXXX", file[64], other[64];
static const fer_crop crop = {
    .eye_distance = 0.4123456f, .eye_height = 0.377f, .box_scale = 0.9100001f, .box_x = -0.0125f, .box_y = 0.0333333f};

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(file, sizeof file, "%s/m.safetensors", dir);
    snprintf(other, sizeof other, "%s/o.safetensors", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(file);
    unlink(other);
    return rmdir(dir);
}

static fer_model *make(const char *name, const fer_model_options *opt)
{
    fer_model *m;
    fer_error err = {0};
    if (fer_model_new(name, opt, &m, &err) != FER_OK) fail_msg("%s: %s", name, err.text);
    return m;
}

static fer_model *load(const char *path, const fer_load_options *opt)
{
    fer_model *m;
    fer_error err = {0};
    if (fer_model_load(path, opt, &m, &err) != FER_OK) fail_msg("%s", err.text);
    return m;
}

static void says(const fer_model *m, const fer_crop *want, double threshold)
{
    fer_crop got = {0};
    assert_true(fer_model_crop(m, &got) == (want != NULL));
    if (want) assert_memory_equal(&got, want, sizeof got);
    assert_float_equal(fer_model_threshold(m), threshold, 1e-7);
}

static void test_both_survive_files_of_either_precision(void **state)
{
    (void)state;
    for (fer_dtype dtype = FER_FLOAT32; dtype <= FER_FLOAT16; dtype++)
        for (int mapped = 0; mapped < 2; mapped++) {
            fer_model *m = make("resnet-8", &(fer_model_options){.crop = &crop, .threshold = 0.37}), *back, *again;
            assert_int_equal(fer_model_save(m, file, dtype, NULL), FER_OK);
            back = load(file, &(fer_load_options){.mapped = mapped});
            says(back, &crop, 0.37);
            assert_int_equal(fer_model_save(back, other, FER_FLOAT32, NULL), FER_OK);
            again = load(other, NULL);
            says(again, &crop, 0.37);
            fer_model_free(again);
            fer_model_free(back);
            fer_model_free(m);
        }
}

static void test_what_is_not_told_stays_so_and_can_be_put_in(void **state)
{
    (void)state;
    fer_crop changed = crop;
    fer_model *m = make("resnet-8", NULL);
    says(m, NULL, 0);
    assert_int_equal(fer_model_save(m, file, FER_FLOAT32, NULL), FER_OK);
    fer_model_free(m);
    m = load(file, NULL);
    says(m, NULL, 0);
    fer_model_free(m);
    m = load(file, &(fer_load_options){.override = {.crop = &crop, .threshold = 0.5}});
    says(m, &crop, 0.5);
    assert_int_equal(fer_model_save(m, other, FER_FLOAT32, NULL), FER_OK);
    fer_model_free(m);
    changed.box_y = 0.5f;
    m = load(other, &(fer_load_options){.override = {.crop = &changed}});
    says(m, &changed, 0.5);
    fer_model_free(m);
}

static void test_a_detector_looks_by_its_threshold(void **state)
{
    (void)state;
    fer_model *m = make("face-s", &(fer_model_options){.threshold = 0.25});
    says(m, NULL, 0.25);
    fer_model_free(m);
}

/* ---- refused ---- */

static void refuses(const char *key, const char *value, const char *sentence)
{
    struct feri_tensors t = {0};
    fer_model *m = make("resnet-8", NULL), *back = (fer_model *)(uintptr_t)1;
    fer_error err = {0};
    assert_int_equal(feri_model_put_tensors(m, &t, &err), FER_OK);
    assert_true(feri_tensors_set_meta(&t, key, value));
    assert_int_equal(feri_safetensors_write(other, &t, FERI_DTYPE_F32, &err), FER_OK);
    feri_tensors_free(&t);
    fer_model_free(m);
    if (fer_model_load(other, NULL, &back, &err) == FER_OK) fail_msg("%s '%s' passes", key, value);
    assert_null(back);
    if (strstr(err.text, sentence) && strstr(err.text, other)) return;
    fail_msg("%s '%s': '%s' should say '%s' and the file", key, value, err.text, sentence);
}

static void test_crops_that_are_none(void **state)
{
    (void)state;
    static const char *const not_numbers[] = {"",
                                              "0.4",
                                              "0.4 0.4 0.9 0",
                                              "a b c d e",
                                              "0.4 0.4 0.9 0 x",
                                              "0.4 0.4 0.9 0 0 7",
                                              "nan 0.4 0.9 0 0",
                                              "0.4 inf 0.9 0 0",
                                              "0.4,0.4,0.9,0,0",
                                              "0.4 0.4 0.9 0 1e99"};
    static const char *const out_of_range[] = {"0 0.4 0.9 0 0",  "1.5 0.4 0.9 0 0", "0.4 -0.1 0.9 0 0", "0.4 0.4 0 0 0",
                                               "0.4 0.4 50 0 0", "0.4 0.4 0.9 2 0", "0.4 0.4 0.9 0 -1"};
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++)
        refuses("fer.crop", not_numbers[i], "expected 5 numbers");
    for (size_t i = 0; i < sizeof out_of_range / sizeof *out_of_range; i++)
        refuses("fer.crop", out_of_range[i], "expected fractions of the crop's sides");
}

static void test_thresholds_that_are_none(void **state)
{
    (void)state;
    static const char *const not_numbers[] = {"", "x", "0.5x", "0.5 0.5", "nan", "1e999"};
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++)
        refuses("fer.threshold", not_numbers[i], "expected 1 number");
    refuses("fer.threshold", "1", "threshold 1, expected 0 to below 1");
    refuses("fer.threshold", "-0.5", "threshold -0.5");
}

static void test_options_that_are_none(void **state)
{
    (void)state;
    static const fer_model_options wrong[] = {{.threshold = 1}, {.threshold = -0.1}, {.threshold = (double)NAN}};
    fer_model *m;
    fer_error err = {0};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fer_model_new("face-s", &wrong[i], &m, &err), FER_ERR_ARGUMENT);
        assert_non_null(strstr(err.text, "threshold"));
    }
    fer_crop c = crop;
    c.eye_distance = (float)NAN;
    assert_int_equal(fer_model_new("resnet-8", &(fer_model_options){.crop = &c}, &m, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "a crop of eyes nan apart"));
}

static void assert_same_params(const fer_model *a, const fer_model *b)
{
    for (size_t i = 0; i < feri_graph_n_params(a->graph); i++) {
        const struct feri_param *p = feri_graph_param(a->graph, i);
        float *x = calloc(2 * p->count, sizeof *x), *y = x + p->count;
        assert_true(feri_graph_read_param(a->graph, i, x) && feri_graph_read_param(b->graph, i, y));
        assert_memory_equal(x, y, p->count * sizeof *x);
        free(x);
    }
}

static void test_a_changed_copy_leaves_the_model_as_it_is(void **state)
{
    (void)state;
    static const char *const names[] = {"no", "yes"};
    fer_model *m = make("resnet-8", &(fer_model_options){.n_classes = 2, .seed = 3, .temperature = 2}), *copy;
    const fer_model_changes changes = {.temperature = 1.5,
                                       .crop = &crop,
                                       .threshold = 0.25,
                                       .preprocess = "unit",
                                       .provenance = "elsewhere",
                                       .classes = names};
    assert_int_equal(fer_model_with(m, &changes, &copy, NULL), FER_OK);
    fer_model_info info = fer_model_get_info(copy);
    says(copy, &crop, 0.25);
    assert_float_equal(fer_model_temperature(copy), 1.5, 0);
    assert_string_equal(info.preprocess, "unit");
    assert_string_equal(info.provenance, "elsewhere");
    assert_string_equal(info.classes[1], "yes");
    assert_same_params(m, copy);
    says(m, NULL, 0);
    assert_float_equal(fer_model_temperature(m), 2, 0);
    assert_string_equal(fer_model_get_info(m).classes[1], "class1");
    fer_model_free(copy);
    assert_int_equal(fer_model_with(m, NULL, &copy, NULL), FER_OK);
    says(copy, NULL, 0);
    assert_float_equal(fer_model_temperature(copy), 2, 0);
    assert_same_params(m, copy);
    fer_model_free(copy);
    fer_model_free(m);
}

static void test_changes_out_of_range(void **state)
{
    (void)state;
    static const double shift[2] = {0.5, -1};
    static const char *const twins[] = {"one", "one"};
    static const fer_model_changes wrong[] = {
        {.temperature = -1}, {.threshold = 1}, {.preprocess = "none"}, {.classes = twins}};
    fer_model *m = make("resnet-8", &(fer_model_options){.n_classes = 2}), *copy = m;
    fer_model *detector = make("face-s", NULL);
    fer_error err = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(fer_model_with(m, &wrong[i], &copy, &err), FER_ERR_ARGUMENT);
        assert_null(copy);
    }
    assert_int_equal(fer_model_with(detector, &(fer_model_changes){.logit_shift = shift}, &copy, &err),
                     FER_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "has no classifier"));
    assert_int_equal(fer_model_with(NULL, NULL, &copy, &err), FER_ERR_ARGUMENT);
    fer_model_free(detector);
    fer_model_free(m);
}

static void test_logits_are_shifted_by_the_bias(void **state)
{
    (void)state;
    static const double shift[2] = {0.5, -1};
    fer_model *m = make("resnet-8", &(fer_model_options){.n_classes = 2}), *copy;
    assert_int_equal(fer_model_with(m, &(fer_model_changes){.logit_shift = shift}, &copy, NULL), FER_OK);
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        const struct feri_param *p = feri_graph_param(m->graph, i);
        bool bias = strcmp(p->name, "fc.bias") == 0;
        float *x = calloc(2 * p->count, sizeof *x), *y = x + p->count;
        assert_true(feri_graph_read_param(m->graph, i, x) && feri_graph_read_param(copy->graph, i, y));
        for (size_t k = 0; k < p->count; k++) assert_true(y[k] == (bias ? x[k] + (float)shift[k] : x[k]));
        free(x);
    }
    fer_model_free(copy);
    fer_model_free(m);
}

static void test_a_doubt_survives_until_another_temperature(void **state)
{
    (void)state;
    fer_model *m = make("resnet-8", &(fer_model_options){.n_classes = 2, .temperature = 2}), *back, *copy;
    fer_error err = {0};
    assert_float_equal(fer_model_doubt(m), 0, 0);
    assert_int_equal(feri_model_set_temperature(m, 2, 0.95, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_model_set_temperature(m, 2, -0.1, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_model_set_temperature(m, 0, 0.5, &err), FER_ERR_ARGUMENT);
    assert_float_equal(feri_model_temperature_at(m, 0), 2, 0);
    assert_int_equal(feri_model_set_temperature(m, 2, 0.5, &err), FER_OK);
    assert_int_equal(fer_model_save(m, file, FER_FLOAT32, NULL), FER_OK);
    back = load(file, NULL);
    assert_float_equal(fer_model_doubt(back), 0.5, 0);
    assert_float_equal(feri_model_temperature_at(back, 1), 2, 0);
    assert_float_equal(feri_model_temperature_at(back, 0.5f), 2 / 0.75f, 1e-6f);
    assert_float_equal(feri_model_temperature_at(back, 0), 4, 1e-12);
    assert_int_equal(fer_model_with(back, NULL, &copy, NULL), FER_OK);
    assert_float_equal(fer_model_doubt(copy), 0.5, 0);
    fer_model_free(copy);
    assert_int_equal(fer_model_with(back, &(fer_model_changes){.temperature = 3}, &copy, NULL), FER_OK);
    assert_float_equal(fer_model_doubt(copy), 0, 0);
    fer_model_free(copy);
    fer_model_free(back);
    back = load(file, &(fer_load_options){.override.temperature = 3});
    assert_float_equal(fer_model_doubt(back), 0, 0);
    fer_model_free(back);
    fer_model_free(m);
}

static void test_an_average_lies_between(void **state)
{
    fer_model *a, *b, *mean, *stranger;
    fer_error err = {0};
    (void)state;
    assert_int_equal(
        fer_model_new("resnet-8", &(fer_model_options){.height = 16, .seed = 1, .temperature = 2}, &a, &err), FER_OK);
    assert_int_equal(fer_model_new("resnet-8", &(fer_model_options){.height = 16, .seed = 2}, &b, &err), FER_OK);
    assert_int_equal(fer_model_with(a, &(fer_model_changes){.average = b, .share = 0.25f}, &mean, &err), FER_OK);
    assert_float_equal(fer_model_temperature(mean), 2, 0);
    for (size_t i = 0; i < feri_graph_n_params(a->graph); i++) {
        const struct feri_param *p = feri_graph_param(a->graph, i);
        float *x = calloc(3 * p->count, sizeof *x), *y = x + p->count, *z = y + p->count;
        assert_true(feri_graph_read_param(a->graph, i, x) && feri_graph_read_param(b->graph, i, y) &&
                    feri_graph_read_param(mean->graph, i, z));
        for (size_t k = 0; k < p->count; k++) assert_true(fabsf(z[k] - (0.75f * x[k] + 0.25f * y[k])) < 1e-6f);
        free(x);
    }
    assert_int_equal(fer_model_new("libfer-s", NULL, &stranger, &err), FER_OK);
    fer_model *none = mean;
    assert_int_equal(fer_model_with(a, &(fer_model_changes){.average = stranger, .share = 0.5f}, &none, &err),
                     FER_ERR_SHAPE);
    assert_null(none);
    assert_non_null(strstr(err.text, "libfer-s"));
    assert_int_equal(fer_model_with(a, &(fer_model_changes){.average = b, .share = 1.5f}, &none, &err),
                     FER_ERR_ARGUMENT);
    fer_model_free(a);
    fer_model_free(b);
    fer_model_free(mean);
    fer_model_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_survive_files_of_either_precision),
        cmocka_unit_test(test_what_is_not_told_stays_so_and_can_be_put_in),
        cmocka_unit_test(test_a_detector_looks_by_its_threshold),
        cmocka_unit_test(test_crops_that_are_none),
        cmocka_unit_test(test_thresholds_that_are_none),
        cmocka_unit_test(test_options_that_are_none),
        cmocka_unit_test(test_a_changed_copy_leaves_the_model_as_it_is),
        cmocka_unit_test(test_changes_out_of_range),
        cmocka_unit_test(test_logits_are_shifted_by_the_bias),
        cmocka_unit_test(test_a_doubt_survives_until_another_temperature),
        cmocka_unit_test(test_an_average_lies_between),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
