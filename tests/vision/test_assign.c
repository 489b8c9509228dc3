/* Assignments against exhaustive search, and against SciPy's linear_sum_assignment (assign.csv, made by
 * make_fixtures.py). */
#include "base/rng.h"
#include "vision/assign.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 512

/* Sum of (cost - gate); each column is used once at most, and no pair is at the gate. */
static double total(size_t rows, size_t cols, const float *cost, float gate, const size_t *column)
{
    static bool used[MOST];
    double sum = 0;
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < rows; i++) {
        if (column[i] == FERI_NONE) continue;
        assert_true(column[i] < cols && !used[column[i]]);
        used[column[i]] = true;
        assert_true(cost[i * cols + column[i]] < gate);
        sum += (double)cost[i * cols + column[i]] - (double)gate;
    }
    return sum;
}

/* The least sum of rows i and on, columns as bits. */
static double least(size_t i, size_t rows, size_t cols, const float *cost, float gate, unsigned taken)
{
    if (i == rows) return 0;
    double best = least(i + 1, rows, cols, cost, gate, taken);
    for (size_t j = 0; j < cols; j++) {
        float c = cost[i * cols + j];
        if ((taken >> j & 1) || !(c < gate)) continue;
        best = fmin(best, (double)c - (double)gate + least(i + 1, rows, cols, cost, gate, taken | 1u << j));
    }
    return best;
}

static void small_ones_are_the_best_of_all(void **state)
{
    (void)state;
    struct feri_assigner ws = {0};
    struct feri_rng rng = feri_rng_new(1, 2, 3);
    for (int n = 0; n < 2000; n++) {
        size_t rows = feri_rng_below(&rng, 6), cols = feri_rng_below(&rng, 6), column[5];
        float cost[25], gate = feri_rng_range(&rng, -0.2f, 1.5f);
        for (size_t i = 0; i < rows * cols; i++) { /* ties, negative costs and costs that are none */
            cost[i] = n % 3 == 0 ? (float)feri_rng_below(&rng, 4) / 4 : feri_rng_range(&rng, -1, 1);
            if (feri_rng_below(&rng, 8) == 0) cost[i] = feri_rng_below(&rng, 2) ? INFINITY : NAN;
        }
        assert_true(feri_assign(&ws, rows, cols, cost, gate, column));
        assert_true(fabs(total(rows, cols, cost, gate, column) - least(0, rows, cols, cost, gate, 0)) < 1e-6);
    }
    feri_assigner_free(&ws);
}

static void sums_are_those_of_scipy(void **state)
{
    (void)state;
    static char line[8192];
    FILE *f = fopen(FER_SOURCE_DIR "/tests/vision/assign.csv", "r");
    struct feri_assigner ws = {0};
    assert_non_null(f);
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        size_t rows, cols, column[20];
        float gate, cost[400];
        double wanted;
        int at;
        assert_int_equal(sscanf(line, "%zu,%zu,%f,%lf%n", &rows, &cols, &gate, &wanted, &at), 4);
        char *p = line + at;
        for (size_t i = 0; i < rows * cols; i++) cost[i] = strtof(p + 1, &p);
        assert_true(feri_assign(&ws, rows, cols, cost, gate, column));
        assert_true(fabs(total(rows, cols, cost, gate, column) - wanted) < 1e-4);
    }
    assert_int_equal(n, 24);
    feri_assigner_free(&ws);
    fclose(f);
}

/* A permutation hidden among worse costs is found at any size, and its memory serves the next one. */
static void a_hidden_permutation_is_found(void **state)
{
    (void)state;
    enum { N = 300 };
    static float cost[N * N];
    static size_t column[N];
    struct feri_assigner ws = {0};
    struct feri_rng rng = feri_rng_new(4, 5, 6);
    const void *before = NULL;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N * N; i++) cost[i] = feri_rng_range(&rng, 0.5f, 1);
        for (size_t i = 0; i < N; i++) cost[i * N + (i * 7 + 3) % N] = feri_rng_range(&rng, 0, 0.2f);
        assert_true(feri_assign(&ws, N, N, cost, 2, column));
        for (size_t i = 0; i < N; i++) assert_int_equal(column[i], (i * 7 + 3) % N);
        if (round) assert_ptr_equal(ws.cost, before);
        before = ws.cost;
    }
    feri_assigner_free(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_are_the_best_of_all),
        cmocka_unit_test(sums_are_those_of_scipy),
        cmocka_unit_test(a_hidden_permutation_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
