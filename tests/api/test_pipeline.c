/* From pixels to faces and their expressions: places, formats, sizes, threads. */
#include "pipeline_fixture.h"

#include <math.h>
#include <pthread.h>

static void same_face(const fer_face *a, const fer_face *b)
{
    assert_true(a->id == b->id && a->seen == b->seen && a->label == b->label);
    assert_memory_equal(&a->x, &b->x, sizeof a->x);
    assert_memory_equal(&a->y, &b->y, sizeof a->y);
    assert_memory_equal(&a->width, &b->width, sizeof a->width);
    assert_memory_equal(&a->height, &b->height, sizeof a->height);
    assert_memory_equal(&a->confidence, &b->confidence, sizeof a->confidence);
    assert_memory_equal(a->points, b->points, sizeof a->points);
    assert_memory_equal(a->scores, b->scores, sizeof a->scores);
    assert_memory_equal(a->smoothed, b->smoothed, sizeof a->smoothed);
}

static void near_face(const fer_face *a, const fer_face *b, float pixels, float score)
{
    assert_int_equal(a->label, b->label);
    assert_float_equal(a->x, b->x, pixels);
    assert_float_equal(a->y, b->y, pixels);
    assert_float_equal(a->width, b->width, pixels);
    assert_float_equal(a->height, b->height, pixels);
    for (size_t k = 0; k < FER_FACE_CLASSES; k++) assert_float_equal(a->scores[k], b->scores[k], score);
}

static void sound_faces(size_t n, const fer_face *faces)
{
    for (size_t i = 0; i < n; i++) {
        float sum = 0;
        for (size_t k = 0; k < FER_FACE_CLASSES; k++) sum += faces[i].scores[k];
        assert_float_equal(sum, 1, 1e-5);
        assert_true(faces[i].width > 0 && faces[i].height > 0 && isfinite(faces[i].x) && isfinite(faces[i].y));
        assert_true(faces[i].confidence > 0 && faces[i].confidence <= 1 &&
                    (i == 0 || faces[i].confidence <= faces[i - 1].confidence));
        assert_true(faces[i].seen && faces[i].id == 0);
        assert_memory_equal(faces[i].scores, faces[i].smoothed, sizeof faces[i].scores);
    }
}

/* ---- where the faces are ---- */

/* Eyes at (46, 48) and (89, 46) as one sees them in the picture. */
static void face_at(const fer_face *f, float x, float y)
{
    assert_float_equal(f->points[FER_EYE_LEFT][0], x + 46, 10);
    assert_float_equal(f->points[FER_EYE_LEFT][1], y + 48, 10);
    assert_float_equal(f->points[FER_EYE_RIGHT][0], x + 89, 10);
    assert_float_equal(f->points[FER_EYE_RIGHT][1], y + 46, 10);
    assert_float_equal(f->x + f->width / 2, x + 66, 15);
    assert_float_equal(f->y + f->height, y + 116, 18); /* the chin */
}

static void test_the_face_of_the_example(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *defaults = new_pipeline(NULL);
    fer_face faces[FACES];
    fer_view v = fer_image_view(f->face);
    assert_int_equal(run(defaults, &v, FACES, faces), 1);
    sound_faces(1, faces);
    face_at(faces, 0, 0);
    assert_string_equal(label_of(defaults, faces), "happiness");
    fer_pipeline_free(defaults);
}

static void test_two_faces_where_they_were_put(void **state)
{
    const struct fixture *f = *state;
    fer_face faces[FACES];
    struct canvas c = new_canvas(420, 300, 120);
    paste(&c, f->face, 20, 30);
    paste(&c, f->face, 260, 140);
    fer_view v = view_of(&c);
    assert_int_equal(run(f->pipeline, &v, FACES, faces), 2);
    sound_faces(2, faces);
    int left = faces[0].x < faces[1].x ? 0 : 1;
    face_at(&faces[left], 20, 30);
    face_at(&faces[1 - left], 260, 140);
    for (int i = 0; i < 2; i++) assert_string_equal(label_of(f->pipeline, &faces[i]), "happiness");
    free(c.data);
}

