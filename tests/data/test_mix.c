/* Mixup and CutMix: shares, boxes and targets. */
#include "data/mix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5, H = 6, W = 8, SIZE = H * W, CLASSES = 5 };

/* All pixels of picture i have the value i, and its class is i, so every pixel shows its origin. */
struct batch {
    float images[N * SIZE], targets[N * CLASSES];
    size_t labels[N];
};

static double mix(const struct feri_mix *m, uint64_t index, struct batch *b)
{
    struct feri_rng rng = feri_rng_new(1, 2, index);
    const struct feri_mix_batch view = {N, H, W, 1, CLASSES, b->images, b->targets, b->labels};
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < N; i++) {
        for (size_t p = 0; p < SIZE; p++) b->images[i * SIZE + p] = (float)i;
        b->targets[i * CLASSES + i] = 1;
        b->labels[i] = i;
    }
    return feri_mix_apply(m, &rng, &view);
}

/* Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)), fourth central moment 3 / (16 (2a + 1) (2a + 3)). */
static void test_shares_have_the_moments_of_beta(void **state)
{
    (void)state;
    static const double alphas[] = {0.05, 0.2, 1, 4};
    const int draws = 100000;
    for (size_t k = 0; k < 4; k++) {
        struct feri_rng rng = feri_rng_new(3, 4, k);
        double a = alphas[k], mean = 0, second = 0, fourth = 0;
        for (int i = 0; i < draws; i++) {
            double x = feri_mix_beta(a, &rng), d = (x - 0.5) * (x - 0.5);
            assert_true(x >= 0 && x <= 1);
            mean += x / draws;
            second += d / draws;
            fourth += d * d / draws;
        }
        assert_true(fabs(mean - 0.5) < 0.01);
        assert_true(fabs(second * 4 * (2 * a + 1) - 1) < 0.02);
        assert_true(fabs(fourth * 16 * (2 * a + 1) * (2 * a + 3) / 3 - 1) < 0.04);
    }
}

static void test_extreme_alphas_give_shares(void **state)
{
    (void)state;
    struct feri_rng rng = feri_rng_new(5, 6, 7);
    for (int i = 0; i < 1000; i++) {
        double tiny = feri_mix_beta(1e-6, &rng), large = feri_mix_beta(100, &rng);
        assert_true(tiny >= 0 && tiny <= 1 && large > 0.2 && large < 0.8);
    }
}

/* Targets are shares of the two, sum to one, and a label is the larger share's. */
static void check_targets(const struct batch *b, double lambda)
{
    for (size_t i = 0; i < N; i++) {
        size_t j = N - 1 - i;
        float sum = 0;
        for (size_t k = 0; k < CLASSES; k++) sum += b->targets[i * CLASSES + k];
        assert_float_equal(sum, 1, 1e-6f);
        if (i == j) continue;
        assert_float_equal(b->targets[i * CLASSES + i], (float)lambda, 1e-6f);
        assert_float_equal(b->targets[i * CLASSES + j], (float)(1 - lambda), 1e-6f);
        assert_int_equal(b->labels[i], lambda >= 0.5 ? i : j);
    }
    assert_float_equal(b->targets[2 * CLASSES + 2], 1, 0);
    assert_int_equal(b->labels[2], 2);
}

static bool check_blend(const struct batch *b, double lambda)
{
    for (size_t i = 0; i < N; i++)
        for (size_t p = 0; p < SIZE; p++) {
            double want = i == 2 ? 2 : lambda * (double)i + (1 - lambda) * (double)(N - 1 - i);
            if (fabs((double)b->images[i * SIZE + p] - want) > 1e-5) return false;
        }
    return true;
}

static void test_mixup_blends_pictures_and_targets(void **state)
{
    (void)state;
    const struct feri_mix m = {.mixup = 1};
    for (uint64_t i = 0; i < 50; i++) {
        struct batch b;
        double lambda = mix(&m, i, &b);
        assert_true(check_blend(&b, lambda));
        check_targets(&b, lambda);
    }
}

/* The foreign pixels fill one rectangle, the same in every pair, whose area is 1 - lambda. */
static bool check_box(const struct batch *b, double lambda)
{
    size_t foreign = 0, x0 = W, x1 = 0, y0 = H, y1 = 0;
    for (size_t p = 0; p < SIZE; p++) {
        bool other = b->images[p] == 4;
        if (b->images[p] != (other ? 4 : 0) || b->images[4 * SIZE + p] != (other ? 0 : 4)) return false;
        if (b->images[SIZE + p] != (other ? 3 : 1) || b->images[2 * SIZE + p] != 2) return false;
        if (!other) continue;
        size_t x = p % W, y = p / W;
        foreign++;
        x0 = x < x0 ? x : x0;
        x1 = x + 1 > x1 ? x + 1 : x1;
        y0 = y < y0 ? y : y0;
        y1 = y + 1 > y1 ? y + 1 : y1;
    }
    if (foreign) assert_int_equal(foreign, (x1 - x0) * (y1 - y0));
    return fabs(1 - (double)foreign / SIZE - lambda) < 1e-12;
}

static void test_cutmix_swaps_a_box_of_its_share(void **state)
{
    (void)state;
    const struct feri_mix m = {.cutmix = 1};
    double mean = 0;
    for (uint64_t i = 0; i < 500; i++) {
        struct batch b;
        double lambda = mix(&m, i, &b);
        assert_true(check_box(&b, lambda));
        check_targets(&b, lambda);
        mean += lambda / 500;
    }
    assert_true(mean > 0.5 && mean < 0.9); /* above 1/2: boxes lose what reaches over the edge */
}

static void test_both_take_turns_by_a_coin(void **state)
{
    (void)state;
    const struct feri_mix m = {.mixup = 1, .cutmix = 1};
    int blends = 0, cuts = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        struct batch b, again;
        double lambda = mix(&m, i, &b);
        check_targets(&b, lambda);
        if (check_box(&b, lambda)) cuts++;
        else if (check_blend(&b, lambda)) blends++;
        assert_true(mix(&m, i, &again) == lambda && memcmp(&b, &again, sizeof b) == 0);
    }
    assert_int_equal(blends + cuts, 1000);
    assert_true(blends > 430 && blends < 570);
}

static void test_off_and_alone_nothing_is_mixed(void **state)
{
    (void)state;
    const struct feri_mix off = {0}, on = {.mixup = 1};
    float image[1] = {3}, target[2] = {0, 1};
    size_t label[1] = {1};
    struct batch b;
    struct feri_rng rng = feri_rng_new(0, 0, 0);
    assert_true(mix(&off, 0, &b) == 1 && b.images[0] == 0 && b.targets[0] == 1);
    const struct feri_mix_batch one = {1, 1, 1, 1, 2, image, target, label};
    assert_true(feri_mix_apply(&on, &rng, &one) == 1 && image[0] == 3 && target[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_have_the_moments_of_beta),
        cmocka_unit_test(test_extreme_alphas_give_shares),
        cmocka_unit_test(test_mixup_blends_pictures_and_targets),
        cmocka_unit_test(test_cutmix_swaps_a_box_of_its_share),
        cmocka_unit_test(test_both_take_turns_by_a_coin),
        cmocka_unit_test(test_off_and_alone_nothing_is_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
