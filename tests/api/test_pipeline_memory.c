/* What a pipeline allocates, once and for pictures of ever new sizes. */
#include "counted.h"
#include "pipeline_fixture.h"

#include <math.h>

static void warm_calls(fer_pipeline *p, const struct canvas *c, uint8_t *scratch)
{
    fer_face faces[FACES];
    for (size_t i = 0; i < 3; i++) {
        fer_view v = view_of(&c[i]), bgra = laid_out(&c[i], FER_BGRA8, 4, scratch);
        run(p, &v, FACES, faces);
        run(p, &bgra, FACES, faces);
        assert_int_equal(fer_pipeline_read_whole(p, &v, faces, NULL), FER_OK);
    }
}

static void test_nothing_is_allocated_once_sizes_are_known(void **state)
{
    const struct fixture *f = *state;
    struct canvas c[] = {new_canvas(300, 200, 100), new_canvas(210, 340, 50), new_canvas(SIDE, SIDE, 0)};
    uint8_t *scratch = malloc(340 * (4 * 300 + 4));
    assert_non_null(scratch);
    for (size_t i = 0; i < 3; i++) paste(&c[i], f->face, c[i].w - SIDE, 0);
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.threads = 2, .tta = true});
    size_t before = counted_calls;
    warm_calls(p, c, scratch);
    assert_true(counted_calls > before); /* the counter works */
    before = counted_calls;
    warm_calls(p, c, scratch);
    warm_calls(p, c, scratch);
    assert_int_equal(counted_calls, before);
    fer_pipeline_free(p);
    for (size_t i = 0; i < 3; i++) free(c[i].data);
    free(scratch);
}

static void every_size_once(fer_pipeline *p, const struct canvas *c)
{
    fer_face faces[FACES];
    for (size_t i = 0; i < 24; i++) {
        fer_view v = view_of(c);
        v.width = 40 + i * 37 % 24 * 9;
        v.height = 30 + i * 19 % 24 * 9;
        run(p, &v, FACES, faces);
        assert_int_equal(fer_pipeline_read_whole(p, &v, faces, NULL), FER_OK);
    }
}

/* Six networks for pictures of the largest size would take as much memory as six. */
static void test_fewer_networks_are_kept_for_large_pictures(void **state)
{
    (void)state;
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.threads = 1, .detector.longest = 512});
    struct canvas c = new_canvas(512, 512, 90);
    size_t without = counted_live, one = 0;
    for (size_t i = 0; i < 6; i++) {
        fer_face faces[FACES];
        fer_view v = view_of(&c);
        v.height -= 32 * i;
        run(p, &v, FACES, faces);
        if (i == 0) one = counted_live - without;
        assert_true(one > 0 && counted_live - without < 2 * one);
    }
    fer_pipeline_free(p);
    free(c.data);
}

static void test_memory_stays_bounded_when_every_picture_has_another_size(void **state)
{
    const struct fixture *f = *state;
    struct canvas c = crowd(f->face);
    size_t at_first = counted_live;
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.threads = 1, .detector.smallest = LEAST});
    every_size_once(p, &c);
    size_t live = counted_live;
    assert_true(live > at_first);
    for (int i = 0; i < 2; i++) {
        every_size_once(p, &c);
        assert_true(fabs((double)counted_live - (double)live) <
                    4096); /* blocks of the same size may differ by the allocator's rounding */
    }
    fer_pipeline_free(p);
    assert_int_equal(counted_live, at_first);
    free(c.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_allocated_once_sizes_are_known),
        cmocka_unit_test(test_fewer_networks_are_kept_for_large_pictures),
        cmocka_unit_test(test_memory_stays_bounded_when_every_picture_has_another_size),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
