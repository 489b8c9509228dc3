/* JSON is read as jansson reads it, mistakes are named, and nothing is lost without a word. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *must_read(const char *text)
{
    json_t *json;
    fer_error err = {0};
    if (feri_json_read(text, strlen(text), &json, &err) != FER_OK) fail_msg("%s: %s", text, err.text);
    return json;
}

static void test_values_are_those_of_jansson(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        " [ ] ",
        "[1, -2, 0, -0, 1.5, -2e3, 1E+2, 0.1e-7, 9223372036854775807, -9223372036854775808]",
        "{\"a\": {\"b\": [true, false, null, \"\"]}, \"\": [[], {}]}\n",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"]",
        "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]",
        "{\"long\": \"a text that is longer than what is kept for the first one, and so on, and so on, and so on\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *want = json_loads(texts[i], 0, NULL), *got = must_read(texts[i]);
        assert_non_null(want);
        if (!json_equal(want, got)) fail_msg("%s is read as another value", texts[i]);
        json_decref(want);
        json_decref(got);
    }
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {{"", "expected a value"},
               {"3", "expected a JSON object or array"},
               {"{\"a\": 1, \"a\": 2}", "each name once in an object"},
               {"[1,]", "expected a value"},
               {"[01]", "expected a value"},
               {"[1.]", "expected a value"},
               {"[.5]", "expected a value"},
               {"[+1]", "expected a value"},
               {"[1e]", "expected a value"},
               {"[tru]", "expected a value"},
               {"[1 2]", "expected ','"},
               {"{\"a\" 1}", "expected ':'"},
               {"{a: 1}", "expected '\"'"},
               {"[\"a", "a complete string"},
               {"[\"\\x\"]", "a complete string"},
               {"[\"\\u00g0\"]", "a complete string"},
               {"[\"\\u0000\"]", "a complete string"},
               {"[\"\\ud800\"]", "a complete string"},
               {"[\"\xff\"]", "UTF-8"},
               {"[\"\xc0\xaf\"]", "UTF-8"},
               {"[\"\xed\xa0\x80\"]", "UTF-8"},
               {"[\"\xf4\x90\x80\x80\"]", "UTF-8"},
               {"[\"\n\"]", "control characters"},
               {"[9223372036854775808]", "64 bits"},
               {"[1e999]", "64 bits"},
               {"[1]\n\n x", "line 3, byte 6: expected nothing more"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *json;
        fer_error err = {0};
        if (feri_json_read(bad[i].text, strlen(bad[i].text), &json, &err) != FER_ERR_FORMAT)
            fail_msg("%s is read", bad[i].text);
        assert_null(json);
        if (!strstr(err.text, bad[i].says)) fail_msg("'%s' should say '%s'", err.text, bad[i].says);
    }
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    static char text[100000];
    json_t *json;
    fer_error err = {0};
    memset(text, '[', sizeof text);
    assert_int_equal(feri_json_read(text, sizeof text, &json, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "deep"));
    memset(text + 900, ']', 900);
    assert_int_equal(feri_json_read(text, 1800, &json, &err), FER_OK);
    json_decref(json);
}

/* Every byte may be the last one. */
static void test_a_cut_text_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1.5e3, -2, \"\\u00e9\xc3\xa9\"], \"b\": {\"c\": null, \"d\": true}}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        char *cut = malloc(n + 1);
        json_t *json;
        assert_non_null(cut);
        memcpy(cut, text, n);
        assert_int_equal(feri_json_read(cut, n, &json, NULL), FER_ERR_FORMAT);
        free(cut);
    }
    json_decref(must_read(text));
}

static void test_what_is_lost_is_noticed(void **state)
{
    (void)state;
    json_t *object = json_object();
    assert_true(feri_json_set(object, "a", json_integer(1)));
    char *text = feri_json_dump(object, JSON_COMPACT);
    assert_string_equal(text, "{\"a\":1}");
    free(text);
    assert_false(feri_json_set(object, "b", NULL));
    assert_null(feri_json_dump(object, 0));
    text = feri_json_dump(object, 0); /* the loss was reported */
    assert_non_null(text);
    free(text);
    assert_null(feri_json_dump(NULL, 0));
    json_decref(object);
}

static void test_texts_that_are_not_utf8(void **state)
{
    (void)state;
    json_t *whole = feri_json_string("\xc3\xa9t\xc3\xa9"), *broken = feri_json_string("\xc3\xa9t\xe9"),
           *none = feri_json_string(NULL);
    assert_string_equal(json_string_value(whole), "\xc3\xa9t\xc3\xa9");
    assert_string_equal(json_string_value(broken), "\xc3\xa9t\\xE9");
    assert_true(json_is_null(none));
    json_decref(whole);
    json_decref(broken);
    json_decref(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_those_of_jansson),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_a_cut_text_is_refused),
        cmocka_unit_test(test_what_is_lost_is_noticed),
        cmocka_unit_test(test_texts_that_are_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