static void enlarge(struct canvas *to, const fer_image *im)
{
    size_t w = fer_image_width(im), h = fer_image_height(im), n = fer_image_channels(im);
    for (size_t y = 0; y < to->h; y++)
        for (size_t x = 0; x < to->w; x++) {
            const uint8_t *from = fer_image_pixels(im) + ((y * h / to->h) * w + x * w / to->w) * n;
            for (size_t ch = 0; ch < 3; ch++) to->data[(y * to->w + x) * 3 + ch] = from[n == 3 ? ch : 0];
        }
}

/* The detector searches large pictures in two sizes. In the larger one a mouth is as wide as a face elsewhere. */
static void test_a_large_face_is_one_face_at_every_size(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *p = new_pipeline(NULL);
    for (size_t side = 650; side <= 1000; side += 50) {
        fer_face faces[FACES];
        struct canvas c = new_canvas(side, side, 0);
        enlarge(&c, f->face);
        fer_view v = view_of(&c);
        assert_int_equal(run(p, &v, FACES, faces), 1);
        assert_true(faces[0].width > (float)side / 2);
        free(c.data);
    }
    fer_pipeline_free(p);
}

/* ---- a scene, or one cropped face ---- */

static size_t run_auto(fer_pipeline *p, const struct canvas *c, fer_face *faces, bool *whole)
{
    size_t n = 99;
    fer_error err = {0};
    fer_view v = view_of(c);
    if (fer_pipeline_run_auto(p, &v, FACES, faces, &n, whole, &err) != FER_OK) fail_msg("%s", err.text);
    return n;
}

/* The example's face fills its 132 x 132 pixels, and even more without the border. */
static void test_a_crop_is_a_face_at_every_size(void **state)
{
    static const size_t sides[] = {40, 48, 64, 96, 100, 101, 200, 350, 448, 600, 900};
    const struct fixture *f = *state;
    fer_pipeline *p = new_pipeline(NULL);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        fer_face faces[FACES], want;
        bool whole;
        struct canvas c = new_canvas(sides[i], sides[i], 0);
        enlarge(&c, f->face);
        fer_view v = view_of(&c);
        assert_int_equal(run_auto(p, &c, faces, &whole), 1);
        assert_string_equal(label_of(p, &faces[0]), "happiness");
        assert_true(whole == (sides[i] <= FER_WHOLE_SIDE));
        if (whole) {
            assert_int_equal(fer_pipeline_read_whole(p, &v, &want, NULL), FER_OK);
            same_face(&faces[0], &want);
        } else {
            assert_true(faces[0].width > (float)sides[i] / 2 && isfinite(faces[0].points[0][0]));
        }
        free(c.data);
    }
    fer_pipeline_free(p);
}

static void test_a_small_picture_with_a_small_face_is_looked_through(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *p = new_pipeline(NULL);
    struct canvas small = new_canvas(33, 33, 0), c = new_canvas(100, 80, 100);
    enlarge(&small, f->face);
    for (size_t y = 0; y < 33; y++) memcpy(c.data + ((y + 20) * 100 + 50) * 3, small.data + y * 33 * 3, 33 * 3);
    fer_face faces[FACES];
    bool whole;
    assert_int_equal(run_auto(p, &c, faces, &whole), 1);
    assert_false(whole);
    assert_true(faces[0].x > 40 && faces[0].width < 40);
    fer_pipeline_free(p);
    free(small.data);
    free(c.data);
}

static void test_pictures_without_a_face_have_none_at_any_size(void **state)
{
    static const size_t sides[] = {1, 2, 16, 32, 48, 64, 100, 150, 400};
    const struct fixture *f = *state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (int pattern = 0; pattern < 4; pattern++) {
            fer_face faces[FACES];
            bool whole = true;
            struct canvas c = new_canvas(sides[i], sides[i], 200);
            for (size_t k = 0; k < c.w * c.h * 3; k++) {
                size_t x = k / 3 % c.w, y = k / 3 / c.w;
                if (pattern == 1) c.data[k] = (uint8_t)(255 * x / c.w); /* a ramp */
                if (pattern == 2) c.data[k] = (x * 4 / c.w + y * 4 / c.h) % 2 ? 230 : 20;
                if (pattern == 3) c.data[k] = (uint8_t)((uint32_t)(k * k * 2654435761u) >> 24);
            }
            assert_int_equal(run_auto(f->pipeline, &c, faces, &whole), 0);
            assert_false(whole);
            free(c.data);
        }
}

