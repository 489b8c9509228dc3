/* Several pictures in one call: each has the bits of a call of its own, and one that fails disturbs nobody. Calls that
 * end early. */
#include "canvas.h"

#include <math.h>

#define SIDE  132 /* of examples/face.png */
#define FACES 16
#define ITEMS 7

struct pictures {
    fer_image *face;
    struct canvas crowd, pair, empty, small;
};

static int set_up(void **state)
{
    static struct pictures p;
    p.face = load_face();
    p.crowd = new_canvas(4 * SIDE, 3 * SIDE, 120); /* more faces than are classified together */
    for (size_t i = 0; i < 12; i++) paste(&p.crowd, p.face, i % 4 * SIDE, i / 4 * SIDE);
    p.pair = new_canvas(420, 300, 120);
    paste(&p.pair, p.face, 20, 30);
    paste(&p.pair, p.face, 260, 140);
    p.empty = new_canvas(200, 150, 99);
    p.small = new_canvas(SIDE / 2, SIDE / 2, 0); /* every other pixel of the face */
    size_t n = fer_image_channels(p.face);
    for (size_t i = 0; i < p.small.w * p.small.h * 3; i++) {
        size_t x = i / 3 % p.small.w, y = i / 3 / p.small.w;
        p.small.data[i] = fer_image_pixels(p.face)[(2 * y * SIDE + 2 * x) * n + (n == 3 ? i % 3 : 0)];
    }
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    struct pictures *p = *state;
    fer_image_free(p->face);
    free(p->crowd.data);
    free(p->pair.data);
    free(p->empty.data);
    free(p->small.data);
    return 0;
}

static void alone(fer_pipeline *p, fer_pipeline_item *item)
{
    item->n = 0;
    item->whole = false;
    item->error.status = FER_OK;
    switch (item->look) {
    case FER_LOOK_FACES: fer_pipeline_run(p, &item->picture, item->max, item->faces, &item->n, &item->error); break;
    case FER_LOOK_AUTO:
        fer_pipeline_run_auto(p, &item->picture, item->max, item->faces, &item->n, &item->whole, &item->error);
        break;
    case FER_LOOK_WHOLE:
        item->n = fer_pipeline_read_whole(p, &item->picture, item->faces, &item->error) == FER_OK;
        item->whole = item->n == 1;
        break;
    }
}

static void same_item(const fer_pipeline_item *a, const fer_pipeline_item *b)
{
    assert_int_equal(a->error.status, b->error.status);
    if (a->error.status != FER_OK) assert_string_equal(a->error.text, b->error.text);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->whole, b->whole);
    for (size_t i = 0; i < a->n; i++) {
        assert_memory_equal(a->faces[i].scores, b->faces[i].scores, sizeof a->faces[i].scores);
        assert_memory_equal(a->faces[i].points, b->faces[i].points, sizeof a->faces[i].points);
        assert_true(a->faces[i].label == b->faces[i].label && a->faces[i].x == b->faces[i].x &&
                    a->faces[i].width == b->faces[i].width && a->faces[i].confidence == b->faces[i].confidence);
    }
}

/* The fourth is no picture. */
static void make_items(const struct pictures *p, fer_pipeline_item items[ITEMS], fer_face faces[ITEMS][FACES])
{
    fer_view bad = view_of(&p->pair);
    bad.strides[0] = 1;
    const fer_pipeline_item all[ITEMS] = {{.picture = view_of(&p->pair), .look = FER_LOOK_FACES},
                                          {.picture = view_of(&p->crowd), .look = FER_LOOK_AUTO},
                                          {.picture = view_of(&p->small), .look = FER_LOOK_AUTO},
                                          {.picture = bad, .look = FER_LOOK_AUTO},
                                          {.picture = view_of(&p->empty), .look = FER_LOOK_FACES},
                                          {.picture = fer_image_view(p->face), .look = FER_LOOK_WHOLE},
                                          {.picture = fer_image_view(p->face), .look = FER_LOOK_AUTO}};
    memcpy(items, all, sizeof all);
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].max = FACES;
        items[i].faces = faces[i];
    }
}

