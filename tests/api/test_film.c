/* Faces over time: ids, hidden faces, smoothed scores and times. */
#include "canvas.h"
#include "counted.h"

#include <math.h>

#define W     320
#define H     240
#define RATE  25.0
#define FACES 8

struct fixture {
    fer_image *face;
    fer_pipeline *pipeline;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.face = load_face();
    f.pipeline = new_pipeline(&(fer_pipeline_options){.threads = 1, .detector.smallest = 25});
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fer_image_free(f->face);
    fer_pipeline_free(f->pipeline);
    return 0;
}

static fer_tracker *new_tracker(fer_pipeline *p, const fer_tracker_options *opt)
{
    fer_tracker *t;
    fer_error err = {0};
    if (fer_tracker_new(p, opt, &t, &err) != FER_OK) fail_msg("%s", err.text);
    return t;
}

static size_t next(fer_tracker *t, const struct canvas *c, double seconds, size_t max, fer_face *faces)
{
    size_t n = 99;
    fer_error err = {0};
    fer_view v = view_of(c);
    if (fer_tracker_next(t, &v, seconds, max, faces, &n, &err) != FER_OK) fail_msg("%s", err.text);
    return n;
}

/* The mouth upside down: another expression. */
static void turn_mouth(struct canvas *c, size_t x, size_t y)
{
    enum { TOP = 70, BOTTOM = 110, LEFT = 36, BYTES = 3 * 64 };
    for (size_t i = 0; i < (BOTTOM - TOP) / 2; i++) {
        uint8_t row[BYTES], *left = c->data + 3 * (y * c->w + x + LEFT);
        uint8_t *upper = left + 3 * (TOP + i) * c->w, *lower = left + 3 * (BOTTOM - 1 - i) * c->w;
        memcpy(row, upper, BYTES);
        memcpy(upper, lower, BYTES);
        memcpy(lower, row, BYTES);
    }
}

/* Frame i: the face at (10 + 3 i, 20 + i), or nothing. */
static struct canvas frame(const fer_image *face, size_t i, bool shown)
{
    struct canvas c = new_canvas(W, H, 110);
    if (shown) paste(&c, face, 10 + 3 * i, 20 + i);
    return c;
}

static void test_a_moving_face_keeps_its_id(void **state)
{
    const struct fixture *f = *state;
    fer_tracker *t = new_tracker(f->pipeline, NULL);
    for (size_t i = 0; i < 30; i++) {
        fer_face faces[FACES];
        struct canvas c = frame(f->face, i, true);
        assert_int_equal(next(t, &c, (double)i / RATE, FACES, faces), 1);
        assert_int_equal(faces[0].id, 1);
        assert_true(faces[0].seen);
        assert_float_equal(faces[0].x + faces[0].width / 2, 10 + 3 * (float)i + 66, 15);
        assert_string_equal(label_of(f->pipeline, faces), "happiness");
        free(c.data);
    }
    fer_tracker_free(t);
}

/* A face is hidden for 0.4 s. For a quarter of a second it is reported as not seen, at its predicted place and with its
 * last scores. Then it is not reported. Then it is seen again. */
static void hidden(fer_pipeline *p, const fer_image *face, unsigned detect_every)
{
    fer_tracker *t = new_tracker(p, &(fer_tracker_options){.detect_every = detect_every});
    fer_face last = {0};
    for (size_t i = 0; i < 32; i++) {
        fer_face faces[FACES];
        bool shown = i < 10 || i >= 20;
        struct canvas c = frame(face, i, shown);
        size_t n = next(t, &c, (double)i / RATE, FACES, faces);
        free(c.data);
        if (!shown && i >= 17) assert_int_equal(n, 0);
        if (!shown && i < 15) assert_int_equal(n, 1);
        if (shown && (i < 10 || i >= 20 + 2 * detect_every)) assert_true(n == 1 && faces[0].seen);
        if (n == 0) continue;
        assert_int_equal(n, 1);
        assert_int_equal(faces[0].id, 1);
        assert_float_equal(faces[0].x + faces[0].width / 2, 10 + 3 * (float)i + 66, 20);
        if (faces[0].seen) last = faces[0];
        else assert_memory_equal(faces[0].smoothed, last.smoothed, sizeof last.smoothed);
        assert_true(faces[0].seen || !shown || i >= 20);
    }
    fer_tracker_free(t);
}

