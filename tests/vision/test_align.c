/* Crops against Pillow (align.csv, made by make_fixtures.py), the training's resize, and ramps, which every warp must
 * keep. */
#include "image/image.h"
#include "image/view.h"
#include "vision/align.h"
#include "vision/looks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct feri_align_geometry geometry = {
    .crop = {.eye_distance = 0.4f, .eye_height = 0.35f, .box_scale = 1}, .roll_max = 100, .eyes = 1};

static void from_hex(const char *hex, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        to[i] = (uint8_t)v;
    }
}

static void warps_are_those_of_pillow(void **state)
{
    (void)state;
    static char line[16384];
    static uint8_t picture[67 * 53], wanted[900], got[900];
    FILE *f = fopen(FER_SOURCE_DIR "/tests/vision/align.csv", "r");
    struct feri_aligner ws = {0};
    assert_non_null(f);
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        struct feri_similarity m;
        size_t size;
        int tolerance, hex;
        assert_int_equal(
            sscanf(line, "%*[^,],%lf,%lf,%lf,%lf,%zu,%d,%n", &m.a, &m.b, &m.x0, &m.y0, &size, &tolerance, &hex), 6);
        from_hex(line + hex, n == 0 ? sizeof picture : size * size, n == 0 ? picture : wanted);
        if (n == 0) continue;
        fer_view v = feri_view_of(&(struct feri_pixels){67, 53, 1, picture});
        struct feri_pixels out = {size, size, 1, got};
        assert_int_equal(feri_align_warp(&ws, &v, &m, &out, NULL), FER_OK);
        for (size_t i = 0; i < size * size; i++)
            if (abs(got[i] - wanted[i]) > tolerance)
                fail_msg("crop %d, sample %zu: %d, expected %d", n, i, got[i], wanted[i]);
    }
    assert_int_equal(n, 5);
    feri_aligner_free(&ws);
    fclose(f);
}

static struct feri_pixels noise(size_t w, size_t h, size_t c)
{
    struct feri_pixels px;
    assert_int_equal(feri_pixels_new(w, h, c, &px, NULL), FER_OK);
    for (size_t i = 0; i < w * h * c; i++) px.data[i] = (uint8_t)(i * 7919 + i / 17 * 31);
    return px;
}

static fer_face box(float x, float y, float w, float h)
{
    return (fer_face){.x = x, .y = y, .width = w, .height = h};
}

/* Landmarks of a face whose eyes are at (x, y), `apart` from each other and turned by `turn` degrees. */
static fer_face upright(double x, double y, double apart, double turn)
{
    static const double at[FER_FACE_POINTS][2] = {{-0.5, 0}, {0.5, 0}, {0, 0.6}, {-0.4, 1.1}, {0.4, 1.1}};
    double c = cos(turn * 3.14159265358979323846 / 180), s = sin(turn * 3.14159265358979323846 / 180);
    fer_face f = box((float)(x - 1.5 * apart), (float)(y - 1.5 * apart), (float)(3 * apart), (float)(3 * apart));
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        f.points[i][0] = (float)(x + apart * (c * at[i][0] - s * at[i][1]));
        f.points[i][1] = (float)(y + apart * (s * at[i][0] + c * at[i][1]));
    }
    return f;
}

/* An upright box at whole pixels, in any size, equals the training's resize of those pixels bit for bit. */
static void upright_crops_are_the_training_s_resize(void **state)
{
    (void)state;
    static const struct {
        size_t side, out;
    } cases[] = {{48, 48}, {61, 48}, {90, 31}, {20, 33}, {1, 5}, {95, 112}};
    struct feri_aligner ws = {0};
    for (size_t c = 1; c <= 3; c += 2)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            size_t n = cases[i].out;
            struct feri_pixels picture = noise(119, 101, c), part, wanted, got = noise(n, n, c);
            fer_view v = feri_view_of(&picture);
            fer_face f = box(5, 3, (float)cases[i].side, (float)cases[i].side);
            struct feri_rect r = {5, 3, cases[i].side, cases[i].side};
            assert_int_equal(feri_view_pixels(&v, r, c, &part, NULL), FER_OK);
            assert_int_equal(feri_image_resize(&part, n, n, &wanted, NULL), FER_OK);
            assert_false(feri_align_sure(&geometry, &f));
            assert_int_equal(feri_align_crop(&ws, &geometry, &v, &f, &got, NULL), FER_OK);
            if (cases[i].side >= n) {
                assert_memory_equal(got.data, wanted.data, n * n * c);
                /* grown: the pixels around the box come from the picture, and weights have fewer bits */
            } else {
                size_t skip = 1 + n / cases[i].side;
                for (size_t y = skip; y + skip < n; y++)
                    for (size_t x = skip * c; x + skip * c < n * c; x++)
                        assert_true(abs(got.data[y * n * c + x] - wanted.data[y * n * c + x]) <= 1);
            }
            feri_pixels_free(&picture);
            feri_pixels_free(&part);
            feri_pixels_free(&wanted);
            feri_pixels_free(&got);
        }
    feri_aligner_free(&ws);
}

