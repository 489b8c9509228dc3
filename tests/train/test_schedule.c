/* Learning rates against PyTorch's schedulers. */
#include "train/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void compare(const struct feri_schedule *s, size_t n, const double *want)
{
    for (size_t i = 0; i < n; i++) {
        double lr = feri_schedule_lr(s, i);
        if (fabs(lr - want[i]) > 1e-11) fail_msg("step %zu: %.12g, PyTorch's %.12g", i, lr, want[i]);
    }
}

/* CosineAnnealingLR(SGD([p], lr=0.4), T_max=10, eta_min=0.04) */
static void test_cosine_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double want[10] = {0.4,  0.391190172933, 0.365623058987, 0.325801345413,  0.275623058987,
                                    0.22, 0.164376941013, 0.114198654587, 0.0743769410125, 0.0488098270669};
    const struct feri_schedule s = {.kind = FER_COSINE, .lr = 0.4, .final = 0.1, .steps = 10};
    compare(&s, 10, want);
}

/* The same after four steps of warm-up. */
static void test_cosine_starts_behind_the_warmup(void **state)
{
    (void)state;
    static const double want[8] = {0.1, 0.2, 0.3, 0.4, 0.4, 0.391190172933, 0.365623058987, 0.325801345413};
    const struct feri_schedule s = {.kind = FER_COSINE, .lr = 0.4, .final = 0.1, .warmup = 4, .steps = 14};
    compare(&s, 8, want);
    assert_true(fabs(feri_schedule_lr(&s, 13) - 0.0488098270669) < 1e-11);
}

/* LinearLR(SGD([p], lr=0.4), start_factor=0.25, total_iters=3) */
static void test_constant_with_warmup_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double want[6] = {0.1, 0.2, 0.3, 0.4, 0.4, 0.4};
    const struct feri_schedule s = {.kind = FER_CONSTANT, .lr = 0.4, .warmup = 4, .steps = 6};
    compare(&s, 6, want);
}

/* OneCycleLR(opt, max_lr=0.4, total_steps=20, final_div_factor=1 / (25 * 0.01), cycle_momentum=False) */
static void test_one_cycle_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double want[20] = {
        0.016,          0.05266873708,  0.14866873708,   0.26733126292,   0.36333126292,  0.4,   0.395035726612,
        0.380391835845, 0.356802633529, 0.325450980768,  0.287908980345,  0.246059144923, 0.202, 0.157940855077,
        0.116091019655, 0.078549019232, 0.0471973664713, 0.0236081641553, 0.008964273388, 0.004};
    const struct feri_schedule s = {.kind = FER_ONE_CYCLE, .lr = 0.4, .final = 0.01, .steps = 20};
    compare(&s, 20, want);
}

/* ... with pct_start=0.25: the warm-up option sets the length of the rise. */
static void test_one_cycle_rises_as_long_as_the_warmup(void **state)
{
    (void)state;
    static const double want[20] = {0.016,           0.0722354980122, 0.208,           0.343764501988,   0.4,
                                    0.395673224945,  0.382882000613,  0.362185364886,  0.334487860059,   0.301,
                                    0.263185364886,  0.222696635727,  0.181303364273,  0.140814635114,   0.103,
                                    0.0695121399409, 0.0418146351138, 0.0211179993868, 0.00832677505471, 0.004};
    const struct feri_schedule s = {.kind = FER_ONE_CYCLE, .lr = 0.4, .final = 0.01, .warmup = 5, .steps = 20};
    compare(&s, 20, want);
}

static void test_short_runs_stay_finite(void **state)
{
    (void)state;
    for (int kind = FER_CONSTANT; kind <= FER_ONE_CYCLE; kind++)
        for (uint64_t steps = 1; steps < 6; steps++)
            for (uint64_t warmup = 0; warmup <= steps; warmup++) {
                struct feri_schedule s = {
                    .kind = (fer_schedule)kind, .lr = 1, .final = 0.1, .warmup = warmup, .steps = steps};
                for (uint64_t i = 0; i < steps; i++) {
                    double lr = feri_schedule_lr(&s, i);
                    assert_true(lr > 0 && lr <= 1);
                }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cosine_agrees_with_pytorch),
        cmocka_unit_test(test_cosine_starts_behind_the_warmup),
        cmocka_unit_test(test_constant_with_warmup_agrees_with_pytorch),
        cmocka_unit_test(test_one_cycle_agrees_with_pytorch),
        cmocka_unit_test(test_one_cycle_rises_as_long_as_the_warmup),
        cmocka_unit_test(test_short_runs_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
