/* All kinds of pictures against Pillow: <picture>.raw holds the pixels it decodes. */
#include "formats/picture_file.h"

#include "formats.h"

#include <stdbool.h>

static void expect(const char *name, size_t w, size_t h, size_t c, int tolerance)
{
    char raw[128];
    struct feri_pixels px;
    fer_error err = {0};
    snprintf(raw, sizeof raw, "%s.raw", name);
    struct feri_bytes want = load(raw);
    must(name, feri_pixels_read(fixture(name), &px, &err), &err);
    if (px.w != w || px.h != h || px.c != c)
        fail_msg("%s: %zu x %zu x %zu, expected %zu x %zu x %zu", name, px.w, px.h, px.c, w, h, c);
    assert_int_equal(want.size, w * h * c);
    for (size_t i = 0; i < want.size; i++)
        if (abs(px.data[i] - want.data[i]) > tolerance)
            fail_msg("%s: sample %zu is %d, Pillow's %d", name, i, px.data[i], want.data[i]);
    feri_bytes_free(&want);
    feri_pixels_free(&px);
}

static void test_png(void **state)
{
    (void)state;
    expect("grey.png", 7, 5, 1, 0);
    expect("rgb.png", 7, 5, 3, 0);
    expect("palette.png", 7, 5, 3, 0);
    expect("bits.png", 7, 5, 1, 0);
    expect("grey4.png", 6, 3, 1, 0);
    expect("interlaced.png", 11, 9, 1, 0);
    expect("one.png", 1, 1, 1, 0);
}

static void test_png_alpha_is_composed_over_black(void **state)
{
    (void)state;
    expect("grey_alpha.png", 7, 5, 1, 0);
    expect("rgba.png", 7, 5, 3, 0);
    expect("palette_alpha.png", 7, 5, 3, 0);
    expect("rgb_key.png", 7, 5, 3, 0);
}

static void test_png_of_16_bits_is_rounded(void **state)
{
    (void)state;
    expect("grey16.png", 5, 4, 1, 0);
    expect("rgb16.png", 5, 4, 3, 0);
    expect("rgba16.png", 5, 4, 3, 0);
}

static void test_jpeg(void **state)
{
    (void)state;
    expect("grey.jpg", 21, 19, 1, 2);
    expect("rgb444.jpg", 21, 19, 3, 2);
    expect("rgb420.jpg", 21, 19, 3, 2);
    expect("progressive.jpg", 21, 19, 3, 2);
    expect("cmyk.jpg", 21, 19, 3, 2);
    expect("one.jpg", 1, 1, 1, 2);
}

static void test_jpeg_is_turned_upright(void **state)
{
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        char name[32];
        snprintf(name, sizeof name, "turned%d.jpg", orientation);
        expect(name, orientation < 5 ? 13 : 9, orientation < 5 ? 9 : 13, 1, 2);
    }
}

#ifdef FER_LIBAVCODEC

static void test_bmp(void **state)
{
    (void)state;
    expect("rgb.bmp", 7, 5, 3, 0);
    expect("palette.bmp", 7, 5, 3, 0);
    expect("rle.bmp", 7, 5, 3, 0);
    expect("rgba.bmp", 7, 5, 3, 0);
    expect("grey.bmp", 7, 5, 1, 0);
    expect("bits.bmp", 7, 5, 1, 0);
    expect("one.bmp", 1, 1, 1, 0);
}

static void test_gif_gives_its_first_frame(void **state)
{
    (void)state;
    expect("palette.gif", 7, 5, 3, 0);
    expect("interlaced.gif", 7, 5, 3, 0);
    expect("transparent.gif", 7, 5, 3, 0);
    expect("animated.gif", 7, 5, 3, 0);
    expect("grey.gif", 7, 5, 1, 0);
    expect("one.gif", 1, 1, 1, 0);
}

static void test_tiff(void **state)
{
    (void)state;
    expect("rgb.tif", 7, 5, 3, 0);
    expect("rgba.tif", 7, 5, 3, 0);
    expect("palette.tif", 7, 5, 3, 0);
    expect("lzw.tif", 7, 5, 3, 0);
    expect("adobe_deflate.tif", 7, 5, 3, 0);
    expect("packbits.tif", 7, 5, 3, 0);
    expect("pages.tif", 7, 5, 3, 0);
    expect("grey.tif", 7, 5, 1, 0);
    expect("grey_alpha.tif", 7, 5, 1, 0);
    expect("grey16.tif", 7, 5, 1, 0);
    expect("bits.tif", 7, 5, 1, 0);
    expect("one.tif", 1, 1, 1, 0);
}

static void test_webp(void **state)
{
    (void)state;
    expect("rgb.webp", 7, 5, 3, 0);
    expect("rgba.webp", 7, 5, 3, 0);
    expect("one.webp", 1, 1, 3, 0);
    expect("lossy.webp", 21, 19, 3, 2);
    expect("lossy_alpha.webp", 21, 19, 3, 2);
}