static void compare(const struct pictures *pictures, const fer_pipeline_options *opt)
{
    static fer_pipeline_item many[ITEMS], one[ITEMS];
    static fer_face found[ITEMS][FACES], want[ITEMS][FACES];
    fer_pipeline *p = new_pipeline(opt);
    make_items(pictures, many, found);
    make_items(pictures, one, want);
    for (size_t i = 0; i < ITEMS; i++) alone(p, &one[i]);
    assert_int_equal(fer_pipeline_run_many(p, ITEMS, many, NULL), FER_OK);
    for (size_t i = 0; i < ITEMS; i++) same_item(&many[i], &one[i]);
    assert_true(many[0].n == 2 && many[1].n >= 10 && many[2].whole && many[3].error.status == FER_ERR_ARGUMENT &&
                many[4].n == 0 && many[5].whole && many[6].n == 1);
    fer_pipeline_free(p);
}

static void test_many_have_the_bits_of_one(void **state)
{
    static const char *const isas[] = {"auto", "ref"};
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++)
        compare(*state, &(fer_pipeline_options){.threads = 1, .isa = isas[i], .detector.smallest = 25});
    compare(*state, &(fer_pipeline_options){.threads = 2, .tta = true, .detector.smallest = 25});
}

static void test_many_refuse_what_one_refuses(void **state)
{
    const struct pictures *pictures = *state;
    fer_pipeline *p = new_pipeline(NULL);
    fer_error err;
    fer_pipeline_item item = {.picture = view_of(&pictures->pair), .max = 3};
    assert_int_equal(fer_pipeline_run_many(p, 1, &item, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_pipeline_run_many(NULL, 1, &item, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_pipeline_run_many(p, 1, NULL, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_pipeline_run_many(p, 0, NULL, &err), FER_OK);
    item.look = (fer_look)99;
    item.max = 0;
    assert_int_equal(fer_pipeline_run_many(p, 1, &item, &err), FER_OK);
    assert_int_equal(item.error.status, FER_ERR_ARGUMENT);
    fer_pipeline_free(p);
}

/* ---- ending early ---- */

static bool stop_after(void *user)
{
    int *left = user;
    return (*left)-- <= 0;
}

static void test_a_stop_ends_a_call_between_batches(void **state)
{
    const struct pictures *pictures = *state;
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.detector.smallest = 25});
    fer_view v = view_of(&pictures->crowd);
    fer_face faces[FACES];
    int calls = 0;
    for (int most = 0; most < 3; most++) { /* the search and two batches */
        size_t n = 99;
        int left = most;
        fer_error err = {0};
        fer_pipeline_set_stop(p, stop_after, &left);
        assert_int_equal(fer_pipeline_run(p, &v, FACES, faces, &n, &err), FER_ERR_STOPPED);
        assert_int_equal(n, 0);
        calls += left == -1;
    }
    assert_int_equal(calls, 3);
    int enough = 3;
    size_t n;
    fer_pipeline_set_stop(p, stop_after, &enough);
    assert_int_equal(fer_pipeline_run(p, &v, FACES, faces, &n, NULL), FER_OK);
    fer_pipeline_set_stop(p, NULL, NULL);
    assert_true(run(p, &v, FACES, faces) == n && n >= 10);
    fer_pipeline_free(p);
    fer_pipeline_set_stop(NULL, NULL, NULL);
}

static void test_a_stop_ends_a_tracker_before_a_frame(void **state)
{
    const struct pictures *pictures = *state;
    fer_pipeline *p = new_pipeline(NULL);
    fer_tracker *t;
    fer_view v = view_of(&pictures->pair);
    fer_face faces[FACES];
    size_t n;
    int left = 0;
    assert_int_equal(fer_tracker_new(p, NULL, &t, NULL), FER_OK);
    fer_pipeline_set_stop(p, stop_after, &left);
    assert_int_equal(fer_tracker_next(t, &v, 1, FACES, faces, &n, NULL), FER_ERR_STOPPED);
    fer_pipeline_set_stop(p, NULL, NULL);
    assert_int_equal(fer_tracker_next(t, &v, 0, FACES, faces, &n, NULL), FER_OK);
    assert_int_equal(n, 2);
    fer_tracker_free(t);
    fer_pipeline_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_have_the_bits_of_one),
        cmocka_unit_test(test_many_refuse_what_one_refuses),
        cmocka_unit_test(test_a_stop_ends_a_call_between_batches),
        cmocka_unit_test(test_a_stop_ends_a_tracker_before_a_frame),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