/* The same face in the same picture turned by a right angle: the same crop. */
static void a_quarter_turn_permutes_pixels(void **state)
{
    (void)state;
    enum { N = 80, S = 24 };
    struct feri_pixels picture = noise(N, N, 3), turned = noise(N, N, 3), a = noise(S, S, 3), b = noise(S, S, 3);
    struct feri_aligner ws = {0};
    for (size_t y = 0; y < N; y++)
        for (size_t x = 0; x < N; x++) memcpy(turned.data + (x * N + N - 1 - y) * 3, picture.data + (y * N + x) * 3, 3);
    fer_view v = feri_view_of(&picture), t = feri_view_of(&turned);
    fer_face f = upright(40, 35, 19.2, 0), g = upright(N - 35, 40, 19.2, 90);
    assert_true(feri_align_sure(&geometry, &f) && feri_align_sure(&geometry, &g));
    assert_int_equal(feri_align_crop(&ws, &geometry, &v, &f, &a, NULL), FER_OK);
    assert_int_equal(feri_align_crop(&ws, &geometry, &t, &g, &b, NULL), FER_OK);
    for (size_t i = 0; i < S * S * 3; i++) assert_true(abs(a.data[i] - b.data[i]) <= 1);
    feri_aligner_free(&ws);
    feri_pixels_free(&picture);
    feri_pixels_free(&turned);
    feri_pixels_free(&a);
    feri_pixels_free(&b);
}

/* 2 + x / 2 + y / 4 in halves of pixels stays itself under every transform, off the crop's rim, where a resize has less
 * to weigh. */
static void ramps_stay_ramps(void **state)
{
    (void)state;
    enum { W = 301, H = 203, S = 21 };
    static uint8_t ramp[W * H];
    uint8_t out[S * S];
    struct feri_aligner ws = {0};
    for (size_t i = 0; i < (size_t)W * H; i++) ramp[i] = (uint8_t)(2 + (double)(i % W) / 2 + (double)(i / W) / 4 + 0.5);
    fer_view v = feri_view_of(&(struct feri_pixels){W, H, 1, ramp});
    struct feri_pixels px = {S, S, 1, out};
    for (double scale = 0.3; scale < 6; scale *= 1.37)
        for (double angle = -3; angle < 3; angle += 0.5) {
            struct feri_similarity m = {scale * cos(angle), scale * sin(angle), 0, 0};
            m.x0 = 151 - (m.a - m.b) * S / 2;
            m.y0 = 102 - (m.b + m.a) * S / 2;
            assert_int_equal(feri_align_warp(&ws, &v, &m, &px, NULL), FER_OK);
            double bias = 0;
            for (int i = 0; i < S * S; i++) {
                double u = i % S + 0.5, t = i / S + 0.5;
                bool rim = i % S < 2 || i % S >= S - 2 || i / S < 2 || i / S >= S - 2;
                double x = m.x0 + m.a * u - m.b * t - 0.5, y = m.y0 + m.b * u + m.a * t - 0.5,
                       wanted = 2 + x / 2 + y / 4;
                if (!rim) bias += (out[i] - wanted) / ((S - 4) * (S - 4));
                if (!rim && fabs(out[i] - wanted) > 1.7)
                    fail_msg("scale %g, turn %g: %d, expected %g", scale, angle, out[i], wanted);
            }
            assert_true(fabs(bias) <
                        0.7); /* rounding of the ramp itself, and of samples that all lie at the same fraction of it */
        }
    feri_aligner_free(&ws);
}