static void test_a_hidden_face_keeps_its_id(void **state)
{
    const struct fixture *f = *state;
    hidden(f->pipeline, f->face, 1);
    hidden(f->pipeline, f->face, 4);
}

static void test_one_hidden_beyond_patience_is_a_new_one(void **state)
{
    const struct fixture *f = *state;
    fer_tracker *t = new_tracker(f->pipeline, &(fer_tracker_options){.patience = 0.2f});
    uint64_t id = 0;
    for (size_t i = 0; i < 30; i++) {
        fer_face faces[FACES];
        struct canvas c = frame(f->face, i, i < 10 || i >= 20);
        if (next(t, &c, (double)i / RATE, FACES, faces) > 0) id = faces[0].id;
        if (i < 10) assert_int_equal(id, 1);
        free(c.data);
    }
    assert_int_equal(id, 2);
    fer_tracker_free(t);
}

/* Two faces pass each other, in frames at uneven times. */
static struct canvas two(const fer_image *face, size_t i)
{
    struct canvas c = new_canvas(W, 300, 110);
    paste(&c, face, 5, 20 + 3 * i);
    paste(&c, face, 180, 160 - 3 * i);
    return c;
}

static void test_ids_are_the_same_when_only_some_frames_are_searched(void **state)
{
    const struct fixture *f = *state;
    fer_tracker *every = new_tracker(f->pipeline, NULL),
                *fourth = new_tracker(f->pipeline, &(fer_tracker_options){.detect_every = 4});
    for (size_t i = 0; i < 24; i++) {
        fer_face a[FACES], b[FACES];
        struct canvas c = two(f->face, i);
        assert_int_equal(next(every, &c, (double)i / RATE, FACES, a), 2);
        assert_int_equal(next(fourth, &c, (double)i / RATE, FACES, b), 2);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(a[k].id, k + 1);
            assert_int_equal(b[k].id, k + 1);
            assert_float_equal(a[k].x, b[k].x,
                               /* of faces about 130 pixels high, without the part of the head that a box includes */
                               24);
            assert_float_equal(a[k].y, b[k].y, 24);
            assert_int_equal(a[k].label, b[k].label);
        }
        assert_int_equal(next(every, &c, (double)i / RATE, 1, b), 1);
        assert_int_equal(b[0].id, 1);
        free(c.data);
    }
    fer_tracker_free(every);
    fer_tracker_free(fourth);
}

/* ---- scores ---- */

static const double uneven[] = {0, 0.04, 0.08, 0.09, 0.2, 0.24, 0.24, 0.5, 0.54, 1.4};

/* smoothed += (1 - exp(-dt / tau)) (scores - smoothed), with the scores that the tracker returns. */
static void smoothed_with(fer_pipeline *p, const fer_image *face, float option, double tau)
{
    fer_tracker *t = new_tracker(p, &(fer_tracker_options){.smooth = option, .patience = 2});
    double want[FER_FACE_CLASSES] = {0}, least = 1, most = 0;
    for (size_t i = 0; i < sizeof uneven / sizeof *uneven; i++) {
        fer_face faces[FACES];
        struct canvas c = new_canvas(W, H, 110);
        paste(&c, face, 60, 40);
        if (i % 2) turn_mouth(&c, 60, 40);
        assert_int_equal(next(t, &c, uneven[i], FACES, faces), 1);
        double gain = i == 0 || tau <= 0 ? 1 : 1 - exp(-(uneven[i] - uneven[i - 1]) / tau), sum = 0;
        size_t best = 0;
        for (size_t k = 0; k < FER_FACE_CLASSES; k++) {
            want[k] += gain * ((double)faces[0].scores[k] - want[k]);
            sum += (double)faces[0].smoothed[k];
            assert_float_equal(faces[0].smoothed[k], want[k], 2e-6);
            if (faces[0].smoothed[k] > faces[0].smoothed[best]) best = k;
        }
        assert_float_equal(sum, 1, 1e-5);
        assert_int_equal(faces[0].label, best);
        least = fmin(least, (double)faces[0].scores[1]);
        most = fmax(most, (double)faces[0].scores[1]);
        free(c.data);
    }
    assert_true(most - least > 0.05); /* there was something to smooth */
    fer_tracker_free(t);
}