static void test_the_surest_where_only_some_are_asked_for(void **state)
{
    const struct fixture *f = *state;
    fer_face all[FACES], some[FACES];
    struct canvas c = crowd(f->face);
    fer_view v = view_of(&c);
    size_t n = run(f->pipeline, &v, FACES, all);
    assert_in_range(n, 10, 12);
    sound_faces(n, all);
    for (size_t max = 1; max < n; max += 3) {
        assert_int_equal(run(f->pipeline, &v, max, some), max);
        for (size_t i = 0; i < max; i++) same_face(&some[i], &all[i]);
    }
    assert_int_equal(run(f->pipeline, &v, 0, NULL), 0);
    free(c.data);
}

static void test_the_detector_alone_finds_the_same(void **state)
{
    const struct fixture *f = *state;
    fer_face all[FACES], found[FACES];
    fer_detector *d;
    size_t n;
    fer_error err = {0};
    struct canvas c = crowd(f->face);
    fer_view v = view_of(&c);
    size_t want = run(f->pipeline, &v, FACES, all);
    if (fer_detector_new(&(fer_detector_options){.threads = 1, .smallest = LEAST}, &d, &err) != FER_OK)
        fail_msg("%s", err.text);
    assert_int_equal(fer_detector_find(d, &v, FACES, found, &n, &err), FER_OK);
    assert_int_equal(n, want);
    for (size_t i = 0; i < n; i++) {
        assert_true(found[i].x == all[i].x && found[i].confidence == all[i].confidence && found[i].id == 0);
        for (size_t k = 0; k < FER_FACE_CLASSES; k++) assert_true(found[i].scores[k] == 0);
    }
    fer_detector_free(d);
    free(c.data);
}

static void test_one_and_three_threads_give_the_same_bits(void **state)
{
    const struct fixture *f = *state;
    fer_face one[FACES], three[FACES], whole[2];
    struct canvas c = crowd(f->face);
    fer_view v = view_of(&c);
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.threads = 1, .detector.smallest = LEAST});
    fer_pipeline *q = new_pipeline(&(fer_pipeline_options){.threads = 3, .detector.smallest = LEAST});
    size_t n = run(p, &v, FACES, one);
    assert_int_equal(run(q, &v, FACES, three), n);
    for (size_t i = 0; i < n; i++) same_face(&one[i], &three[i]);
    assert_int_equal(fer_pipeline_read_whole(p, &v, &whole[0], NULL), FER_OK);
    assert_int_equal(fer_pipeline_read_whole(q, &v, &whole[1], NULL), FER_OK);
    same_face(&whole[0], &whole[1]);
    fer_pipeline_free(p);
    fer_pipeline_free(q);
    free(c.data);
}

/* ---- formats ---- */

static void same_answers(fer_pipeline *p, const fer_view *a, const fer_view *b)
{
    fer_face x[FACES], y[FACES];
    size_t n = run(p, a, FACES, x);
    assert_true(n > 0);
    assert_int_equal(run(p, b, FACES, y), n);
    for (size_t i = 0; i < n; i++) same_face(&x[i], &y[i]);
    assert_int_equal(fer_pipeline_read_whole(p, a, x, NULL), FER_OK);
    assert_int_equal(fer_pipeline_read_whole(p, b, y, NULL), FER_OK);
    same_face(x, y);
}

static void test_interleaved_formats_give_the_same_bits(void **state)
{
    static const fer_pixel_format formats[] = {FER_RGB8, FER_BGR8, FER_RGBA8, FER_BGRA8};
    const struct fixture *f = *state;
    struct canvas c = new_canvas(201, 163, 90);
    paste(&c, f->face, 35, 20);
    uint8_t *data = malloc(c.h * (4 * c.w + 13));
    fer_view v = view_of(&c);
    assert_non_null(data);
    for (size_t i = 0; i < 4; i++)
        for (size_t extra = 0; extra < 14; extra += 13) {
            fer_view other = laid_out(&c, formats[i], extra, data);
            same_answers(f->pipeline, &v, &other);
        }
    free(data);
    free(c.data);
}

