/* Optimisers against PyTorch's, for every instruction set this processor has. */
#include "train/optimizer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* w0 = torch.tensor([0.5, -1.25, 2.0, 0.0, -0.75])
 * def run(make, steps=5, clip=0):
 *     w = w0.clone().requires_grad_(); o = make([w])
 *     for t in range(steps):
 *         w.grad = torch.tensor([((t * 5 + i) * 7 % 11 - 5) * 0.1 for i in range(5)])
 *         if clip: torch.nn.utils.clip_grad_norm_([w], clip)
 *         o.step()
 *     print(w)                                                         (PyTorch 1.13) */
static void fill_gradient(float *g, int step)
{
    for (int i = 0; i < 5; i++) g[i] = (float)(((step * 5 + i) * 7 % 11 - 5) * 0.1);
}

static void run_with(const struct feri_optimizer_options *opt, bool decay, const float *want)
{
    float w[5] = {0.5f, -1.25f, 2.0f, 0.0f, -0.75f}, g[5];
    const struct feri_slot slot = {.count = 5, .weight = w, .grad = g, .decay = decay};
    struct feri_optimizer *o;
    fer_error err = {0};
    float lr = opt->train.optimizer == FER_ADAMW ? 0.01f : 0.1f;
    assert_int_equal(feri_optimizer_new(opt, 1, &slot, &o, &err), FER_OK);
    for (int t = 0; t < 5; t++) {
        fill_gradient(g, t);
        assert_int_equal(feri_optimizer_step(o, lr, &err), FER_OK);
    }
    assert_int_equal(feri_optimizer_steps(o), 5);
    feri_optimizer_free(o);
    for (int i = 0; i < 5; i++)
        if (!(fabsf(w[i] - want[i]) <= 2e-6f))
            fail_msg("%s: weight %d is %.9g, PyTorch's %.9g", opt->kernels->isa, i, (double)w[i], (double)want[i]);
}

static void run_everywhere(struct feri_optimizer_options opt, bool decay, const float *want)
{
    for (int isa = FERI_ISA_AUTO; isa <= FERI_ISA_AVX512; isa++) {
        opt.kernels = feri_kernels_get((enum feri_isa)isa);
        if (opt.kernels) run_with(&opt, decay, want);
    }
}

/* torch.optim.AdamW(p, lr=0.01, weight_decay=0.1) */
static void test_adamw_agrees_with_pytorch(void **state)
{
    (void)state;
    static const float want[5] = {0.533094943f, -1.25874627f, 2.00150776f, -0.00843772106f, -0.778467834f};
    const struct feri_optimizer_options opt = {.train.optimizer = FER_ADAMW,
                                               .train.weight_decay = 0.1f,
                                               .train.beta1 = 0.9f,
                                               .train.beta2 = 0.999f,
                                               .train.eps = 1e-8f};
    run_everywhere(opt, true, want);
}

/* torch.optim.AdamW(p, lr=0.01, weight_decay=0, betas=(0.8, 0.95), eps=1e-3); here the decay is off for the
 * slot alone */
static void test_adamw_spares_what_does_not_decay(void **state)
{
    (void)state;
    static const float want[5] = {0.53287071f, -1.2626555f, 2.00953817f, -0.00689433888f, -0.780878246f};
    const struct feri_optimizer_options opt = {.train.optimizer = FER_ADAMW,
                                               .train.weight_decay = 0.1f,
                                               .train.beta1 = 0.8f,
                                               .train.beta2 = 0.95f,
                                               .train.eps = 1e-3f};
    run_everywhere(opt, false, want);
}

/* torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05) */
static void test_sgd_agrees_with_pytorch(void **state)
{
    (void)state;
    static const float want[5] = {0.747790456f, -1.18336654f, 1.87067616f, -0.0309044495f, -0.881956577f};
    const struct feri_optimizer_options opt = {
        .train.optimizer = FER_SGD, .train.weight_decay = 0.05f, .train.momentum = 0.9f};
    run_everywhere(opt, true, want);
}

/* ... nesterov=True */
static void test_nesterov_agrees_with_pytorch(void **state)
{
    (void)state;
    static const float want[5] = {0.754373312f, -1.12787712f, 1.84500003f, -0.0363232605f, -0.876847386f};
    const struct feri_optimizer_options opt = {
        .train.optimizer = FER_SGD, .train.weight_decay = 0.05f, .train.momentum = 0.9f, .train.nesterov = true};
    run_everywhere(opt, true, want);
}

