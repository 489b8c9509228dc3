/* Names and rows that every room reads the same way: endings of files, words, classes, expressions, scores. */
#include "base/emotions.h"
#include "base/names.h"
#include "base/scores.h"
#include "base/sorted.h"
#include "base/words.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_an_ending_is_the_same_in_any_case_and_no_whole_name(void **state)
{
    (void)state;
    assert_true(feri_ends_in("a.png", ".png") && feri_ends_in("a.PnG", ".png"));
    assert_false(feri_ends_in(".png", ".png") || feri_ends_in("apng", ".png") || feri_ends_in("", ".png"));
    assert_true(feri_names_picture("x/y.JPEG") && feri_names_picture("y.webp"));
    assert_false(feri_names_picture("y.csv") || feri_names_picture("png") || feri_names_picture(".gif"));
}

static void test_a_word_is_found_as_it_is_written_and_a_class_in_any_case(void **state)
{
    (void)state;
    static const char *const words[] = {"one", "two", NULL};
    size_t k = 7;
    assert_false(feri_word_find(words, "Two", &k) || feri_word_find(words, "", &k));
    assert_int_equal(k, 7);
    assert_true(feri_word_find(words, "two", &k));
    assert_int_equal(k, 1);
    assert_false(feri_class_find(1, words, "two", &k));
    assert_true(feri_class_find(2, words, "TWO", &k));
    assert_int_equal(k, 1);
    char text[9];
    feri_words_text(words, text, sizeof text);
    assert_string_equal(text, "one, two");
    feri_words_text(words, text, 6);
    assert_string_equal(text, "one, ");
}

static void test_expressions_are_numbered_as_affectnet_does(void **state)
{
    (void)state;
    static const char *const affectnet[] = {"neutral", "happiness", "sadness", "surprise",
                                            "fear",    "disgust",   "anger",   "contempt"};
    for (size_t e = 0; e < FERI_EMOTIONS; e++) {
        assert_string_equal(feri_emotion_name(e), affectnet[e]);
        assert_int_equal(feri_emotion_named(affectnet[e]), e);
    }
    assert_int_equal(feri_emotion_named("Anger"), FERI_ANGER);
    assert_int_equal(feri_emotion_named("angry"), FERI_EMOTIONS);
}

static void test_the_first_of_equals_is_the_largest(void **state)
{
    (void)state;
    static const float x[] = {-3, 2, -INFINITY, 2};
    assert_int_equal(feri_largest(4, x), 1);
    assert_int_equal(feri_largest(1, x), 0);
}

static void test_softmax_of_huge_logits_does_not_overflow(void **state)
{
    (void)state;
    float x[] = {20000, 20000 + 2, -20000};
    double terms[] = {20000, 20000 + 2, -20000};
    double log_sum = feri_softmax_row(3, 2, x, x), sum = feri_softmax_terms(3, 2, terms, terms);
    assert_true(fabs(log_sum - (10001 + log(1 + exp(-1)))) < 1e-9);
    assert_true(fabs(sum - (1 + exp(-1))) < 1e-12 && fabs(terms[1] - 1) < 1e-12);
    for (size_t k = 0; k < 3; k++) assert_true(fabs((double)x[k] - terms[k] / sum) < 1e-6);
}

static void test_the_median_and_quantiles_lie_between_neighbours(void **state)
{
    (void)state;
    double x[] = {5, 1, 4, 2};
    feri_sort(4, x);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 4 && x[3] == 5);
    assert_true(feri_median(4, x) == 3 && feri_median(3, x) == 2 && feri_median(1, x) == 1);
    assert_true(feri_quantile(4, x, 0) == 1 && feri_quantile(4, x, 1) == 5 && feri_quantile(4, x, 0.5) == 3);
}

static void test_ids_are_found_or_the_place_where_they_belong(void **state)
{
    (void)state;
    static const struct {
        uint64_t id;
        char more[5];
    } rows[] = {{2, ""}, {5, ""}, {UINT64_MAX, ""}};
    static const struct {
        uint64_t id;
        size_t at;
    } want[] = {{0, 0}, {2, 0}, {3, 1}, {5, 1}, {6, 2}, {UINT64_MAX, 2}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(feri_find_id(3, rows, sizeof *rows, want[i].id), want[i].at);
    assert_int_equal(feri_find_id(2, rows, sizeof *rows, 6), 2);
    assert_int_equal(feri_find_id(0, NULL, sizeof *rows, 1), 0);
}

static void test_the_word_that_was_meant(void **state)
{
    (void)state;
    static const char *const words[] = {"threshold", "threads", "faces", "format", NULL};
    char text[FERI_MEANT_MAX];
    assert_string_equal(feri_word_near(words, "thres"), "threshold");
    assert_string_equal(feri_word_near(words, "thread"), "threads");
    assert_string_equal(feri_word_near(words, "FACE"), "faces");
    assert_string_equal(feri_word_near(words, "fromat"), "format");
    assert_string_equal(feri_word_near(words, "f"), "faces"); /* the first of several */
    assert_null(feri_word_near(words, ""));
    assert_null(feri_word_near(words, "quite another word"));
    assert_string_equal(feri_word_meant(words, "thres", text), "; did you mean 'threshold'?");
    assert_string_equal(feri_word_meant(words, "xyz", text), "");
    assert_string_equal(feri_class_meant(2, words, "format", text), ""); /* beyond the first two */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_ending_is_the_same_in_any_case_and_no_whole_name),
        cmocka_unit_test(test_a_word_is_found_as_it_is_written_and_a_class_in_any_case),
        cmocka_unit_test(test_expressions_are_numbered_as_affectnet_does),
        cmocka_unit_test(test_the_first_of_equals_is_the_largest),
        cmocka_unit_test(test_ids_are_found_or_the_place_where_they_belong),
        cmocka_unit_test(test_the_word_that_was_meant),
        cmocka_unit_test(test_the_median_and_quantiles_lie_between_neighbours),
        cmocka_unit_test(test_softmax_of_huge_logits_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