/* BT.601, limited range. */
static double luma_of(const uint8_t *p)
{
    return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

struct yuv {
    uint8_t *y, *cb, *cr, *cbcr;
};

static uint8_t rounded(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

static struct yuv to_yuv(const struct canvas *c)
{
    size_t w = c->w / 2, h = c->h / 2;
    struct yuv to = {malloc(c->w * c->h), malloc(w * h), malloc(w * h), malloc(2 * w * h)};
    assert_true(to.y && to.cb && to.cr && to.cbcr);
    for (size_t i = 0; i < c->w * c->h; i++) to.y[i] = rounded(16 + luma_of(c->data + 3 * i) * 219 / 255);
    for (size_t i = 0; i < w * h; i++) {
        double rgb[3] = {0}, luma = 0;
        for (size_t k = 0; k < 4; k++) {
            const uint8_t *p = c->data + 3 * ((2 * (i / w) + k / 2) * c->w + 2 * (i % w) + k % 2);
            for (size_t ch = 0; ch < 3; ch++) rgb[ch] += p[ch] / 4.0;
            luma += luma_of(p) / 4;
        }
        to.cbcr[2 * i] = to.cb[i] = rounded(128 + (rgb[2] - luma) / 1.772 * 224 / 255);
        to.cbcr[2 * i + 1] = to.cr[i] = rounded(128 + (rgb[0] - luma) / 1.402 * 224 / 255);
    }
    return to;
}

static void test_yuv_is_the_same_picture(void **state)
{
    const struct fixture *f = *state;
    fer_face rgb[FACES], yuv[FACES];
    struct canvas c = new_canvas(260, 180, 90);
    paste(&c, f->face, 60, 24);
    struct yuv d = to_yuv(&c);
    fer_view v = view_of(&c), i420 = {FER_I420, c.w, c.h, {d.y, d.cb, d.cr}, {c.w, c.w / 2, c.w / 2}};
    fer_view nv12 = {FER_NV12, c.w, c.h, {d.y, d.cbcr, NULL}, {c.w, c.w, 0}};
    same_answers(f->pipeline, &i420, &nv12);
    assert_int_equal(run(f->pipeline, &v, FACES, rgb), 1);
    assert_int_equal(run(f->pipeline, &i420, FACES, yuv), 1);
    near_face(rgb, yuv, 2, 0.02f);
    free(d.y);
    free(d.cb);
    free(d.cr);
    free(d.cbcr);
    free(c.data);
}

static void test_grey_is_colour_without_colour(void **state)
{
    const struct fixture *f = *state;
    fer_face rgb[FACES], grey[FACES];
    struct canvas c = new_canvas(200, 160, 90);
    paste(&c, f->face, 35, 20);
    uint8_t *data = malloc(c.w * c.h);
    assert_non_null(data);
    for (size_t i = 0; i < c.w * c.h; i++) {
        data[i] = rounded(luma_of(c.data + 3 * i));
        memset(c.data + 3 * i, data[i], 3);
    }
    fer_view v = view_of(&c), g = {FER_GRAY8, c.w, c.h, {data, NULL, NULL}, {c.w, 0, 0}};
    assert_int_equal(run(f->pipeline, &v, FACES, rgb), 1);
    assert_int_equal(run(f->pipeline, &g, FACES, grey), 1);
    near_face(rgb, grey, 0.2f, 0.005f);
    free(data);
    free(c.data);
}

/* ---- pictures that are one face ---- */

static void test_a_whole_picture_is_read_as_a_session_does(void **state)
{
    const struct fixture *f = *state;
    static const size_t sizes[][2] = {{48, 48}, {132, 132}, {31, 200}, {1, 1}};
    const fer_model *m = fer_pipeline_model(f->pipeline);
    fer_session *s;
    assert_int_equal(fer_session_new(m, NULL, &s, NULL), FER_OK);
    for (size_t i = 0; i < 4; i++) {
        float scores[FER_FACE_CLASSES] = {0};
        fer_image *im;
        fer_face face;
        struct canvas c = new_canvas(sizes[i][0], sizes[i][1], 0);
        for (size_t k = 0; k < c.w * c.h * 3; k++) c.data[k] = (uint8_t)(k * k / 9 + k);
        if (c.w == SIDE) paste(&c, f->face, 0, 0);
        fer_view v = view_of(&c);
        assert_int_equal(fer_image_from_view(&v, &im, NULL), FER_OK);
        assert_int_equal(fer_session_predict(s, 1, (const fer_image *const *)&im, scores, NULL), FER_OK);
        assert_int_equal(fer_pipeline_read_whole(f->pipeline, &v, &face, NULL), FER_OK);
        assert_memory_equal(face.scores, scores, sizeof scores);
        assert_true(face.x == 0 && face.y == 0 && face.width == (float)c.w && face.height == (float)c.h &&
                    face.confidence == 1);
        fer_image_free(im);
        free(c.data);
    }
    fer_session_free(s);
}

/* ---- odd pictures ---- */

static void test_pictures_of_all_shapes(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 5000}, {5000, 3}, {2, 2}, {33, 31}, {320, 240}};
    const struct fixture *f = *state;
    for (size_t i = 0; i < 6; i++)
        for (int noise = 0; noise < 2; noise++) {
            fer_face faces[FACES], whole;
            struct canvas c = new_canvas(sizes[i][0], sizes[i][1], 0);
            uint32_t r = 1;
            for (size_t k = 0; noise && k < c.w * c.h * 3; k++)
                c.data[k] = (uint8_t)((r = r * 1664525 + 1013904223) >> 24);
            fer_view v = view_of(&c);
            size_t n = run(f->pipeline, &v, FACES, faces);
            sound_faces(n, faces);
            if (!noise) assert_int_equal(n, 0);
            assert_int_equal(fer_pipeline_read_whole(f->pipeline, &v, &whole, NULL), FER_OK);
            sound_faces(1, &whole);
            free(c.data);
        }
}