/* Outside the picture, a crop repeats the picture's edge; in every format and at every reduction. */
static void beyond_the_edge_is_the_edge(void **state)
{
    (void)state;
    static const fer_pixel_format formats[] = {FER_GRAY8, FER_RGB8, FER_BGRA8, FER_NV12, FER_I420};
    enum { W = 9, H = 7, S = 10 };
    uint8_t out[S * S * 3];
    struct feri_aligner ws = {0};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (float size = 2; size < 4000; size *= 3.3f)
            for (int i = 0; i < 9; i++) {
                uint8_t *data[3];
                fer_view v = {.format = formats[f], .width = W, .height = H};
                for (int p = 0; p < 3; p++) {
                    data[p] = malloc(W * H * 4);
                    memset(data[p], 140, W * H * 4);
                    v.planes[p] = data[p];
                    v.strides[p] = W * 4;
                }
                struct feri_rect all = {0, 0, 1, 1};
                struct feri_pixels first, px = {S, S, 3, out};
                float far = 1.4f * size;
                float x = W / 2.0f - size / 2 + far * (float)(i % 3 - 1),
                      y = H / 2.0f - size / 2 + far * (float)(i / 3 - 1);
                fer_face face = box(x, y, size, size);
                assert_int_equal(feri_view_pixels(&v, all, 3, &first, NULL), FER_OK);
                assert_int_equal(feri_align_crop(&ws, &geometry, &v, &face, &px, NULL), FER_OK);
                for (size_t k = 0; k < sizeof out; k++) assert_int_equal(out[k], first.data[k % 3]);
                feri_pixels_free(&first);
                for (int p = 0; p < 3; p++) free(data[p]);
            }
    feri_aligner_free(&ws);
}

/* A picture whose right half is white: a crop to the right of it is white, to the left black. */
static void each_side_has_its_own_edge(void **state)
{
    (void)state;
    uint8_t picture[8 * 8], out[16];
    struct feri_aligner ws = {0};
    struct feri_pixels px = {4, 4, 1, out};
    for (int i = 0; i < 64; i++) picture[i] = i % 8 < 4 ? 0 : 255;
    fer_view v = feri_view_of(&(struct feri_pixels){8, 8, 1, picture});
    for (float size = 3; size < 25; size *= 2) {
        fer_face left = box(-2 * size, 1, size, size), right = box(8 + size, 1, size, size);
        assert_int_equal(feri_align_crop(&ws, &geometry, &v, &left, &px, NULL), FER_OK);
        for (int i = 0; i < 16; i++) assert_int_equal(out[i], 0);
        assert_int_equal(feri_align_crop(&ws, &geometry, &v, &right, &px, NULL), FER_OK);
        for (int i = 0; i < 16; i++) assert_int_equal(out[i], 255);
    }
    feri_aligner_free(&ws);
}

/* Every landmark that the transform takes from the crop's places comes out where the face has it. */
static void eyes_come_to_their_places(void **state)
{
    (void)state;
    for (double turn = -80; turn <= 80; turn += 20) {
        fer_face f = upright(123, 77, 30, turn);
        struct feri_similarity m = feri_align_map(&geometry, &f, 50, 60);
        for (int i = 0; i < 2; i++) {
            double u = 25 + (i ? 10 : -10), v = 21; /* 0.4 of 50 apart, 0.35 of 60 down */
            assert_true(fabs(m.x0 + m.a * u - m.b * v - (double)f.points[i][0]) < 1e-4);
            assert_true(fabs(m.y0 + m.b * u + m.a * v - (double)f.points[i][1]) < 1e-4);
        }
    }
    struct feri_align_geometry g = geometry;
    g.crop.box_scale = 1.5f;
    g.crop.box_x = 0.1f;
    g.crop.box_y = -0.2f;
    fer_face f = box(10, 20, 30, 40);
    struct feri_similarity m = feri_align_map(&g, &f, 60, 60);
    assert_true(fabs(m.a - 1) < 1e-6 && m.b == 0 && fabs(m.x0 - (25 + 3 - 30)) < 1e-4 &&
                fabs(m.y0 - (40 - 8 - 30)) < 1e-4);
}

