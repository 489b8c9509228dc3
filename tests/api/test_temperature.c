/* The fitted temperature against cases with a known answer. */
#include "api/temperature.h"
#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 500
#define K 8

/* If the targets are softmax(logits / known), the cross-entropy is smallest where it equals their entropy: at the known
 * temperature. */
static void finds_a_known_temperature(void **state)
{
    (void)state;
    static float logits[N * K], targets[N * K];
    static const double known[] = {0.02, 0.7, 1, 1.9, 40};
    struct feri_rng rng = feri_rng_new(1, 0, 0);
    for (size_t i = 0; i < N * K; i++) logits[i] = feri_rng_range(&rng, -6, 6);
    for (size_t c = 0; c < sizeof known / sizeof *known; c++) {
        for (size_t i = 0; i < N; i++) {
            double sum = 0;
            for (size_t k = 0; k < K; k++) sum += exp((double)logits[i * K + k] / known[c]);
            for (size_t k = 0; k < K; k++)
                targets[i * K + k] = (float)(exp((double)logits[i * K + k] / known[c]) / sum);
        }
        fer_error err = {0};
        double t = 0;
        struct feri_predicted predicted = {.n = N, .n_classes = K, .logits = logits, .targets = targets};
        assert_int_equal(feri_fit_temperature(&predicted, &t, &err), FER_OK);
        assert_true(fabs(t / known[c] - 1) < 1e-6);
    }
}

/* Two classes, logits +-a, right in a share p of the images: p = sigmoid(2 a / T), so T = 2 a / log(p / (1 - p)). */
static void finds_the_logistic_answer(void **state)
{
    (void)state;
    static float logits[100 * 2], targets[100 * 2];
    for (size_t i = 0; i < 100; i++) {
        logits[2 * i] = 1.5f;
        logits[2 * i + 1] = -1.5f;
        targets[2 * i] = i < 80;
        targets[2 * i + 1] = i >= 80;
    }
    fer_error err = {0};
    double t = 0;
    struct feri_predicted predicted = {.n = 100, .n_classes = 2, .logits = logits, .targets = targets};
    assert_int_equal(feri_fit_temperature(&predicted, &t, &err), FER_OK);
    assert_true(fabs(t - 3 / log(4)) < 1e-12);
}

/* The same with a doubt, and qualities between 0 and 1. Images of weight 0 do not count. */
static void finds_a_known_doubt(void **state)
{
    (void)state;
    static float logits[N * K], targets[N * K], quality[N], weight[N];
    static const double known[][2] = {{0.7, 0.45}, {1.9, 0.1}, {1, 0.8}, {0.5, 0}};
    struct feri_rng rng = feri_rng_new(1, 0, 0);
    for (size_t i = 0; i < N * K; i++) logits[i] = feri_rng_range(&rng, -6, 6);
    for (size_t i = 0; i < N; i++) quality[i] = feri_rng_range(&rng, 0, 1);
    for (size_t c = 0; c < sizeof known / sizeof *known; c++) {
        for (size_t i = 0; i < N; i++) {
            double sum = 0, scale = (1 - known[c][1] * (1 - (double)quality[i])) / known[c][0];
            weight[i] = (float)(i % 4);
            for (size_t k = 0; k < K; k++) sum += exp((double)logits[i * K + k] * scale);
            for (size_t k = 0; k < K; k++)
                targets[i * K + k] = i % 4 ? (float)(exp((double)logits[i * K + k] * scale) / sum) : k == 0;
        }
        fer_error err = {0};
        double t = 0, doubt = -1;
        struct feri_predicted predicted = {N, K, logits, targets, quality, weight};
        assert_int_equal(feri_fit_doubt(&predicted, &t, &doubt, &err), FER_OK);
        assert_true(fabs(t / known[c][0] - 1) < 1e-4 && fabs(doubt - known[c][1]) < 1e-4);
    }
}

static void refuses_what_has_no_best_temperature(void **state)
{
    (void)state;
    static const float logits[] = {2, 0, 0, 1}, right[] = {1, 0, 0, 1}, wrong[] = {0, 1, 1, 0}, level[] = {1, 1, 1, 1};
    fer_error err = {0};
    double t = 0;
    const struct feri_predicted hopeless[] = {
        {2, 2, logits, right, NULL, NULL}, {2, 2, logits, wrong, NULL, NULL}, {2, 2, level, right, NULL, NULL}};
    for (size_t i = 0; i < sizeof hopeless / sizeof *hopeless; i++)
        assert_int_equal(feri_fit_temperature(&hopeless[i], &t, &err), FER_ERR_NUMERIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_known_temperature),
        cmocka_unit_test(finds_the_logistic_answer),
        cmocka_unit_test(finds_a_known_doubt),
        cmocka_unit_test(refuses_what_has_no_best_temperature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