/* ---- threads ---- */

struct thread {
    pthread_t thread;
    const fer_model *model;
    fer_view view;
    size_t n;
    fer_face faces[FACES];
};

static void *run_thread(void *arg)
{
    struct thread *t = arg;
    fer_pipeline *p;
    fer_status st = fer_pipeline_new(
        &(fer_pipeline_options){.model = t->model, .threads = 2, .detector.smallest = LEAST}, &p, NULL);
    for (int i = 0; st == FER_OK && i < 3; i++) st = fer_pipeline_run(p, &t->view, FACES, t->faces, &t->n, NULL);
    fer_pipeline_free(st == FER_OK ? p : NULL);
    return NULL;
}

static void test_pipelines_of_two_threads_share_a_model(void **state)
{
    const struct fixture *f = *state;
    struct thread threads[2] = {0};
    fer_model *m;
    fer_face want[FACES];
    struct canvas c = crowd(f->face);
    fer_view v = view_of(&c);
    size_t n = run(f->pipeline, &v, FACES, want);
    assert_int_equal(fer_model_load_default(&m, NULL), FER_OK);
    for (int i = 0; i < 2; i++) {
        threads[i].model = m;
        threads[i].view = v;
        assert_int_equal(pthread_create(&threads[i].thread, NULL, run_thread, &threads[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        assert_int_equal(threads[i].n, n);
        for (size_t k = 0; k < n; k++) same_face(&threads[i].faces[k], &want[k]);
    }
    fer_model_free(m);
    free(c.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_face_of_the_example),
        cmocka_unit_test(test_two_faces_where_they_were_put),
        cmocka_unit_test(test_a_large_face_is_one_face_at_every_size),
        cmocka_unit_test(test_a_crop_is_a_face_at_every_size),
        cmocka_unit_test(test_a_small_picture_with_a_small_face_is_looked_through),
        cmocka_unit_test(test_pictures_without_a_face_have_none_at_any_size),
        cmocka_unit_test(test_the_surest_where_only_some_are_asked_for),
        cmocka_unit_test(test_the_detector_alone_finds_the_same),
        cmocka_unit_test(test_one_and_three_threads_give_the_same_bits),
        cmocka_unit_test(test_interleaved_formats_give_the_same_bits),
        cmocka_unit_test(test_yuv_is_the_same_picture),
        cmocka_unit_test(test_grey_is_colour_without_colour),
        cmocka_unit_test(test_a_whole_picture_is_read_as_a_session_does),
        cmocka_unit_test(test_pictures_of_all_shapes),
        cmocka_unit_test(test_pipelines_of_two_threads_share_a_model),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