static void landmarks_that_are_no_face_are_not_trusted(void **state)
{
    (void)state;
    struct feri_align_geometry g = geometry;
    g.roll_max = 45;
    fer_face fine = upright(50, 50, 20, 30), f = fine;
    assert_true(feri_align_sure(&g, &f));
    f = upright(50, 50, 20, 50); /* tilted */
    assert_false(feri_align_sure(&g, &f));
    f = fine;
    memcpy(f.points[FER_EYE_RIGHT], f.points[FER_EYE_LEFT], sizeof f.points[0]); /* one eye */
    assert_false(feri_align_sure(&g, &f));
    f = upright(50, 50, 20, 180); /* upside down */
    assert_false(feri_align_sure(&g, &f));
    f = fine;
    f.points[FER_MOUTH_LEFT][1] = f.points[FER_MOUTH_RIGHT][1] = 40; /* mouth above the eyes */
    assert_false(feri_align_sure(&g, &f));
    f = fine;
    f.points[FER_NOSE][0] = 500; /* outside */
    assert_false(feri_align_sure(&g, &f));
    f = fine;
    f.points[FER_NOSE][1] = NAN;
    assert_false(feri_align_sure(&g, &f));
}

static void no_faces_are_refused(void **state)
{
    (void)state;
    static const float bad[][4] = {{NAN, 0, 1, 1}, {0, INFINITY, 1, 1},  {0, 0, 0, 1},       {0, 0, 1, -1},
                                   {0, 0, 1, NAN}, {0, 0, 1e30f, 1e30f}, {1e20f, 0, 10, 10}, {0, 0, 1e-30f, 1e-30f}};
    uint8_t p[64] = {0}, out[16];
    float looks[FERI_LOOKS];
    struct feri_aligner ws = {0};
    fer_view v = {FER_GRAY8, 8, 8, {p, NULL, NULL}, {8, 0, 0}}, none = {0};
    struct feri_pixels px = {4, 4, 1, out}, empty = {0, 4, 1, out};
    fer_face fine = box(1, 1, 5, 5);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fer_error err = {0};
        fer_face f = box(bad[i][0], bad[i][1], bad[i][2], bad[i][3]);
        assert_int_equal(feri_align_crop(&ws, &geometry, &v, &f, &px, &err), FER_ERR_ARGUMENT);
        assert_non_null(strstr(err.text, "face"));
        feri_looks_of(&ws, &v, &f, looks);
        for (int k = 0; k < FERI_LOOKS; k++) assert_true(looks[k] == 0);
    }
    assert_int_equal(feri_align_crop(&ws, &geometry, &none, &fine, &px, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(feri_align_crop(&ws, &geometry, &v, &fine, &empty, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(feri_align_crop(&ws, &geometry, &v, &fine, &px, NULL), FER_OK);
    feri_aligner_free(&ws);
}

/* Looks do not change with light, position and size, but they change with the face. */
static void looks_tell_faces_apart(void **state)
{
    (void)state;
    enum { W = 200, H = 160 };
    static uint8_t picture[3][W * H];
    static const double at[3][3] = {{60, 50, 15}, {130, 90, 25}, {60, 50, 15}}; /* eyes at x, y, apart */
    float looks[3][FERI_LOOKS];
    struct feri_aligner ws = {0};
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < W * H; i++) {
            double u = (i % W - at[k][0]) / at[k][2], v = (i / W - at[k][1]) / at[k][2];
            double shade = k == 2 ? sin(2 * u - v) + cos(3 * v) : sin(3 * u + v) + cos(2 * v);
            picture[k][i] = (uint8_t)(k == 1 ? 90 + 30 * shade : 120 + 50 * shade);
        }
        fer_view v = feri_view_of(&(struct feri_pixels){W, H, 1, picture[k]});
        fer_face f = upright(at[k][0], at[k][1], at[k][2], 0);
        feri_looks_of(&ws, &v, &f, looks[k]);
    }
    assert_true(feri_looks_distance(looks[0], looks[1]) < 0.02);
    assert_true(feri_looks_distance(looks[0], looks[2]) > 0.5);
    feri_aligner_free(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warps_are_those_of_pillow),      cmocka_unit_test(upright_crops_are_the_training_s_resize),
        cmocka_unit_test(a_quarter_turn_permutes_pixels), cmocka_unit_test(ramps_stay_ramps),
        cmocka_unit_test(beyond_the_edge_is_the_edge),    cmocka_unit_test(each_side_has_its_own_edge),
        cmocka_unit_test(eyes_come_to_their_places),      cmocka_unit_test(landmarks_that_are_no_face_are_not_trusted),
        cmocka_unit_test(no_faces_are_refused),           cmocka_unit_test(looks_tell_faces_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