/* torch.optim.SGD(p, lr=0.1), clip=0.5 */
static void test_clipping_agrees_with_pytorch(void **state)
{
    (void)state;
    static const float want[5] = {0.529679835f, -1.2279855f, 2.0072639f, -0.0064939186f, -0.764159322f};
    const struct feri_optimizer_options opt = {.train.optimizer = FER_SGD, .train.clip = 0.5f};
    run_everywhere(opt, true, want);
}

enum { LARGE = 100003 };

static void run_large(struct feri_pool *pool, float *w, double *norm)
{
    static float g[LARGE];
    for (size_t i = 0; i < LARGE; i++) {
        w[i] = sinf((float)i);
        g[i] = cosf(0.37f * (float)i);
    }
    const struct feri_slot slots[2] = {{.count = 40000, .weight = w, .grad = g, .decay = true},
                                       {.count = LARGE - 40000, .weight = w + 40000, .grad = g + 40000}};
    const struct feri_optimizer_options opt = {.train.optimizer = FER_ADAMW,
                                               .train.weight_decay = 0.1f,
                                               .train.beta1 = 0.9f,
                                               .train.beta2 = 0.999f,
                                               .train.eps = 1e-8f,
                                               .train.clip = 1,
                                               .kernels = feri_kernels_get(FERI_ISA_AUTO),
                                               .pool = pool};
    struct feri_optimizer *o;
    assert_int_equal(feri_optimizer_new(&opt, 2, slots, &o, NULL), FER_OK);
    *norm = feri_optimizer_grad_norm(o);
    for (int t = 0; t < 3; t++) assert_int_equal(feri_optimizer_step(o, 0.01f, NULL), FER_OK);
    feri_optimizer_free(o);
}

static void test_threads_do_not_change_the_bits(void **state)
{
    (void)state;
    static float one[LARGE], three[LARGE];
    double norm_one, norm_three;
    struct feri_pool *pool;
    assert_int_equal(feri_pool_new(3, &pool, NULL), FER_OK);
    run_large(NULL, one, &norm_one);
    run_large(pool, three, &norm_three);
    feri_pool_free(pool);
    assert_memory_equal(one, three, sizeof one);
    assert_true(norm_one == norm_three && fabs(norm_one - sqrt(LARGE / 2.0)) < 0.1);
}

static void test_clipping_stops_at_a_norm_that_is_not_finite(void **state)
{
    (void)state;
    float w[2] = {1, 2}, g[2] = {1, NAN};
    const struct feri_slot slot = {.count = 2, .weight = w, .grad = g};
    const struct feri_optimizer_options opt = {
        .train.optimizer = FER_SGD, .train.clip = 1, .kernels = feri_kernels_get(FERI_ISA_AUTO)};
    struct feri_optimizer *o;
    fer_error err = {0};
    assert_int_equal(feri_optimizer_new(&opt, 1, &slot, &o, &err), FER_OK);
    assert_int_equal(feri_optimizer_step(o, 0.1f, &err), FER_ERR_NUMERIC);
    assert_true(w[0] == 1 && w[1] == 2 && feri_optimizer_steps(o) == 0);
    feri_optimizer_free(o);
}

static void test_nothing_to_train_is_an_error(void **state)
{
    (void)state;
    const struct feri_optimizer_options opt = {.train.optimizer = FER_SGD, .kernels = feri_kernels_get(FERI_ISA_AUTO)};
    struct feri_optimizer *o;
    fer_error err = {0};
    assert_int_equal(feri_optimizer_new(&opt, 0, NULL, &o, &err), FER_ERR_ARGUMENT);
    assert_null(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adamw_agrees_with_pytorch),
        cmocka_unit_test(test_adamw_spares_what_does_not_decay),
        cmocka_unit_test(test_sgd_agrees_with_pytorch),
        cmocka_unit_test(test_nesterov_agrees_with_pytorch),
        cmocka_unit_test(test_clipping_agrees_with_pytorch),
        cmocka_unit_test(test_threads_do_not_change_the_bits),
        cmocka_unit_test(test_clipping_stops_at_a_norm_that_is_not_finite),
        cmocka_unit_test(test_nothing_to_train_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
