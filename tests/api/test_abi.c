/* A binding asks the library for its version before it calls anything else. */
#include "fer/fer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_the_headers_version_is_accepted(void **state)
{
    (void)state;
    fer_error err = {.text = "untouched"};
    assert_int_equal(fer_abi_check(FER_ABI, &err), FER_OK);
    assert_string_equal(err.text, "untouched");
    assert_int_equal(fer_abi_check(FER_ABI, NULL), FER_OK);
}

static void test_another_version_is_refused_with_both_numbers(void **state)
{
    (void)state;
    const unsigned others[] = {FER_ABI - 1, FER_ABI + 1};
    for (size_t i = 0; i < 2; i++) {
        fer_error err = {0};
        char asked[32], has[32];
        snprintf(asked, sizeof asked, "built for version %u ", others[i]);
        snprintf(has, sizeof has, "has version %d", FER_ABI);
        assert_int_equal(fer_abi_check(others[i], &err), FER_ERR_UNSUPPORTED);
        assert_int_equal(err.status, FER_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.text, asked));
        assert_non_null(strstr(err.text, has));
        assert_non_null(strstr(err.text, "rebuild the program"));
    }
}

static void test_sizes_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(fer_abi_size("fer_face"), sizeof(fer_face));
    assert_int_equal(fer_abi_size("fer_train_options"), sizeof(fer_train_options));
    assert_int_equal(fer_abi_size("fer_model"), 0); /* opaque */
    assert_int_equal(fer_abi_size("face"), 0);
    assert_int_equal(fer_abi_size(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_headers_version_is_accepted),
        cmocka_unit_test(test_another_version_is_refused_with_both_numbers),
        cmocka_unit_test(test_sizes_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
