/* Views of every format against the formulas of their formats, and reductions against numpy's means (view.csv, made by
 * make_view.py). Each plane is a block of exactly the bytes that a view promises, so that the sanitizers detect every
 * access outside. */
#include "fer/fer.h"
#include "image/image.h"
#include "image/view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE_MAX 8192

static const fer_pixel_format formats[] = {FER_GRAY8, FER_RGB8, FER_BGR8, FER_RGBA8, FER_BGRA8, FER_NV12, FER_I420};
#define FORMATS (sizeof formats / sizeof *formats)

static size_t row_bytes(fer_pixel_format format, size_t w, size_t plane)
{
    static const size_t bytes[] = {1, 3, 3, 4, 4};
    if (format < FER_NV12) return w * bytes[format];
    return plane == 0 ? w : (w + 1) / 2 * (format == FER_NV12 ? 2 : 1);
}

/* Arbitrary bytes; the last row ends where its pixels end. */
static fer_view make(fer_pixel_format format, size_t w, size_t h, size_t extra)
{
    fer_view v = {.format = format, .width = w, .height = h};
    size_t planes = format == FER_NV12 ? 2 : format == FER_I420 ? 3 : 1;
    for (size_t p = 0; p < planes; p++) {
        size_t rows = p == 0 ? h : (h + 1) / 2, row = row_bytes(format, w, p), size = (rows - 1) * (row + extra) + row;
        uint8_t *data = malloc(size);
        assert_non_null(data);
        for (size_t i = 0; i < size; i++) data[i] = (uint8_t)(i * 7919 + i / 13 * 31 + p * 77);
        v.planes[p] = data;
        v.strides[p] = row + extra;
    }
    return v;
}

static void drop(fer_view *v)
{
    for (int p = 0; p < 3; p++) free((void *)(uintptr_t)v->planes[p]);
}

static double clamp(double v)
{
    return fmin(fmax(v, 0), 255);
}

/* ITU-R BT.601: Y' = 0.299 R + 0.587 G + 0.114 B in 219 steps from 16, chroma in 224 steps around 128. */
static void yuv_pixel(const fer_view *v, size_t x, size_t y, double *rgb)
{
    size_t i = y / 2 * v->strides[1];
    double luma = (v->planes[0][y * v->strides[0] + x] - 16) / 219.0, cb, cr;
    if (v->format == FER_NV12) {
        cb = v->planes[1][i + x / 2 * 2];
        cr = v->planes[1][i + x / 2 * 2 + 1];
    } else {
        cb = v->planes[1][i + x / 2];
        cr = v->planes[2][y / 2 * v->strides[2] + x / 2];
    }
    cb = (cb - 128) / 224;
    cr = (cr - 128) / 224;
    double r = luma + 2 * (1 - 0.299) * cr, b = luma + 2 * (1 - 0.114) * cb;
    rgb[0] = clamp(255 * r);
    rgb[1] = clamp(255 * (luma - 0.299 * r - 0.114 * b) / 0.587);
    rgb[2] = clamp(255 * b);
}

static void pixel(const fer_view *v, size_t x, size_t y, double *rgb)
{
    if (v->format >= FER_NV12) {
        yuv_pixel(v, x, y, rgb);
        return;
    }
    size_t bytes = row_bytes(v->format, 1, 0);
    const uint8_t *p = v->planes[0] + y * v->strides[0] + x * bytes;
    bool swapped = v->format == FER_BGR8 || v->format == FER_BGRA8;
    for (size_t i = 0; i < 3; i++) rgb[i] = bytes == 1 ? p[0] : p[swapped ? 2 - i : i];
}

