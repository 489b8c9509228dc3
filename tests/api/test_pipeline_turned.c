/* Faces that do not stand upright, in pictures and films. */
#include "pipeline_fixture.h"

#include <math.h>

/* The example on a canvas, turned clockwise about its middle. */
static struct canvas turned_face(const fer_image *im, int degrees)
{
    struct canvas c = new_canvas(260, 220, 110);
    double s = sin(degrees * 3.14159265358979 / 180), k = cos(degrees * 3.14159265358979 / 180);
    size_t w = fer_image_width(im), n = fer_image_channels(im);
    for (size_t y = 0; y < c.h; y++)
        for (size_t x = 0; x < c.w; x++) {
            double dx = (double)x + 0.5 - 130, dy = (double)y + 0.5 - 110;
            double u = k * dx + s * dy + SIDE / 2.0, v = k * dy - s * dx + SIDE / 2.0;
            if (!(u >= 0 && v >= 0 && u < SIDE && v < SIDE)) continue;
            const uint8_t *from = fer_image_pixels(im) + ((size_t)v * w + (size_t)u) * n;
            for (size_t ch = 0; ch < 3; ch++) c.data[(y * c.w + x) * 3 + ch] = from[n == 3 ? ch : 0];
        }
    return c;
}

static void one_turned_face(const struct fixture *f, fer_pipeline *p, int degrees, int turned, fer_face *face)
{
    fer_face faces[FACES];
    struct canvas c = turned_face(f->face, degrees);
    fer_view v = view_of(&c);
    assert_int_equal(run(p, &v, FACES, faces), 1);
    *face = faces[0];
    int off = abs(face->turned - turned % 360);
    assert_true(off == 0 || (turned % 90 && (off == 45 || off == 315))); /* at 45 degrees the next turn will do */
    assert_string_equal(label_of(p, face), "happiness");
    assert_float_equal(face->x + face->width / 2, 130, 20);
    assert_float_equal(face->y + face->height / 2, 110, 20);
    free(c.data);
}

static void test_turned_faces_are_found_and_cut_upright(void **state)
{
    const struct fixture *f = *state;
    fer_face straight, face;
    fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.detector.rotate = FER_ROTATE_AUTO});
    one_turned_face(f, p, 0, 0, &straight);
    for (int degrees = 45; degrees < 360; degrees += 45) {
        one_turned_face(f, p, degrees, 360 - degrees, &face);
        if (degrees % 90) continue;
        for (size_t k = 0; k < FER_FACE_CLASSES; k++) assert_float_equal(face.scores[k], straight.scores[k], 0.1);
        if (degrees % 180 == 90) assert_true(face.width > face.height);
        double k = cos(degrees * 3.14159265358979 / 180), s = sin(degrees * 3.14159265358979 / 180);
        for (size_t i = 0; i < FER_FACE_POINTS; i++) { /* the same place of the turned face */
            double dx = (double)straight.points[i][0] - 130, dy = (double)straight.points[i][1] - 110;
            assert_float_equal(face.points[i][0], (float)(130 + k * dx - s * dy), 8);
            assert_float_equal(face.points[i][1], (float)(110 + s * dx + k * dy), 8);
        }
    }
    fer_pipeline_free(p);
}

static void test_one_rotation_alone(void **state)
{
    const struct fixture *f = *state;
    for (int i = 0; i < 4; i++) {
        fer_face face, faces[FACES];
        fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.detector.rotate = (fer_rotation)i});
        one_turned_face(f, p, (360 - 90 * i) % 360, 90 * i, &face);
        struct canvas c = turned_face(f->face, (360 - 90 * i + 90) % 360);
        fer_view v = view_of(&c);
        /* A face on its side may be found, but is not as sure. */
        if (run(p, &v, FACES, faces) > 0) assert_true(faces[0].confidence < face.confidence);
        free(c.data);
        fer_pipeline_free(p);
    }
}

static void test_a_tracker_stays_with_a_turned_film(void **state)
{
    const struct fixture *f = *state;
    for (unsigned every = 1; every <= 3; every += 2) {
        fer_tracker *t;
        fer_pipeline *p = new_pipeline(&(fer_pipeline_options){.detector.rotate = FER_ROTATE_AUTO});
        struct canvas c = turned_face(f->face, 90);
        fer_view v = view_of(&c);
        assert_int_equal(fer_tracker_new(p, &(fer_tracker_options){.detect_every = every}, &t, NULL), FER_OK);
        for (int i = 0; i < 20; i++) {
            fer_face faces[FACES];
            size_t n;
            assert_int_equal(fer_tracker_next(t, &v, i / 30.0, FACES, faces, &n, NULL), FER_OK);
            assert_int_equal(n, 1);
            assert_true(faces[0].seen && faces[0].id == 1 && faces[0].turned == 270);
            assert_string_equal(label_of(p, &faces[0]), "happiness");
        }
        fer_tracker_free(t);
        fer_pipeline_free(p);
        free(c.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turned_faces_are_found_and_cut_upright),
        cmocka_unit_test(test_one_rotation_alone),
        cmocka_unit_test(test_a_tracker_stays_with_a_turned_film),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
