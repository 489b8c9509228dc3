/* Scenes with known truth: every face keeps its id, and nothing else gets one. */
#include "scene.h"

#define ALWAYS 1e9

static struct actor standing(double x, double y, double size)
{
    return (struct actor){.x = x, .y = y, .size = size, .to = ALWAYS};
}

static struct actor walking(double x, double y, double size, double vx, double vy)
{
    return (struct actor){.x = x, .y = y, .size = size, .vx = vx, .vy = vy, .to = ALWAYS};
}

static struct scene scene(uint64_t seed)
{
    return (struct scene){
        .seconds = 6, .fps = 30, .jitter = 0.5, .noise = 0.03, .miss = 0.05, .weak = 0.1, .scale = 1, .seed = seed};
}

static void flawless(const struct scene *s, const struct feri_tracker_options *options, const char *what)
{
    struct outcome o = play(s, options);
    if (o.switches || o.ids != s->n)
        fail_msg("%s, seed %d: %zu ids of %zu faces, %zu switches", what, (int)s->seed, o.ids, s->n, o.switches);
}

static void faces_keep_their_ids_through_noise(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct scene s = scene(seed);
        s.alarms = 0.3;
        s.actors[s.n++] = standing(100, 100, 60);
        s.actors[s.n++] = walking(200, 300, 40, 60, -20);
        s.actors[s.n++] = walking(600, 80, 25, -50, 30);
        s.actors[s.n++] = (struct actor){.x = 320, .y = 200, .size = 50, .sway = 30, .to = ALWAYS};
        flawless(&s, NULL, "noise");
    }
}

static void any_frame_rate_will_do(void **state)
{
    (void)state;
    static const double rates[] = {5, 10, 25, 60, 240};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct scene s = scene(seed);
            s.fps = rates[i];
            s.actors[s.n++] = walking(50, 100, 40, 80, 0);
            s.actors[s.n++] = walking(600, 180, 40, -80, 20);
            s.actors[s.n++] = standing(300, 400, 30);
            flawless(&s, NULL, "frame rate");
        }
}

/* Two faces cross, one before the other so that only one is found for some frames, at several speeds. */
static void crossing_faces_keep_their_ids(void **state)
{
    (void)state;
    static const double speeds[] = {40, 80, 160, 300};
    for (size_t i = 0; i < 4; i++)
        for (uint64_t seed = 0; seed < 25; seed++) {
            struct scene s = scene(seed);
            s.merge = true;
            s.miss = 0.02;
            s.seconds = 400 / speeds[i];
            s.actors[s.n++] = walking(320 - 200, 200, 50, speeds[i], 0);
            s.actors[s.n++] = walking(320 + 200, 210, 44, -speeds[i], 0);
            /* if they are slower than a face's width in half a second, momentum alone does not decide */
            s.looks = speeds[i] < 60;
            flawless(&s, NULL, "crossing");
        }
}

static void half_a_second_behind_something_is_survived(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct scene s = scene(seed);
        s.actors[s.n++] = walking(100, 200, 40, 70, 10);
        s.actors[s.n++] = standing(500, 300, 40);
        for (size_t i = 0; i < 2; i++) s.actors[i].hidden_from = 2, s.actors[i].hidden_to = 2.5;
        flawless(&s, NULL, "hidden");
    }
}

static void abrupt_stops_are_followed(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct scene s = scene(seed);
        s.actors[s.n++] = walking(100, 200, 40, 200, 0);
        s.actors[s.n++] = walking(600, 300, 40, -120, -40);
        s.actors[0].stop = 2;
        s.actors[1].stop = 3;
        flawless(&s, NULL, "stop");
    }
}

/* A face that appears later is a new one, also where another one left. */
static void faces_come_and_go(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct scene s = scene(seed);
        s.actors[s.n++] = standing(100, 100, 40);
        s.actors[s.n++] = standing(300, 100, 40);
        s.actors[s.n++] = standing(300, 100, 40);
        s.actors[s.n++] = walking(0, 300, 40, 100, 0);
        s.actors[1].to = 2;
        s.actors[2].from = 3.5; /* after the patience of a second */
        s.actors[3].from = 1;
        flawless(&s, NULL, "coming and going");
        s.miss = s.weak = 0;
        struct outcome o = play(&s, NULL);
        assert_true(o.first[0] == 1 && o.first[1] == 2 && o.first[3] == 3 && o.first[2] == 4);
    }
}

