/* As much of cmocka as the kernels' tests use: Debian has none for WebAssembly. A failed check ends the program. */
#ifndef FER_TESTS_WEB_CMOCKA_H
#define FER_TESTS_WEB_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define fail_msg(...)                (printf("%s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), printf("\n"), exit(1))
#define assert_true(x)               ((x) ? (void)0 : fail_msg("%s", #x))
#define assert_false(x)              assert_true(!(x))
#define assert_non_null(x)           assert_true((x) != NULL)
#define assert_int_equal(a, b)       assert_true((a) == (b))
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};
#define cmocka_unit_test(f) \
    {                       \
#f, f               \
    }

static inline int run_tests(size_t n, const struct CMUnitTest *tests)
{
    void *state = NULL;
    for (size_t i = 0; i < n; i++) {
        tests[i].run(&state);
        printf("ok   %s\n", tests[i].name);
    }
    return 0;
}
#define cmocka_run_group_tests(tests, setup, teardown) run_tests(sizeof(tests) / sizeof *(tests), tests)

#endif