static void test_tiff_and_webp_are_turned_upright(void **state)
{
    (void)state;
    for (int orientation = 2; orientation <= 8; orientation++) {
        char name[32];
        snprintf(name, sizeof name, "turned%d.tif", orientation);
        expect(name, orientation < 5 ? 7 : 5, orientation < 5 ? 5 : 7, 1, 0);
    }
    expect("turned6.webp", 5, 7, 3, 0);
}

#endif

static void expect_refused(const char *name, fer_status want, const char *text)
{
    struct feri_pixels px;
    fer_error err = {0};
    fer_status st = feri_pixels_read(fixture(name), &px, &err);
    refused(name, st, want, &err, name);
    refused(name, st, want, &err, text);
    assert_null(px.data);
}

static void test_huge_pictures_are_refused_by_their_header(void **state)
{
    (void)state;
    expect_refused("bad/huge.png", FER_ERR_FORMAT, "20000 x 20000");
    expect_refused("bad/huge.jpg", FER_ERR_FORMAT, "20000 x 20000");
    expect_refused("bad/wide.png", FER_ERR_FORMAT, "2147483647 x 1");
}

static void expect_limit(const char *name, size_t w, size_t h)
{
    char sentence[80];
    struct feri_pixels px;
    fer_error err = {0};
    snprintf(sentence, sizeof sentence, "the picture is %zu x %zu pixels, expected at most %zu in all", w, h,
             w * h - 1);
    fer_status st = feri_pixels_read_within(fixture(name), w * h - 1, &px, &err);
    refused(name, st, FER_ERR_FORMAT, &err, name);
    refused(name, st, FER_ERR_FORMAT, &err, sentence);
    assert_null(px.data);
    must(name, feri_pixels_read_within(fixture(name), w * h, &px, &err), &err);
    assert_int_equal(px.w * px.h, w * h);
    feri_pixels_free(&px);
}

/* A caller's own limit holds to the pixel. Sizes are those of the file, before it is turned upright. */
static void test_a_limit_of_pixels_holds_for_every_kind(void **state)
{
    (void)state;
    expect_limit("rgb.png", 7, 5);
    expect_limit("rgba16.png", 5, 4);
    expect_limit("rgb444.jpg", 21, 19);
    expect_limit("cmyk.jpg", 21, 19);
    expect_limit("turned6.jpg", 13, 9);
#ifdef FER_LIBAVCODEC
    expect_limit("rgb.bmp", 7, 5);
    expect_limit("rle.bmp", 7, 5);
    expect_limit("palette.gif", 7, 5);
    expect_limit("lzw.tif", 7, 5);
    expect_limit("rgb.webp", 7, 5);
    expect_limit("lossy.webp", 21, 19);
    expect_limit("lossy_alpha.webp", 21, 19);
#endif
}

static void test_no_limit_and_one_beyond_ours_are_ours(void **state)
{
    (void)state;
    static const size_t limits[] = {0, SIZE_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct feri_pixels px;
        fer_error err = {0};
        fer_status st = feri_pixels_read_within(fixture("bad/huge.png"), limits[i], &px, &err);
        refused("huge.png", st, FER_ERR_FORMAT, &err, "at most 268435456 in all");
        must("rgb.png", feri_pixels_read_within(fixture("rgb.png"), limits[i], &px, &err), &err);
        feri_pixels_free(&px);
    }
}

#ifdef FER_LIBAVCODEC

static void test_broken_pictures_of_other_kinds_are_refused(void **state)
{
    (void)state;
    expect_refused("bad/huge.bmp", FER_ERR_FORMAT, "BMP: the picture is 20000 x 20000");
    expect_refused("bad/huge.gif", FER_ERR_FORMAT, "GIF: the picture is 20000 x 20000");
    expect_refused("bad/huge.tif", FER_ERR_FORMAT, "TIFF: the picture is 20000 x 20000");
    expect_refused("bad/huge.webp", FER_ERR_FORMAT, "WebP: the picture is 20000 x 20000");
#ifndef FER_LIBWEBP
    expect_refused("bad/animated.webp", FER_ERR_UNSUPPORTED, "animated");
#endif
}

#else

static void test_pictures_that_need_ffmpeg_are_refused_by_name(void **state)
{
    (void)state;
    expect_refused("rgb.bmp", FER_ERR_UNSUPPORTED, "BMP: built without FFmpeg");
    expect_refused("grey.gif", FER_ERR_UNSUPPORTED, "GIF: built without FFmpeg");
#ifndef FER_LIBTIFF
    expect_refused("grey.tif", FER_ERR_UNSUPPORTED, "TIFF: built without libtiff");
#endif
#ifndef FER_LIBWEBP
    expect_refused("rgb.webp", FER_ERR_UNSUPPORTED, "WebP: built without libwebp");
#endif
}

#endif

static void test_broken_pictures_are_refused(void **state)
{
    (void)state;
    expect_refused("bad/tall.png", FER_ERR_FORMAT, "PNG"); /* 1 x 2^28, cut off: within a moment */
    expect_refused("bad/short.png", FER_ERR_FORMAT, "PNG");
    expect_refused("bad/zero.png", FER_ERR_FORMAT, "PNG");
    expect_refused("bad/short.jpg", FER_ERR_FORMAT, "JPEG");
    expect_refused("tree/b.txt", FER_ERR_FORMAT, "no picture");
    expect_refused("none.png", FER_ERR_IO, "none.png");
}