/* Two faces approach and turn back while they are hidden. By momentum they have passed each other; their looks show
 * that they have not. */
static void looks_tell_who_turned_back(void **state)
{
    (void)state;
    size_t misled = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct scene s = scene(seed);
        s.miss = 0;
        s.actors[s.n++] = walking(140, 200, 40, 80, 0);
        s.actors[s.n++] = walking(460, 200, 40, -80, 0);
        for (size_t i = 0; i < 2; i++) s.actors[i].hidden_from = 1.7, s.actors[i].hidden_to = 2.3, s.actors[i].turn = 2;
        struct outcome o = play(&s, NULL);
        misled += o.switches > 0;
        s.looks = true;
        flawless(&s, NULL, "turned back");
    }
    assert_true(misled > 15);
}

static fer_face face(double x, double y, double size, double confidence)
{
    fer_face f = {.x = (float)(x - size / 2), .y = (float)(y - size / 2), .width = (float)size, .height = (float)size};
    f.confidence = (float)confidence;
    for (int i = 0; i < FER_FACE_POINTS; i++) f.points[i][0] = (float)(x + i), f.points[i][1] = (float)y;
    return f;
}

static size_t update(struct feri_tracker *t, double seconds, size_t n, const fer_face *faces, const float *looks)
{
    static size_t slot[FERI_DETECTIONS_MAX + 100];
    struct feri_sightings s = {n, faces, looks, false};
    assert_int_equal(feri_tracker_update(t, seconds, &s, slot, NULL), FER_OK);
    return n ? slot[0] : FERI_NONE;
}

static struct feri_tracker *tracker(void)
{
    struct feri_tracker *t;
    assert_int_equal(feri_tracker_new(NULL, &t, NULL), FER_OK);
    return t;
}

static void far_looks(struct feri_tracker *t, bool with_looks, uint64_t wanted)
{
    float looks[FERI_LOOKS];
    fer_face before = face(300, 200, 40, 0.9), after = face(430, 200, 40, 0.9), live[4];
    for (int i = 0; i < FERI_LOOKS; i++) looks[i] = sinf((float)i);
    int i = 0;
    for (; i < 30; i++) update(t, i / 30.0, 1, &before, with_looks ? looks : NULL);
    for (; i < 50; i++) update(t, i / 30.0, 0, NULL, NULL);
    for (; i < 60; i++) update(t, i / 30.0, 1, &after, with_looks ? looks : NULL);
    assert_int_equal(feri_tracker_live(t, 4, live, NULL), 1);
    assert_int_equal(live[0].id, wanted);
    feri_tracker_free(t);
}

/* Back three faces away after two thirds of a second: the same face by its looks, a new one without. */
static void looks_reach_further_than_motion(void **state)
{
    (void)state;
    far_looks(tracker(), true, 1);
    far_looks(tracker(), false, 2);
}

/* A face at 100 pixels a second is hidden for 0.4 s. It reappears `ahead` pixels before its predicted place and looks
 * `unlike` itself, by cosine distance. Returns whether it has the first face's slot. */
static bool comes_out(double ahead, double unlike)
{
    float looks[FERI_LOOKS] = {1},
          half[FERI_LOOKS] = {(float)(1 - unlike), (float)sqrt(1 - (1 - unlike) * (1 - unlike))};
    struct feri_tracker *t = tracker();
    fer_face f;
    double now = 0;
    size_t slot = FERI_NONE;
    for (; now < 0.995; now += 0.04) {
        f = face(100 + 100 * now, 50, 40, 0.9);
        slot = update(t, now, 1, &f, looks);
    }
    for (; now < 1.395; now += 0.04) update(t, now, 0, NULL, NULL);
    f = face(100 + 100 * now + ahead, 50, 40, 0.9);
    bool same = update(t, now, 1, &f, half) == slot;
    feri_tracker_free(t);
    return same;
}

/* Half a face looks unlike the whole one. Near its predicted place it is accepted anyway, further away it is not. */
static void a_face_that_is_half_covered_yet_is_known_again(void **state)
{
    (void)state;
    assert_true(comes_out(0, 0.1));
    assert_true(comes_out(0, 0.9));
    assert_true(comes_out(30, 0.9));
    assert_false(comes_out(80, 0.9));
    assert_true(comes_out(0, 1.4));
}

