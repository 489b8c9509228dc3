/* Numbers with a point in a program whose locale has a comma. */
#define _POSIX_C_SOURCE 200809L /* setenv, mkdtemp */
#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "german.h"

static void test_the_point_is_read_and_written(void **state)
{
    (void)state;
    char text[32], *end;
    speak_german();
    assert_true(strtod("1.5", &end) == 1); /* what the others are there for */
    assert_true(feri_strtod("1.5x", &end) == 1.5 && *end == 'x');
    assert_true(feri_strtof("-2.25;3", &end) == -2.25f && *end == ';');
    assert_true(feri_strtod("1,5", &end) == 1 && *end == ',');
    assert_int_equal(feri_snprintf(text, sizeof text, "%.3f %d", 0.125, 7), 7);
    assert_string_equal(text, "0.125 7");
    assert_string_equal(localeconv()->decimal_point, ","); /* the program's own stays */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_point_is_read_and_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
