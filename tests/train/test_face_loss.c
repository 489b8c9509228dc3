/* The detector's loss: its derivative against differences, its values against the formulas, and which cells a face
 * gets.
 */
#include "base/rng.h"
#include "train/face_loss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIDE = 64, CELLS = 8 * 8 + 4 * 4 + 2 * 2, SIZE = CELLS * FERI_FACE_COLUMNS };

static const struct feri_face_grid grid = {SIDE, SIDE};
static float rows[2 * SIZE], gradient[2 * SIZE], other[2 * SIZE];
static int face_of[CELLS];

static const struct feri_scene_face faces[] = {
    {.x = 9,
     .y = 6,
     .w = 14,
     .h = 18,
     .has_points = true,
     .points = {{12, 12}, {19, 12}, {16, 15}, {13, 20}, {19, 20}}},
    {.x = 30, .y = 20, .w = 28, .h = 33},
    {.x = 2, .y = 40, .w = 12, .h = 15, .ignored = true},
};
static const struct feri_face_truth truth[] = {{3, faces}, {0, NULL}};

static void randomise(void)
{
    struct feri_rng r = feri_rng_new(3, 1, 4);
    for (size_t i = 0; i < 2 * SIZE; i++) rows[i] = feri_rng_range(&r, -0.8f, 0.8f);
}

static void near(double a, double b, double most)
{
    if (!(fabs(a - b) <= most)) fail_msg("%g is not %g", a, b);
}

static double loss_of(const float *x, struct feri_face_losses *parts)
{
    return feri_face_loss(&grid, 2, x, truth, face_of, other, parts);
}

/* The score's target holds the overlap, which is no part of the derivative by design (it is a label), so edges are
 * compared with the score's loss left out. */
static void test_the_derivative_is_that_of_the_loss(void **state)
{
    (void)state;
    struct feri_face_losses plus, minus;
    size_t compared = 0;
    randomise();
    feri_face_loss(&grid, 2, rows, truth, face_of, gradient, NULL);
    for (size_t i = 0; i < 2 * SIZE; i++) {
        size_t column = i % FERI_FACE_COLUMNS;
        float kept = rows[i], step = 1e-3f;
        if (fabsf(gradient[i]) < 1e-5f) continue;
        rows[i] = kept + step;
        loss_of(rows, &plus);
        rows[i] = kept - step;
        loss_of(rows, &minus);
        rows[i] = kept;
        double difference = column == FERI_FACE_SCORE ? plus.score - minus.score
                                                      : FERI_FACE_BOX_WEIGHT * (plus.box - minus.box) +
                                                            FERI_FACE_POINTS_WEIGHT * (plus.points - minus.points);
        if (plus.positives != minus.positives) continue;
        near((double)gradient[i], difference / (2 * (double)step), 2e-3 * fabs((double)gradient[i]) + 2e-4);
        compared++;
    }
    assert_true(compared > 2 * CELLS);
}

/* A prediction that is right everywhere: distances and landmarks exact, logits far out. */
static void answer_exactly(void)
{
    size_t first = 0;
    feri_face_assign(&grid, rows, 3, faces, face_of);
    for (size_t i = 0; i < 2 * SIZE; i++) rows[i] = i % FERI_FACE_COLUMNS == FERI_FACE_SCORE ? -30 : 0;
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        size_t w = SIDE / feri_face_stride(level), n = w * w;
        for (size_t i = 0; i < n; i++) {
            float *row = rows + (first + i) * FERI_FACE_COLUMNS;
            struct feri_face_cell c = feri_face_cell_at(level, w, i);
            for (size_t k = 0; k < 2; k++) {
                const struct feri_scene_face *f = &faces[k];
                if (c.x <= f->x || c.x >= f->x + f->w || c.y <= f->y || c.y >= f->y + f->h) continue;
                row[FERI_FACE_SCORE] = 30;
                row[FERI_FACE_EDGES] = logf((c.x - f->x) / c.stride);
                row[FERI_FACE_EDGES + 1] = logf((c.y - f->y) / c.stride);
                row[FERI_FACE_EDGES + 2] = logf((f->x + f->w - c.x) / c.stride);
                row[FERI_FACE_EDGES + 3] = logf((f->y + f->h - c.y) / c.stride);
                for (size_t p = 0; p < 10; p++)
                    row[FERI_FACE_XY + p] = (f->points[p / 2][p % 2] - (p % 2 ? c.y : c.x)) / c.stride;
            }
        }
        first += n;
    }
}