/* The visible part of a face that moves behind something is detected as a smaller face, with less confidence. */
static void an_unsure_detection_of_another_size_is_not_the_face(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker();
    fer_face whole = face(100, 50, 40, 0.9), less = face(100, 50, 32, 0.4), little = face(100, 50, 24, 0.4);
    size_t slot = update(t, 0, 1, &whole, NULL);
    for (int k = 1; k < 10; k++) update(t, 0.04 * k, 1, &whole, NULL);
    assert_int_equal(update(t, 0.4, 1, &less, NULL), slot);
    assert_int_equal(update(t, 0.44, 1, &whole, NULL), slot);
    assert_true(update(t, 0.48, 1, &little, NULL) == FERI_NONE);
    feri_tracker_free(t);
}

static void the_same_scene_gives_the_same_ids_at_any_scale(void **state)
{
    (void)state;
    struct scene s = scene(11);
    s.miss = 0.2;
    s.alarms = 1;
    s.merge = true;
    for (size_t i = 0; i < 12; i++)
        s.actors[s.n++] = walking(50.0 * (double)i, 200 + 20 * sin((double)i), 40, i % 2 ? 90 : -60, i % 3 ? 10 : -10);
    struct outcome a = play(&s, NULL), b = play(&s, NULL);
    assert_true(a.digest == b.digest);
    s.scale = 2;
    b = play(&s, NULL);
    assert_true(a.digest == b.digest && a.ids == b.ids);
    assert_true(a.digest != 0);
}

/* A stadium, at its own pace: rows of faces a face's width apart, all moving a little. */
static void hundreds_of_faces_keep_their_ids(void **state)
{
    (void)state;
    static struct scene s;
    s = scene(3);
    s.seconds = 1;
    s.miss = 0.02;
    for (size_t i = 0; i < ACTORS_MAX; i++) {
        s.actors[i] = walking(20.0 + 50.0 * (double)(i % 16), 20.0 + 50.0 * (double)(i / 16), 25, 12, -8);
        s.actors[i].sway = 3;
    }
    s.n = ACTORS_MAX;
    struct outcome o = play(&s, NULL);
    assert_int_equal(o.switches, 0);
    assert_int_equal(o.ids, ACTORS_MAX);
}

/* More faces than there is room for: the surest get it, and nothing breaks. */
static void too_many_faces_are_the_surest_ones(void **state)
{
    (void)state;
    enum { N = FERI_DETECTIONS_MAX + 50 };
    static fer_face faces[N], live[N];
    struct feri_tracker *t = tracker();
    for (size_t i = 0; i < N; i++)
        faces[i] = face(100.0 * (double)(i % 30), 100.0 * (double)(i / 30), 30, 0.99 - 0.0005 * (double)i);
    for (int k = 0; k < 3; k++) update(t, k * 0.04, N, faces, NULL);
    assert_int_equal(feri_tracker_live(t, N, live, NULL), FERI_TRACKS_MAX);
    for (size_t i = 0; i < FERI_TRACKS_MAX; i++) assert_true(live[i].id == i + 1 && live[i].x == faces[i].x);
    assert_int_equal(feri_tracker_live(t, 5, live, NULL), 5);
    assert_int_equal(feri_tracker_predict(t, 1, 7, live), 7);
    feri_tracker_free(t);
}

/* A moving face is hidden. For a moment it is reported at its predicted place, it is searched until patience ends, and
 * then it is forgotten. */
static void a_hidden_face_is_guessed_and_then_forgotten(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker();
    fer_face f, live[2];
    size_t slots[2];
    double now = 0;
    for (; now < 0.995; now += 0.04) {
        f = face(100 + 100 * now, 50, 40, 0.9);
        update(t, now, 1, &f, NULL);
        assert_int_equal(feri_tracker_live(t, 2, live, slots), 1);
        assert_true(live[0].seen && live[0].id == 1 && live[0].x == f.x);
    }
    double last = now - 0.04;
    for (; now < 2.5; now += 0.04) {
        size_t n = (update(t, now, 0, NULL, NULL), feri_tracker_live(t, 2, live, slots));
        size_t looked_for = feri_tracker_predict(t, now + 0.02, 2, &f);
        assert_int_equal(n, now - last <= 0.25);
        assert_int_equal(looked_for, now - last <= 1);
        if (n) {
            double x = 100 + 100 * now;
            assert_false(live[0].seen);
            assert_int_equal(feri_tracker_id(t, slots[0]), 1);
            assert_true(fabs((double)live[0].x + 20 - x) < 1 && fabs((double)live[0].points[3][0] - 3 - x) < 1);
        }
        if (looked_for) assert_true(fabs((double)f.x + 20 - (102 + 100 * now)) < 2);
    }
    assert_int_equal(feri_tracker_id(t, slots[0]), 0);
    assert_null(feri_tracker_smooth(t, slots[0]));
    feri_tracker_free(t);
}