static void test_png_that_we_write_is_read_again(void **state)
{
    (void)state;
    static const char *const names[] = {"grey.png", "rgb.png", "one.png"};
    for (size_t i = 0; i < 3; i++) {
        struct feri_pixels px, back;
        fer_error err = {0};
        must("read", feri_pixels_read(fixture(names[i]), &px, &err), &err);
        must("write", feri_pixels_write_png(scratch(), &px, &err), &err);
        must("read again", feri_pixels_read(scratch(), &back, &err), &err);
        unlink(scratch());
        assert_true(back.w == px.w && back.h == px.h && back.c == px.c);
        assert_memory_equal(back.data, px.data, px.w * px.h * px.c);
        feri_pixels_free(&px);
        feri_pixels_free(&back);
    }
}

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    struct feri_pixels px;
    fer_status st = feri_pixels_decode(data, size, &px, err);
    feri_pixels_free(&px);
    return st;
}

/* A truncated picture is never accepted. The last 12 bytes of a PNG are its IEND chunk. The last 2 of a JPEG, its
 * end mark, are no part of the picture. */
static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"grey.png", "rgba.png",        "interlaced.png",
                                        "grey.jpg", "progressive.jpg", "cmyk.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_bytes file = load(names[i]);
        size_t needed = file.size - (strstr(names[i], ".jpg") ? 2 : 0);
        for (size_t n = 0; n < needed; n++) {
            fer_error err = {0};
            if (parse(file.data, n, &err) == FER_OK)
                fail_msg("%s passes with %zu of %zu bytes", names[i], n, file.size);
        }
        feri_bytes_free(&file);
    }
}

#ifdef FER_LIBAVCODEC

/* What may be missing is the end that holds no pixels. A cut that passes must give the whole picture. */
static void test_every_truncation_of_other_kinds_is_refused_or_harmless(void **state)
{
    (void)state;
    static const char *const names[] = {
        "rgb.bmp",     "rgba.bmp",         "grey.bmp",          "bits.bmp",     "rle.bmp",  "grey.gif",
        "palette.gif", "interlaced.gif",   "transparent.gif",   "animated.gif", "rgb.tif",  "bits.tif",
        "grey16.tif",  "lzw.tif",          "adobe_deflate.tif", "packbits.tif", "rgb.webp", "rgba.webp",
        "lossy.webp",  "lossy_alpha.webp", "turned6.webp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_pixels whole, part;
        fer_error err = {0};
        struct feri_bytes file = load(names[i]);
        must(names[i], feri_pixels_decode(file.data, file.size, &whole, &err), &err);
        for (size_t n = 0; n < file.size; n++) {
            if (feri_pixels_decode(file.data, n, &part, &err) != FER_OK) continue;
            bool alike = part.w == whole.w && part.h == whole.h && part.c == whole.c;
            if (!alike || memcmp(part.data, whole.data, part.w * part.h * part.c) != 0)
                fail_msg("%s: other pixels with %zu of %zu bytes", names[i], n, file.size);
            feri_pixels_free(&part);
        }
        feri_pixels_free(&whole);
        feri_bytes_free(&file);
    }
}

static void test_damaged_files_of_other_kinds_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"rgba.bmp",        "bits.bmp",         "rle.bmp",           "interlaced.gif",
                                        "transparent.gif", "lzw.tif",          "adobe_deflate.tif", "grey16.tif",
                                        "rgba.webp",       "lossy_alpha.webp", "turned6.webp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) sweep(names[i], parse);
}

#endif

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb.png",    "palette_alpha.png", "grey16.png", "interlaced.png",
                                        "rgb420.jpg", "cmyk.jpg",          "turned6.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) sweep(names[i], parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_png_alpha_is_composed_over_black),
        cmocka_unit_test(test_png_of_16_bits_is_rounded),
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_jpeg_is_turned_upright),
        cmocka_unit_test(test_huge_pictures_are_refused_by_their_header),
        cmocka_unit_test(test_a_limit_of_pixels_holds_for_every_kind),
        cmocka_unit_test(test_no_limit_and_one_beyond_ours_are_ours),
        cmocka_unit_test(test_broken_pictures_are_refused),
        cmocka_unit_test(test_png_that_we_write_is_read_again),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_damaged_files_do_no_harm),
#ifdef FER_LIBAVCODEC
        cmocka_unit_test(test_bmp),
        cmocka_unit_test(test_gif_gives_its_first_frame),
        cmocka_unit_test(test_tiff),
        cmocka_unit_test(test_webp),
        cmocka_unit_test(test_tiff_and_webp_are_turned_upright),
        cmocka_unit_test(test_broken_pictures_of_other_kinds_are_refused),
        cmocka_unit_test(test_every_truncation_of_other_kinds_is_refused_or_harmless),
        cmocka_unit_test(test_damaged_files_of_other_kinds_do_no_harm),
#else
        cmocka_unit_test(test_pictures_that_need_ffmpeg_are_refused_by_name),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