static void test_a_right_answer_costs_nothing_but_for_extra_cells(void **state)
{
    (void)state;
    struct feri_face_losses parts;
    randomise();
    answer_exactly();
    loss_of(rows, &parts);
    near(parts.box, 0, 1e-5);
    near(parts.points, 0, 1e-5);
    assert_true(parts.positives >= 4); /* overlaps of 1: each face has more than one cell */
}

static void test_background_costs_the_focal_entropy(void **state)
{
    (void)state;
    struct feri_face_losses parts;
    for (size_t i = 0; i < 2 * SIZE; i++) rows[i] = 0;
    const struct feri_face_truth none[] = {{0, NULL}, {0, NULL}};
    double loss = feri_face_loss(&grid, 2, rows, none, face_of, gradient, &parts);
    assert_int_equal(parts.positives, 0);
    near(loss, 2 * CELLS * 0.25 * log(2), 1e-6); /* |0 - 1/2|^2 log 2 in every cell */
}

static void test_every_face_has_a_cell_and_ignored_regions_have_none(void **state)
{
    (void)state;
    size_t count[2] = {0}, neither = 0;
    randomise();
    feri_face_assign(&grid, rows, 3, faces, face_of);
    for (size_t i = 0; i < CELLS; i++) {
        if (face_of[i] == FERI_FACE_NEITHER) neither++;
        else if (face_of[i] >= 0) count[face_of[i]]++;
    }
    assert_true(count[0] >= 1 && count[1] >= 1);
    assert_true(neither >= 2);
    assert_int_equal(face_of[6 * 8 + 1], FERI_FACE_NEITHER); /* (12, 52) is in the region */
    assert_int_equal(face_of[0], FERI_FACE_BACKGROUND);
}

/* If two faces are in the same place, each gets a cell. */
static void test_neighbours_share_the_cells(void **state)
{
    (void)state;
    const struct feri_scene_face pair[] = {{.x = 20, .y = 20, .w = 16, .h = 16}, {.x = 28, .y = 22, .w = 16, .h = 16}};
    size_t count[2] = {0};
    randomise();
    feri_face_assign(&grid, rows, 2, pair, face_of);
    for (size_t i = 0; i < CELLS; i++)
        if (face_of[i] >= 0) count[face_of[i]]++;
    assert_true(count[0] >= 1 && count[1] >= 1);
}

static void test_a_face_at_the_edge_or_outside_is_no_harm(void **state)
{
    (void)state;
    const struct feri_scene_face odd[] = {{.x = -9, .y = -9, .w = 12, .h = 12},
                                          {.x = 60, .y = 60, .w = 30, .h = 30},
                                          {.x = 500, .y = -400, .w = 10, .h = 10}};
    randomise();
    feri_face_assign(&grid, rows, 3, odd, face_of);
    for (size_t i = 0; i < CELLS; i++) assert_true(face_of[i] >= FERI_FACE_NEITHER && face_of[i] < 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_derivative_is_that_of_the_loss),
        cmocka_unit_test(test_a_right_answer_costs_nothing_but_for_extra_cells),
        cmocka_unit_test(test_background_costs_the_focal_entropy),
        cmocka_unit_test(test_every_face_has_a_cell_and_ignored_regions_have_none),
        cmocka_unit_test(test_neighbours_share_the_cells),
        cmocka_unit_test(test_a_face_at_the_edge_or_outside_is_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
