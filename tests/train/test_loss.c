/* Soft-target cross entropy against PyTorch's, and its edges. */
#include "train/loss.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* x = torch.tensor([[1, -2, 0.5, 3], [100, 90, -100, 0], [0.25] * 4], dtype=torch.float64,
 * requires_grad=True) t = torch.tensor([[0, 0, 0, 1], [0.25, 0.5, 0.25, 0], [0.7, 0.1, 0.1, 0.1]],
 * dtype=torch.float64) for s in (0.0, 0.1): x.grad = None; l = torch.nn.functional.cross_entropy(x, t,
 * label_smoothing=s); l.backward() print(l.item(), x.grad) (PyTorch 1.13) */
static const float logits[12] = {1, -2, 0.5f, 3, 100, 90, -100, 0, 0.25f, 0.25f, 0.25f, 0.25f};
static const float targets[12] = {0, 0, 0, 1, 0.25f, 0.5f, 0.25f, 0, 0.7f, 0.1f, 0.1f, 0.1f};

static void compare_with_pytorch(float smoothing, double loss, const double *grad)
{
    const struct feri_loss l = {.classes = 4, .smoothing = smoothing};
    float d[12];
    assert_true(fabs(feri_cross_entropy(&l, 3, logits, targets, d) - loss) < 1e-6 * loss);
    for (int i = 0; i < 12; i++) assert_true(fabs((double)d[i] - grad[i]) < 1e-7);
}

static void test_loss_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double grad[12] = {0.0368512501, 0.00183471571, 0.022351413,   -0.0610373789,
                                    0.249984867,  -0.166651534,  -0.0833333333, 0,
                                    -0.15,        0.05,          0.05,          0.05};
    compare_with_pytorch(0, 18.8628644026, grad);
}

static void test_smoothed_loss_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double grad[12] = {0.0285179168, -0.00649861762, 0.0140180797,  -0.0360373789,
                                    0.249984867,  -0.158318201,   -0.0833333333, -0.00833333333,
                                    -0.135,       0.045,          0.045,         0.045};
    compare_with_pytorch(0.1f, 19.6920310692, grad);
}

/* The same with cross_entropy(x + 1.5 * p.log(), t, label_smoothing=0.1), p = (0.5, 0.25, 0.2, 0.05) */
static void test_adjusted_loss_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double prior[4] = {0.5, 0.25, 0.2, 0.05};
    static const double grad[12] = {0.228964191,   -0.00415633052, 0.0280779472,  -0.252885808,
                                    0.24999465,    -0.158327983,   -0.0833333333, -0.00833333333,
                                    -0.0148528046, 0.0336078975,   0.0131436211,  -0.031898714};
    float adjust[4], d[12];
    for (size_t k = 0; k < 4; k++) adjust[k] = (float)(1.5 * log(prior[k]));
    const struct feri_loss l = {.classes = 4, .smoothing = 0.1f, .adjust = adjust};
    assert_true(fabs(feri_cross_entropy(&l, 3, logits, targets, d) - 20.3915850071) < 1e-5);
    for (int i = 0; i < 12; i++) assert_true(fabs((double)d[i] - grad[i]) < 1e-6);
}

static void test_gradient_is_the_difference_quotient(void **state)
{
    (void)state;
    const struct feri_loss l = {.classes = 3, .smoothing = 0.2f};
    float x[6] = {0.5f, -1, 2, 3, 0, -2}, d[6];
    const float t[6] = {0.1f, 0.2f, 0.7f, 0, 1, 0};
    feri_cross_entropy(&l, 2, x, t, d);
    for (int i = 0; i < 6; i++) {
        float keep = x[i];
        x[i] = keep + 0.0078125f;
        double above = feri_cross_entropy(&l, 2, x, t, NULL);
        x[i] = keep - 0.0078125f;
        double below = feri_cross_entropy(&l, 2, x, t, NULL);
        x[i] = keep;
        assert_true(fabs((above - below) / 0.015625 - (double)d[i]) < 1e-5);
    }
}

static void test_huge_logits_do_not_overflow(void **state)
{
    (void)state;
    const struct feri_loss l = {.classes = 2};
    const float x[2] = {3e38f, -3e38f}, right[2] = {1, 0};
    float d[2];
    assert_true(feri_cross_entropy(&l, 1, x, right, d) == 0);
    assert_true(d[0] == 0 && d[1] == 0);
}

static void test_not_a_number_is_seen(void **state)
{
    (void)state;
    const struct feri_loss l = {.classes = 2};
    const float right[2] = {1, 0}, bad[2] = {1, NAN}, first[2] = {NAN, 1}, infinite[2] = {INFINITY, 0};
    assert_true(!isfinite(feri_cross_entropy(&l, 1, bad, right, NULL)));
    assert_true(!isfinite(feri_cross_entropy(&l, 1, first, right, NULL)));
    assert_true(!isfinite(feri_cross_entropy(&l, 1, infinite, right, NULL)));
}

static void test_correct_answers_are_counted(void **state)
{
    (void)state;
    const float x[9] = {1, 2, 3, 5, 5, 0, -1, -3, -2};
    const size_t all[3] = {2, 0, 0}, tie_lost[3] = {2, 1, 0};
    assert_int_equal(feri_count_correct(3, 3, x, all), 3);
    assert_int_equal(feri_count_correct(3, 3, x, tie_lost), 2);
}

static void test_tally_knows_both_losses(void **state)
{
    (void)state;
    struct feri_tally t = {0};
    feri_tally_add(&t, 4, 2.0, 3);
    feri_tally_add(&t, 2, 1.0, 0);
    assert_true(feri_tally_loss(&t) == 10.0 / 6);
    assert_true(feri_tally_published_loss(&t) == 3.0 / 6);
    assert_true(feri_tally_accuracy(&t) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_agrees_with_pytorch),
        cmocka_unit_test(test_smoothed_loss_agrees_with_pytorch),
        cmocka_unit_test(test_adjusted_loss_agrees_with_pytorch),
        cmocka_unit_test(test_gradient_is_the_difference_quotient),
        cmocka_unit_test(test_huge_logits_do_not_overflow),
        cmocka_unit_test(test_not_a_number_is_seen),
        cmocka_unit_test(test_correct_answers_are_counted),
        cmocka_unit_test(test_tally_knows_both_losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