static void test_scores_are_smoothed_with_the_time_constant(void **state)
{
    const struct fixture *f = *state;
    smoothed_with(f->pipeline, f->face, 0, 0.5);
    smoothed_with(f->pipeline, f->face, 0.1f, (double)0.1f);
    smoothed_with(f->pipeline, f->face, -1, 0);
}

/* ---- times ---- */

static void test_times_that_go_back_are_refused_and_do_no_harm(void **state)
{
    const struct fixture *f = *state;
    static const double wrong[] = {0.03, -1, (double)NAN, (double)INFINITY};
    fer_tracker *t = new_tracker(f->pipeline, NULL), *u = new_tracker(f->pipeline, NULL);
    for (size_t i = 0; i < 3; i++) {
        fer_face a[FACES], b[FACES];
        struct canvas c = frame(f->face, i, true);
        fer_view v = view_of(&c);
        assert_int_equal(next(t, &c, 0.04 * (double)(i + 1), FACES, a), 1);
        assert_int_equal(next(u, &c, 0.04 * (double)(i + 1), FACES, b), 1);
        assert_memory_equal(&a[0].x, &b[0].x, sizeof a[0].x);
        assert_memory_equal(a[0].smoothed, b[0].smoothed, sizeof a[0].smoothed);
        for (size_t k = 0; k < 4; k++) {
            size_t n = 99;
            fer_error err = {0};
            assert_int_equal(fer_tracker_next(t, &v, wrong[k], FACES, a, &n, &err), FER_ERR_ARGUMENT);
            assert_int_equal(n, 0);
            assert_non_null(strstr(err.text, "must not go back"));
        }
        free(c.data);
    }
    fer_tracker_free(t);
    fer_tracker_free(u);
}

/* ---- memory ---- */

/* The face moves to the right edge and out of the picture, so its surroundings become smaller. */
static void to_the_edge(fer_tracker *t, const fer_image *face, struct canvas *c, double from)
{
    for (size_t i = 0; i < 18; i++) {
        fer_face faces[FACES];
        memset(c->data, 110, c->w * c->h * 3);
        paste(c, face, W - 132 - 3 * (18 - i), 60 + i);
        assert_int_equal(next(t, c, from + (double)i / RATE, FACES, faces), 1);
    }
}

static void test_nothing_is_allocated_per_frame(void **state)
{
    const struct fixture *f = *state;
    fer_tracker *t = new_tracker(f->pipeline, &(fer_tracker_options){.detect_every = 3});
    struct canvas c = new_canvas(W, H, 110);
    size_t before = counted_calls;
    to_the_edge(t, f->face, &c, 0);
    assert_true(counted_calls > before); /* the counter works */
    before = counted_calls;
    to_the_edge(t, f->face, &c, 1);
    assert_int_equal(counted_calls, before);
    fer_tracker_free(t);
    free(c.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_moving_face_keeps_its_id),
        cmocka_unit_test(test_a_hidden_face_keeps_its_id),
        cmocka_unit_test(test_one_hidden_beyond_patience_is_a_new_one),
        cmocka_unit_test(test_ids_are_the_same_when_only_some_frames_are_searched),
        cmocka_unit_test(test_scores_are_smoothed_with_the_time_constant),
        cmocka_unit_test(test_times_that_go_back_are_refused_and_do_no_harm),
        cmocka_unit_test(test_nothing_is_allocated_per_frame),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
