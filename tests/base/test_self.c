#define _POSIX_C_SOURCE 200809L /* access, PATH_MAX */
#include "base/self.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_self_path_is_this_program(void **state)
{
    (void)state;
    char path[PATH_MAX];
    assert_true(feri_self_path(path, sizeof path));
    assert_int_equal(path[0], '/');
    assert_non_null(strstr(path, "test_self"));
    assert_int_equal(access(path, X_OK), 0);
}

static void test_self_path_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    char path[PATH_MAX], small[4] = "xxx";
    assert_true(feri_self_path(path, sizeof path));
    assert_false(feri_self_path(small, sizeof small));
    assert_int_equal(small[0], '\0');
    /* Without room for the end of the string it does not fit either. */
    assert_false(feri_self_path(path, strlen(path)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_self_path_is_this_program),
                                       cmocka_unit_test(test_self_path_that_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
