/* From cells to faces: places, the threshold, one detection per face. */
#include "vision/found.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { H = 64, W = 96, CELLS = 8 * 12 + 4 * 6 + 2 * 3 };

static float rows[CELLS][FERI_FACE_COLUMNS];

static void clear(void)
{
    for (size_t i = 0; i < CELLS; i++)
        for (size_t k = 0; k < FERI_FACE_COLUMNS; k++) rows[i][k] = k == FERI_FACE_SCORE ? -20 : 0;
}

/* logit 0 is a confidence of 1/2; edges of ln 2 are two strides away. */
static void set_cell(size_t cell, float logit, float edge)
{
    rows[cell][FERI_FACE_SCORE] = logit;
    for (size_t k = 0; k < 4; k++) rows[cell][FERI_FACE_EDGES + k] = edge;
}

static size_t find(float threshold, size_t max, fer_face *out)
{
    struct feri_found_options opt = {.threshold = threshold, .overlap = 0.4f, .scale = 2, .max = max};
    return feri_found_faces(H, W, rows[0], &opt, out);
}

static void near(float a, float b)
{
    assert_float_equal(a, b, 1e-4);
}

static void test_a_cell_of_each_grid_lies_where_its_stride_says(void **state)
{
    static const struct {
        size_t cell;
        float x, y, stride;
    } cases[] = {{2 * 12 + 3, 28, 20, 8}, {8 * 12 + 1 * 6 + 4, 72, 24, 16}, {8 * 12 + 4 * 6 + 2, 80, 16, 32}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fer_face f[4];
        clear();
        set_cell(cases[i].cell, 0, logf(2));
        rows[cases[i].cell][FERI_FACE_XY + 2] = 0.5f;
        rows[cases[i].cell][FERI_FACE_XY + 3] = -1;
        assert_int_equal(find(0.3f, 4, f), 1);
        near(f[0].confidence, 0.5f);
        near(f[0].x, 2 * (cases[i].x - 2 * cases[i].stride));
        near(f[0].y, 2 * (cases[i].y - 2 * cases[i].stride));
        near(f[0].width, 8 * cases[i].stride);
        near(f[0].points[FER_EYE_LEFT][0], 2 * cases[i].x);
        near(f[0].points[FER_EYE_RIGHT][0], 2 * (cases[i].x + 0.5f * cases[i].stride));
        near(f[0].points[FER_EYE_RIGHT][1], 2 * (cases[i].y - cases[i].stride));
        assert_true(f[0].seen && f[0].id == 0);
    }
}

static void test_the_surest_of_overlapping_boxes_stays(void **state)
{
    fer_face f[8];
    (void)state;
    clear();
    set_cell(0, 1, logf(2));
    set_cell(1, 2, logf(2));  /* a stride to the side: IoU 24 * 32 / (2 * 1024 - 768) = 0.6 */
    set_cell(11, 0, logf(2)); /* far away */
    assert_int_equal(find(0.3f, 8, f), 2);
    near(f[0].x, 2 * (12 - 16));
    near(f[1].x, 2 * (92 - 16));
    assert_true(f[0].confidence > f[1].confidence);
}

static void test_the_threshold_and_the_room_are_kept(void **state)
{
    fer_face f[CELLS];
    (void)state;
    clear();
    for (size_t i = 0; i < 96; i++) set_cell(i, (float)((i * 37) % 96) / 48 - 1, -1); /* no two boxes touch */
    assert_int_equal(find(0.5f, CELLS, f), 48);
    assert_int_equal(find(0, CELLS, f), CELLS); /* and the cells of the other grids, which nothing overlaps */
    size_t n = find(0.3f, 5, f);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) near(f[i].confidence, 1 / (1 + expf(-((float)(95 - i) / 48 - 1))));
    assert_int_equal(find(0.3f, 0, f), 0);
}

static void test_numbers_that_are_none_find_nothing(void **state)
{
    fer_face f[4];
    (void)state;
    clear();
    set_cell(3, NAN, 0);
    set_cell(40, 2, 1000);
    rows[50][FERI_FACE_SCORE] = -INFINITY;
    assert_int_equal(find(0.3f, 4, f), 1);
    assert_true(isfinite(f[0].width));
}

static fer_face at_x(float x, float confidence)
{
    return (fer_face){.x = x, .width = 10, .height = 10, .confidence = confidence};
}

static void test_merged_faces_are_the_surest_first_and_each_once(void **state)
{
    (void)state;
    fer_face f[4] = {at_x(0, 0.9f), at_x(50, 0.5f)};
    const fer_face more[] = {at_x(52, 0.8f), at_x(100, 0.7f), at_x(1, 0.4f), at_x(200, 0.3f)};
    size_t n = feri_found_merge(f, 2, more, 4, 4, 0.4f);
    assert_int_equal(n, 3); /* 0.3 had no room, 0.5 and 0.4 are others' doubles */
    near(f[0].x, 0);
    near(f[1].x, 52);
    near(f[2].x, 100);
    fer_face one[1] = {at_x(0, 0.9f)};
    assert_int_equal(feri_found_merge(one, 1, more, 4, 1, 0.4f), 1);
    near(one[0].confidence, 0.9f);
    assert_int_equal(feri_found_merge(one, 0, more, 1, 1, 0.4f), 1);
    near(one[0].x, 52);
}

static void test_a_part_of_a_sure_face_is_not_another_face(void **state)
{
    static const struct {
        float outer, inner, x; /* confidences; where the inner box, a quarter as large, begins */
        size_t kept;
    } cases[] = {
        {0.95f, 0.75f, 20, 1}, /* a mouth */
        {0.95f, 0.75f, 66, 1}, /* 0.68 of it inside */
        {0.95f, 0.75f, 75, 2}, /* half of it: a face in front of another's edge */
        {0.95f, 0.9f, 20, 2},  /* sure itself */
        {0.7f, 0.6f, 20, 2},   /* no confident face is around it */
        {0.75f, 0.9f, 20, 1},  /* an unsure one around a sure one */

    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fer_face around = {.width = 100, .height = 100, .confidence = cases[i].outer};
        fer_face part = {.x = cases[i].x, .y = 30, .width = 50, .height = 50, .confidence = cases[i].inner};
        bool first = around.confidence > part.confidence;
        fer_face f[2] = {first ? around : part, first ? part : around};
        assert_int_equal(feri_found_suppress(f, 2, 0.4f), cases[i].kept);
        fer_face merged[2] = {around};
        assert_int_equal(feri_found_merge(merged, 1, &part, 1, 2, 0.4f), cases[i].kept); /* across two looks */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cell_of_each_grid_lies_where_its_stride_says),
        cmocka_unit_test(test_the_surest_of_overlapping_boxes_stays),
        cmocka_unit_test(test_the_threshold_and_the_room_are_kept),
        cmocka_unit_test(test_merged_faces_are_the_surest_first_and_each_once),
        cmocka_unit_test(test_a_part_of_a_sure_face_is_not_another_face),
        cmocka_unit_test(test_numbers_that_are_none_find_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