/* Grey of YUV is its luma, which clamped colours no longer have. */
static double grey_of(const fer_view *v, size_t x, size_t y, const double *rgb)
{
    if (v->format >= FER_NV12) return clamp(255 * (v->planes[0][y * v->strides[0] + x] - 16) / 219.0);
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

static void compare(const fer_view *v, struct feri_rect r, const struct feri_pixels *px)
{
    assert_true(px->w == r.w && px->h == r.h);
    for (size_t y = 0; y < r.h; y++)
        for (size_t x = 0; x < r.w; x++) {
            double rgb[3];
            pixel(v, r.x + x, r.y + y, rgb);
            if (px->c == 1) rgb[0] = grey_of(v, r.x + x, r.y + y, rgb);
            for (size_t ch = 0; ch < px->c; ch++) {
                int got = px->data[(y * r.w + x) * px->c + ch];
                if (fabs(got - rgb[ch]) > 0.51)
                    fail_msg("format %d, %zu channels, pixel %zu, %zu, sample %zu: %d, expected %g", (int)v->format,
                             px->c, x, y, ch, got, rgb[ch]);
            }
        }
}

static void every_format_gives_its_pixels(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {2, 1}, {1, 2}, {7, 5}, {16, 9}};
    for (size_t f = 0; f < FORMATS; f++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t extra = 0; extra < 8; extra += 7) {
                fer_view v = make(formats[f], sizes[s][0], sizes[s][1], extra);
                assert_int_equal(feri_view_check(&v, NULL), FER_OK);
                struct feri_rect rects[] = {{0, 0, v.width, v.height},
                                            {v.width / 2, v.height / 2, (v.width + 1) / 2, (v.height + 1) / 2}};
                for (size_t i = 0; i < 4; i++) {
                    struct feri_pixels px;
                    assert_int_equal(feri_view_pixels(&v, rects[i / 2], i % 2 ? 3 : 1, &px, NULL), FER_OK);
                    compare(&v, rects[i / 2], &px);
                    feri_pixels_free(&px);
                }
                drop(&v);
            }
}

static void a_part_is_the_rectangle(void **state)
{
    (void)state;
    for (size_t f = 0; f < FORMATS; f++) {
        fer_view v = make(formats[f], 11, 9, 3);
        struct feri_rect r = {3, 5, 6, 4}, all = {0, 0, 6, 4};
        bool yuv = formats[f] >= FER_NV12;
        fer_view part = feri_view_part(&v, r);
        struct feri_pixels px;
        if (yuv) r = (struct feri_rect){2, 4, 7, 5}, all.w = 7, all.h = 5;
        assert_true(part.width == all.w && part.height == all.h);
        assert_int_equal(feri_view_check(&part, NULL), FER_OK);
        assert_int_equal(feri_view_pixels(&part, all, 3, &px, NULL), FER_OK);
        compare(&v, r, &px);
        feri_pixels_free(&px);
        drop(&v);
    }
}

static void rows_that_fit_are_not_copied(void **state)
{
    (void)state;
    uint8_t scratch[64];
    fer_view grey = make(FER_GRAY8, 9, 3, 2), rgb = make(FER_RGB8, 9, 3, 2);
    assert_ptr_equal(feri_view_row(&grey, 2, 1, 4, 1, scratch), grey.planes[0] + 11 + 2);
    assert_ptr_equal(feri_view_row(&rgb, 2, 1, 4, 3, scratch), rgb.planes[0] + 29 + 6);
    drop(&grey);
    drop(&rgb);
}

static void refused(fer_view v, const char *word)
{
    fer_error err = {0};
    fer_image *im = (fer_image *)(uintptr_t)1;
    assert_int_equal(fer_image_from_view(&v, &im, &err), FER_ERR_ARGUMENT);
    assert_null(im);
    if (!strstr(err.text, word)) fail_msg("'%s' does not say '%s'", err.text, word);
}

static void faulty_views_are_refused(void **state)
{
    (void)state;
    uint8_t p[64] = {0};
    fer_error err = {0};
    fer_image *im;
    refused((fer_view){FER_RGB8, 0, 2, {p, NULL, NULL}, {6, 0, 0}}, "0 x 2");
    refused((fer_view){FER_RGB8, 2, 0, {p, NULL, NULL}, {6, 0, 0}}, "2 x 0");
    refused((fer_view){FER_RGB8, 2, 2, {NULL, NULL, NULL}, {6, 0, 0}}, "plane 0");
    refused((fer_view){FER_RGBA8, 2, 2, {p, NULL, NULL}, {7, 0, 0}}, "stride of 7");
    refused((fer_view){FER_NV12, 3, 2, {p, NULL, NULL}, {3, 4, 0}}, "plane 1");
    refused((fer_view){FER_NV12, 3, 2, {p, p, NULL}, {3, 3, 0}}, "stride of 3");
    refused((fer_view){FER_I420, 3, 2, {p, p, NULL}, {3, 2, 2}}, "plane 2");
    refused((fer_view){FER_I420, 3, 2, {p, p, p}, {3, 2, 1}}, "stride of 1");
    refused((fer_view){(fer_pixel_format)77, 3, 2, {p, p, p}, {9, 9, 9}}, "77");
    refused((fer_view){FER_GRAY8, SIZE_MAX / 2, 3, {p, p, p}, {SIZE_MAX, 9, 9}}, "pixels");
    refused((fer_view){0}, "0 x 0");
    refused(fer_image_view(NULL), "0 x 0");
    assert_int_equal(fer_image_from_view(NULL, &im, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_image_from_pixels(p, 2, 2, 2, FER_NV12, &im, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "fer_image_from_view"));
    assert_null(im);
}

static void an_image_and_its_view_are_the_same_pixels(void **state)
{
    (void)state;
    fer_view yuv = make(FER_I420, 7, 5, 1);
    fer_image *im;
    assert_int_equal(fer_image_from_view(&yuv, &im, NULL), FER_OK);
    fer_view v = fer_image_view(im);
    assert_ptr_equal(v.planes[0], fer_image_pixels(im));
    assert_true(v.format == FER_RGB8 && v.width == 7 && v.height == 5 && v.strides[0] == 21);
    struct feri_pixels px = {7, 5, 3, (uint8_t *)(uintptr_t)v.planes[0]};
    compare(&yuv, (struct feri_rect){0, 0, 7, 5}, &px);
    fer_image_free(im);
    drop(&yuv);
}

static void from_hex(const char *hex, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        to[i] = (uint8_t)v;
    }
}