static void less_sure_detections_go_on_but_do_not_begin(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker();
    fer_face f[2] = {face(100, 100, 40, 0.9), face(300, 100, 40, 0.3)}, live[2];
    for (int i = 0; i < 10; i++) update(t, i * 0.04, 2, f, NULL);
    f[0].confidence = 0.3f;
    for (int i = 10; i < 60; i++) update(t, i * 0.04, 2, f, NULL);
    assert_int_equal(feri_tracker_live(t, 2, live, NULL), 1);
    assert_true(live[0].id == 1 && live[0].seen && live[0].x == f[0].x);
    feri_tracker_free(t);
}

/* Newcomers get their id at the third consecutive detection; a flicker never does. Values smoothed for a face start
 * afresh for another one. */
static void newcomers_are_made_sure_of(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker();
    fer_face f = face(100, 100, 40, 0.9);
    const float one = 1;
    update(t, 0, 0, NULL, NULL);
    for (int i = 1; i <= 9; i++) assert_int_equal(feri_tracker_id(t, update(t, i * 0.04, i % 3 != 0, &f, NULL)), 0);
    assert_int_equal(feri_tracker_id(t, update(t, 0.4, 1, &f, NULL)), 0);
    assert_int_equal(feri_tracker_id(t, update(t, 0.44, 1, &f, NULL)), 0);
    size_t slot = update(t, 0.48, 1, &f, NULL);
    assert_int_equal(feri_tracker_id(t, slot), 1);
    feri_smooth_add(feri_tracker_smooth(t, slot), 0.48, 1, 1, &one);
    assert_true(feri_tracker_smooth(t, update(t, 0.52, 1, &f, NULL))->begun);
    for (int i = 0; i < 2; i++) update(t, 2 + i, 0, NULL, NULL);
    assert_int_equal(update(t, 4, 1, &f, NULL), slot);
    assert_false(feri_tracker_smooth(t, slot)->begun);
    feri_tracker_free(t);
}

