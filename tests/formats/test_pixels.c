/* PNG and JPEG against Pillow: <picture>.raw holds the pixels it decodes. */
#include "formats/pixels.h"

#include "formats.h"

static void expect(const char *name, size_t w, size_t h, size_t c, int tolerance)
{
    char raw[128];
    struct feri_pixels px;
    fer_error err = {0};
    snprintf(raw, sizeof raw, "%s.raw", name);
    struct feri_bytes want = load(raw);
    must(name, feri_pixels_read(fixture(name), &px, &err), &err);
    if (px.w != w || px.h != h || px.c != c) fail_msg("%s: %zu x %zu x %zu, expected %zu x %zu x %zu", name, px.w, px.h, px.c, w, h, c);
    assert_int_equal(want.size, w * h * c);
    for (size_t i = 0; i < want.size; i++)
        if (abs(px.data[i] - want.data[i]) > tolerance) fail_msg("%s: sample %zu is %d, Pillow's %d", name, i, px.data[i], want.data[i]);
    feri_file_unmap(&want);
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

static void test_broken_pictures_are_refused(void **state)
{
    (void)state;
    expect_refused("bad/tall.png", FER_ERR_FORMAT, "PNG"); /* 1 x 2^28, cut off: within a moment */
    expect_refused("bad/short.png", FER_ERR_FORMAT, "PNG");
    expect_refused("bad/zero.png", FER_ERR_FORMAT, "PNG");
    expect_refused("bad/short.jpg", FER_ERR_FORMAT, "JPEG");
    expect_refused("tree/b.txt", FER_ERR_FORMAT, "neither");
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

/* No part of a picture passes for the whole. The last 12 bytes of a PNG are its IEND chunk, of a JPEG 2 its EOI. */
static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"grey.png", "rgba.png", "interlaced.png", "grey.jpg", "progressive.jpg", "cmyk.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_bytes file = load(names[i]);
        for (size_t n = 0; n < file.size; n++) {
            fer_error err = {0};
            if (parse(file.data, n, &err) == FER_OK) fail_msg("%s passes with %zu of %zu bytes", names[i], n, file.size);
        }
        feri_file_unmap(&file);
    }
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb.png", "palette_alpha.png", "grey16.png", "interlaced.png",
                                        "rgb420.jpg", "cmyk.jpg", "turned6.jpg"};
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
        cmocka_unit_test(test_broken_pictures_are_refused),
        cmocka_unit_test(test_png_that_we_write_is_read_again),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