/* As bytes into rows with a gap, and as floats. */
static void reduce_as_numpy(const struct feri_pixels *src, size_t w, size_t h, const uint8_t *wanted,
                            struct feri_shrink *ws)
{
    static uint8_t bytes[64 * 64 * 3];
    static float floats[64 * 64 * 3];
    fer_view v = feri_view_of(src);
    size_t n = w * src->c;
    struct feri_raster raster = {w, h, src->c, n + 5, bytes, NULL, NULL},
                       as_floats = {w, h, src->c, n, NULL, floats, NULL};
    memset(bytes, 99, sizeof bytes);
    assert_int_equal(feri_view_shrink(&v, &raster, ws, NULL), FER_OK);
    assert_int_equal(feri_view_shrink(&v, &as_floats, ws, NULL), FER_OK);
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < n; x++) { /* half a step may be rounded either way */
            if (abs(bytes[y * (n + 5) + x] - wanted[y * n + x]) > 1)
                fail_msg("%zu x %zu, row %zu, sample %zu", w, h, y, x);
            assert_true(fabs((double)floats[y * n + x] - bytes[y * (n + 5) + x]) <= 0.5001);
        }
        assert_int_equal(bytes[y * (n + 5) + n], 99);
    }
}

/* Bytes and network input of one reduction are those of two. */
static void both_kinds_are_made_at_once(void **state)
{
    (void)state;
    static uint8_t picture[37 * 23 * 3], alone[64 * 64 * 3], bytes[64 * 64 * 3];
    static float floats[64 * 64 * 3], input[64 * 64 * 3];
    static const size_t sizes[][2] = {{37, 23}, {18, 11}, {50, 40}};
    struct feri_preprocess half;
    struct feri_shrink ws = {0};
    assert_int_equal(feri_preprocess_find("half", 3, &half, NULL), FER_OK);
    for (size_t i = 0; i < sizeof picture; i++) picture[i] = (uint8_t)(i * 37 % 251);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t w = sizes[i][0], h = sizes[i][1], stride = 3 * w + 7;
        fer_view v = feri_view_of(&(struct feri_pixels){37, 23, 3, picture});
        struct feri_raster first = {w, h, 3, stride, alone, NULL, NULL}, second = {w, h, 3, stride, NULL, floats, NULL},
                           both = {w, h, 3, stride, bytes, input, &half};
        assert_int_equal(feri_view_shrink(&v, &first, &ws, NULL), FER_OK);
        assert_int_equal(feri_view_shrink(&v, &second, &ws, NULL), FER_OK);
        assert_int_equal(feri_view_shrink(&v, &both, &ws, NULL), FER_OK);
        for (size_t y = 0; y < h; y++) {
            feri_preprocess_scale(&half, w, 3, floats + y * stride);
            assert_memory_equal(bytes + y * stride, alone + y * stride, 3 * w);
            assert_memory_equal(input + y * stride, floats + y * stride, 3 * w * sizeof *input);
        }
    }
    feri_shrink_free(&ws);
}

static void reductions_are_those_of_numpy(void **state)
{
    (void)state;
    static char line[LINE_MAX];
    static uint8_t picture[37 * 23 * 3], wanted[37 * 23 * 3];
    FILE *f = fopen(FER_SOURCE_DIR "/tests/image/view.csv", "r");
    struct feri_shrink ws = {0};
    assert_non_null(f);
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        size_t c, w, h;
        int hex;
        assert_int_equal(sscanf(line, "%zu,%zu,%zu,%n", &c, &w, &h, &hex), 3);
        from_hex(line + hex, w * h * c, wanted);
        if (w == 37 && h == 23) memcpy(picture, wanted, sizeof picture);
        struct feri_pixels src = {37, 23, c, picture};
        reduce_as_numpy(&src, w, h, wanted, &ws);
    }
    assert_int_equal(n, 14);
    feri_shrink_free(&ws);
    fclose(f);
}

