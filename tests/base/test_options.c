/* Option tables: the properties of each row, and conversion of texts to values and back. */
#include "fer/fer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_rows(fer_option_table t)
{
    char key[FER_OPTION_KEY_MAX], other[FER_OPTION_KEY_MAX];
    assert_true(t.n > 0);
    for (size_t i = 0; i < t.n; i++) {
        const fer_option *r = &t.rows[i];
        assert_ptr_equal(fer_option_find(t, r->name), r);
        assert_true(r->help && *r->help && r->group);
        assert_int_equal(strspn(r->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(r->name));
        assert_true(r->kind != FER_OPTION_WORD || (r->words && r->words[0]));
        assert_true(r->min <= r->max);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fer_option_key(r, key), fer_option_key(&t.rows[k], other));
    }
    assert_null(fer_option_find(t, "no-such-option"));
}

static void test_rows_have_what_help_needs(void **state)
{
    (void)state;
    check_rows(fer_train_table());
    check_rows(fer_detector_train_table());
    check_rows(fer_data_table());
}

/* The text of every default gives the same value again. */
static void check_defaults(fer_option_table t, const void *defaults, void *options)
{
    char before[256], after[256];
    for (size_t i = 0; i < t.n; i++) {
        if (!fer_option_get(&t.rows[i], defaults, 0, before, sizeof before)) continue;
        fer_error err;
        if (fer_option_set(&t.rows[i], options, before, &err) != FER_OK) fail_msg("%s", err.text);
        fer_option_get(&t.rows[i], options, 0, after, sizeof after);
        assert_string_equal(before, after);
    }
}

static void test_defaults_are_within_their_ranges(void **state)
{
    (void)state;
    const fer_train_options train = fer_train_defaults();
    const fer_detector_train_options detector = fer_detector_train_defaults();
    fer_train_options a = {0};
    fer_detector_train_options b = {0};
    check_defaults(fer_train_table(), &train, &a);
    check_defaults(fer_detector_train_table(), &detector, &b);
    assert_true(a.lr == train.lr && a.dropout == -1 && a.augment.randaugment_magnitude == 9);
    assert_true(b.lr == detector.lr && b.canvases == detector.canvases);
}

static const fer_option *row(const char *name)
{
    const fer_option *r = fer_option_find(fer_train_table(), name);
    assert_non_null(r);
    return r;
}

static void set(fer_train_options *o, const char *name, const char *text)
{
    fer_error err;
    if (fer_option_set(row(name), o, text, &err) != FER_OK) fail_msg("%s", err.text);
}

static const char *get(const fer_train_options *o, const char *name, size_t item)
{
    static char text[256];
    fer_option_get(row(name), o, item, text, sizeof text);
    return text;
}

static void test_texts_become_fields(void **state)
{
    (void)state;
    fer_train_options o = fer_train_defaults();
    set(&o, "model", "cct-7");
    set(&o, "optimizer", "sgd");
    set(&o, "schedule", "one-cycle");
    set(&o, "val-protocol", "distribution");
    set(&o, "lr", "2e-3");
    set(&o, "nesterov", "on");
    set(&o, "input", "48");
    set(&o, "threads", "3");
    set(&o, "seed", "18446744073709551615");
    set(&o, "randaugment", "3,12");
    set(&o, "preprocess", "half");
    assert_string_equal(o.model, "cct-7");
    assert_true(o.optimizer == FER_SGD && o.schedule == FER_ONE_CYCLE && o.val.protocol == FER_DISTRIBUTION);
    assert_true(o.lr == 2e-3f && o.nesterov && o.input == 48 && o.threads == 3 && o.seed == UINT64_MAX);
    assert_true(o.augment.randaugment_ops == 3 && o.augment.randaugment_magnitude == 12);
    assert_string_equal(get(&o, "lr", 0), "0.002");
    assert_string_equal(get(&o, "randaugment", 0), "3,12");
    assert_string_equal(get(&o, "val", 0), "");
    assert_string_equal(get(&o, "workers", 0), ""); /* zero is no value of it */
    assert_string_equal(get(&o, "clip", 0), "0");
}

static void test_lists_grow_or_are_cut_at_commas(void **state)
{
    (void)state;
    fer_train_options o = fer_train_defaults();
    char text[4];
    set(&o, "freeze", "conv1.*");
    set(&o, "freeze", "bn1.*");
    set(&o, "classes", "neutral,,anger,");
    assert_int_equal(o.n_freeze, 2);
    assert_string_equal(o.freeze[1], "bn1.*");
    assert_string_equal(get(&o, "freeze", 1), "bn1.*");
    assert_int_equal(fer_option_get(row("freeze"), &o, 2, NULL, 0), 0);
    assert_int_equal(o.data.n_classes, 2);
    assert_string_equal(o.data.classes[1], "anger");
    set(&o, "classes", "fear,happiness");
    assert_string_equal(get(&o, "classes", 0), "fear,happiness");
    assert_int_equal(fer_option_get(row("classes"), &o, 0, text, sizeof text), strlen("fear,happiness"));
    assert_string_equal(text, "fea");
    for (size_t i = 0; i < fer_train_table().n; i++) fer_option_clear(&fer_train_table().rows[i], &o);
    assert_true(!o.freeze && !o.n_freeze && !o.data.classes && !o.data.n_classes);
    assert_true(o.lr == 1e-3f);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"lr", "2000", "lr '2000': must be a number from 1e-12 to 100"},
        {"lr", "nan", "must be a number"},
        {"lr", "0.1x", "must be a number"},
        {"epochs", "-1", "must be a whole number from 1 to 100000"},
        {"epochs", "1.5", "must be a whole number"},
        {"seed", "18446744073709551616", "must be a whole number"},
        {"threads", "257", "from 1 to 256"},
        {"nesterov", "yes", "nesterov 'yes': must be on or off"},
        {"schedule", "cos", "schedule 'cos': must be one of constant, cosine, one-cycle"},
        {"isa", "mmx", "one of auto, ref"},
        {"randaugment", "2", "must be N,M: two whole numbers from 0 to 30"},
        {"randaugment", "2,31", "must be N,M"},
        {"model", "", "must be a text that is not empty"},
        {"freeze", "", "must be a text that is not empty"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fer_train_options o = fer_train_defaults(), before = o;
        fer_error err = {0};
        assert_int_equal(fer_option_set(row(wrong[i][0]), &o, wrong[i][1], &err), FER_ERR_ARGUMENT);
        if (!strstr(err.text, wrong[i][2])) fail_msg("'%s', expected '%s'", err.text, wrong[i][2]);
        assert_memory_equal(&o, &before, sizeof o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_have_what_help_needs),    cmocka_unit_test(test_defaults_are_within_their_ranges),
        cmocka_unit_test(test_texts_become_fields),          cmocka_unit_test(test_lists_grow_or_are_cut_at_commas),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