static void nonsense_is_refused_or_left_out(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker(), *none = t;
    fer_error err = {0};
    size_t slot[8];
    fer_face f[] = {face(NAN, 1, 9, 0.9), face(1, INFINITY, 9, 0.9), face(1, 1, 0, 0.9),  face(1, 1, -4, 0.9),
                    face(1, 1, 9, NAN),   face(1e30, 1, 9, 0.9),     face(50, 50, 9, 0.9)};
    struct feri_sightings s = {7, f, NULL, false}, missing = {1, NULL, NULL, false};
    assert_int_equal(feri_tracker_update(t, 5, &s, slot, &err), FER_OK);
    for (int i = 0; i < 6; i++) assert_true(slot[i] == FERI_NONE);
    assert_int_equal(feri_tracker_id(t, slot[6]), 1);
    assert_int_equal(feri_tracker_update(t, 4, &s, slot, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "4 s after one at 5 s"));
    assert_int_equal(feri_tracker_update(t, (double)NAN, &s, slot, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_tracker_update(t, 6, &missing, slot, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_tracker_update(t, 5, &s, slot, &err), FER_OK); /* the same time again */
    assert_int_equal(feri_tracker_id(t, slot[6]), 1);
    assert_int_equal(feri_tracker_id(t, FERI_NONE), 0);
    assert_int_equal(feri_tracker_new(&(struct feri_tracker_options){.sure = 2}, &none, &err), FER_ERR_ARGUMENT);
    assert_null(none);
    assert_int_equal(feri_tracker_new(&(struct feri_tracker_options){.patience = -1}, &none, &err), FER_ERR_ARGUMENT);
    feri_tracker_free(t);
    feri_tracker_free(NULL);
}

/* ---- another scene ---- */

static void looks_like(float *looks, int person)
{
    for (int i = 0; i < FERI_LOOKS; i++) looks[i] = sinf((float)(i * (person + 1)));
}

static size_t update_scene(struct feri_tracker *t, double seconds, const fer_face *f, int person, bool cut)
{
    size_t slot = FERI_NONE;
    float looks[FERI_LOOKS];
    looks_like(looks, person);
    struct feri_sightings s = {f ? 1 : 0, f, person >= 0 ? looks : NULL, cut};
    assert_int_equal(feri_tracker_update(t, seconds, &s, &slot, NULL), FER_OK);
    return slot;
}

/* The id that is live after a cut to `person` at the same place. */
static uint64_t id_after_cut(int person, bool cut)
{
    struct feri_tracker *t = tracker();
    fer_face before = face(300, 200, 40, 0.9), after = face(306, 198, 42, 0.9), live[4];
    int i = 0;
    for (; i < 10; i++) update_scene(t, i / 30.0, &before, person < 0 ? -1 : 0, false);
    size_t slot = update_scene(t, i / 30.0, &after, person, cut);
    size_t n = feri_tracker_live(t, 4, live, NULL);
    assert_int_equal(n, 1); /* at once, and the one before is not shown any more */
    assert_true(live[0].seen);
    assert_int_equal(live[0].id, feri_tracker_id(t, slot));
    if (live[0].id != 1) assert_false(feri_tracker_smooth(t, slot)->begun);
    uint64_t id = live[0].id;
    for (i++; i < 20; i++) update_scene(t, i / 30.0, &after, person, false);
    assert_int_equal(feri_tracker_live(t, 4, live, NULL), 1);
    assert_int_equal(live[0].id, id);
    feri_tracker_free(t);
    return id;
}

static void another_person_after_a_cut_is_another_face(void **state)
{
    (void)state;
    assert_int_equal(id_after_cut(1, true), 2);
    assert_int_equal(id_after_cut(1, false), 1);
    assert_int_equal(id_after_cut(-1, true), 2); /* nobody knows what they look like */
}

static void the_same_person_after_a_cut_is_the_same_face(void **state)
{
    (void)state;
    assert_int_equal(id_after_cut(0, true), 1);
}

static void a_face_is_known_again_after_a_cut_and_back(void **state)
{
    (void)state;
    struct feri_tracker *t = tracker();
    fer_face f = face(300, 200, 40, 0.9), live[4];
    for (int i = 0; i < 30; i++) {
        bool other = i >= 10 && i < 20;
        update_scene(t, i / 30.0, &f, other, i == 10 || i == 20);
        assert_int_equal(feri_tracker_live(t, 4, live, NULL), 1);
        assert_int_equal(live[0].id, other ? 2 : 1);
    }
    feri_tracker_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces_keep_their_ids_through_noise),
        cmocka_unit_test(any_frame_rate_will_do),
        cmocka_unit_test(crossing_faces_keep_their_ids),
        cmocka_unit_test(half_a_second_behind_something_is_survived),
        cmocka_unit_test(abrupt_stops_are_followed),
        cmocka_unit_test(faces_come_and_go),
        cmocka_unit_test(looks_tell_who_turned_back),
        cmocka_unit_test(looks_reach_further_than_motion),
        cmocka_unit_test(a_face_that_is_half_covered_yet_is_known_again),
        cmocka_unit_test(an_unsure_detection_of_another_size_is_not_the_face),
        cmocka_unit_test(the_same_scene_gives_the_same_ids_at_any_scale),
        cmocka_unit_test(hundreds_of_faces_keep_their_ids),
        cmocka_unit_test(too_many_faces_are_the_surest_ones),
        cmocka_unit_test(a_hidden_face_is_guessed_and_then_forgotten),
        cmocka_unit_test(less_sure_detections_go_on_but_do_not_begin),
        cmocka_unit_test(newcomers_are_made_sure_of),
        cmocka_unit_test(another_person_after_a_cut_is_another_face),
        cmocka_unit_test(the_same_person_after_a_cut_is_the_same_face),
        cmocka_unit_test(a_face_is_known_again_after_a_cut_and_back),
        cmocka_unit_test(nonsense_is_refused_or_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