/* Every format and size: the reduction of a view is that of its RGB pixels, but for colours of YUV that RGB does not
 * have. */
static void every_format_is_reduced_alike(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{16, 12}, {17, 13}, {1, 1}, {5, 40}},
                        outs[][2] = {{8, 6}, {5, 7}, {1, 1}, {20, 20}};
    static float got[400 * 3], wanted[400 * 3];
    struct feri_shrink ws = {0};
    for (size_t f = 0; f < FORMATS; f++)
        for (size_t i = 0; i < 32; i++) {
            const size_t *size = sizes[i / 8], *out = outs[i / 2 % 4], c = i % 2 ? 3 : 1;
            fer_view v = make(formats[f], size[0], size[1], 3);
            bool yuv = formats[f] >= FER_NV12;
            if (yuv) /* colours that are ones */
                for (size_t p = 0; p < 3; p++)
                    for (size_t k = 0; v.planes[p] && k < row_bytes(formats[f], v.width, p); k++)
                        for (size_t y = 0; y < (p ? (v.height + 1) / 2 : v.height); y++) {
                            uint8_t *at = (uint8_t *)(uintptr_t)v.planes[p] + y * v.strides[p] + k;
                            *at = (uint8_t)(p ? 120 + *at / 16 : 100 + *at / 4);
                        }
            struct feri_pixels px;
            assert_int_equal(feri_view_pixels(&v, (struct feri_rect){0, 0, v.width, v.height}, c, &px, NULL), FER_OK);
            fer_view plain = feri_view_of(&px);
            struct feri_raster a = {out[0], out[1], c, out[0] * c, NULL, got, NULL},
                               b = {out[0], out[1], c, out[0] * c, NULL, wanted, NULL};
            assert_int_equal(feri_view_shrink(&v, &a, &ws, NULL), FER_OK);
            assert_int_equal(feri_view_shrink(&plain, &b, &ws, NULL), FER_OK);
            bool grows = out[0] > size[0] || out[1] > size[1]; /* chroma is interpolated then, and not in the pixels */
            if (!(yuv && grows && c == 3))
                for (size_t k = 0; k < out[0] * out[1] * c; k++)
                    if (fabsf(got[k] - wanted[k]) > (yuv ? 8 : 0.6f))
                        fail_msg("format %d, %zux%zu to %zux%zu, sample %zu: %g, expected %g", (int)formats[f], size[0],
                                 size[1], out[0], out[1], k, (double)got[k], (double)wanted[k]);
            feri_pixels_free(&px);
            drop(&v);
        }
    feri_shrink_free(&ws);
}

static void impossible_reductions_are_refused(void **state)
{
    (void)state;
    uint8_t p[12] = {0};
    struct feri_shrink ws = {0};
    fer_view v = {FER_RGB8, 2, 2, {p, NULL, NULL}, {6, 0, 0}}, none = {0};
    struct feri_raster fine = {1, 1, 3, 3, p, NULL, NULL}, empty = {0, 1, 3, 3, p, NULL, NULL},
                       two = {1, 1, 2, 3, p, NULL, NULL};
    struct feri_raster narrow = {2, 1, 3, 5, p, NULL, NULL}, nowhere = {1, 1, 3, 3, NULL, NULL, NULL};
    const struct feri_raster *bad[] = {&empty, &two, &narrow, &nowhere};
    for (size_t i = 0; i < 4; i++) assert_int_equal(feri_view_shrink(&v, bad[i], &ws, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(feri_view_shrink(&none, &fine, &ws, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(feri_view_shrink(&v, &fine, &ws, NULL), FER_OK);
    feri_shrink_free(&ws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_its_pixels),
        cmocka_unit_test(a_part_is_the_rectangle),
        cmocka_unit_test(rows_that_fit_are_not_copied),
        cmocka_unit_test(faulty_views_are_refused),
        cmocka_unit_test(an_image_and_its_view_are_the_same_pixels),
        cmocka_unit_test(reductions_are_those_of_numpy),
        cmocka_unit_test(both_kinds_are_made_at_once),
        cmocka_unit_test(every_format_is_reduced_alike),
        cmocka_unit_test(impossible_reductions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
