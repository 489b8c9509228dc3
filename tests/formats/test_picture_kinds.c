/* Pictures of every kind that an optional library reads, turned pictures, colour profiles: fixtures/kinds, which
 * make_pictures.py makes with the pixels that are expected. */
#include "formats/picture_file.h"

#include "formats.h"

#include <stdbool.h>

static bool can_read(const char *name)
{
#ifndef FER_LIBTIFF
    if (strstr(name, ".tif")) return false;
#endif
#ifndef FER_LIBWEBP
    if (strstr(name, ".webp")) return false;
#endif
#ifndef FER_LIBHEIF
    if (strstr(name, ".heic") || strstr(name, ".avif")) return false;
#endif
#ifndef FER_LIBJXL
    if (strstr(name, ".jxl")) return false;
#endif
    (void)name;
    return true;
}

static const char *in_kinds(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "kinds/%s", name);
    return path;
}

/* note: what the note says; NULL: there is none. */
static void expect_noted(const char *name, size_t w, size_t h, size_t c, int tolerance, const char *note)
{
    char raw[128];
    struct feri_pixels px;
    struct feri_picture_note got;
    fer_error err = {0};
    if (!can_read(name)) return;
    snprintf(raw, sizeof raw, "kinds/%s.raw", name);
    struct feri_bytes want = load(raw);
    must(name, feri_picture_read(fixture(in_kinds(name)), 0, &px, &got, &err), &err);
    if (px.w != w || px.h != h || px.c != c)
        fail_msg("%s: %zu x %zu x %zu, expected %zu x %zu x %zu", name, px.w, px.h, px.c, w, h, c);
    assert_int_equal(want.size, w * h * c);
    for (size_t i = 0; i < want.size; i++)
        if (abs(px.data[i] - want.data[i]) > tolerance)
            fail_msg("%s: sample %zu is %d, expected %d", name, i, px.data[i], want.data[i]);
    if (note ? !strstr(got.text, note) : got.text[0] != '\0')
        fail_msg("%s: noted '%s', expected '%s'", name, got.text, note ? note : "");
    feri_bytes_free(&want);
    feri_pixels_free(&px);
}

static void expect(const char *name, size_t c, int tolerance)
{
    expect_noted(name, 24, 16, c, tolerance, NULL);
}

/* In every kind of file, all eight orientations. */
static void test_every_kind_is_turned_upright(void **state)
{
    static const char *const endings[] = {".png", "_behind.png", ".jpg", ".tif", ".webp", ".jxl"};
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
            char name[32];
            snprintf(name, sizeof name, "turned%d%s", orientation, endings[i]);
            expect(name, 3, strcmp(endings[i], ".jpg") == 0 ? 6 : 0);
        }
}

static void test_heif_is_turned_by_its_own_properties(void **state)
{
    static const char *const endings[] = {".heic", ".avif"};
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < 2; i++) {
            char name[32];
            snprintf(name, sizeof name, "turned%d%s", orientation, endings[i]);
            expect_noted(name, orientation < 5 ? 24 : 16, orientation < 5 ? 16 : 24, 3, 1, NULL);
        }
}

static void test_colours_become_srgb(void **state)
{
    (void)state;
#ifdef FER_LIBLCMS
    static const char *const kinds[] = {"p3", "adobe"}, *const endings[] = {"png",  "tif",  "webp",
                                                                            "heic", "avif", "jxl"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
            char name[32];
            snprintf(name, sizeof name, "%s.%s", kinds[k], endings[i]);
            expect(name, 3, strcmp(endings[i], "heic") == 0 || strcmp(endings[i], "avif") == 0 ? 8 : 2);
        }
    expect("p3.jpg", 3, 14);
    expect("adobe.jpg", 3, 14);
    expect("p3_lossy.jxl", 3, 24);
    expect("p3_alpha.png", 3, 2);
    expect("grey_profile.jpg", 1, 4);
    expect("grey_profile.png", 1, 1);
#endif
}

static void test_srgb_stays_as_it_is(void **state)
{
    (void)state;
    expect("srgb.png", 3, 0);
}

static void test_a_broken_profile_is_left_aside_and_noted(void **state)
{
    (void)state;
    expect_noted("broken_profile.webp", 24, 16, 3, 0, "profile");
    expect_noted("other_profile.webp", 24, 16, 3, 0, "profile");
    expect_noted("broken_profile.jpg", 24, 16, 1, 1, "profile is damaged");
}

static void test_every_kind_of_tiff(void **state)
{
    (void)state;
    expect("tiled.tif", 3, 0);
    expect("tiled_grey.tif", 1, 0);
    expect("tiled_deep.tif", 1, 0);
    expect("big.tif", 3, 0);
    expect("big_endian.tif", 3, 0);
    expect("planes.tif", 3, 0);
    expect("jpeg.tif", 3, 16);
    expect_noted("pages.tif", 24, 16, 3, 0, "the first of several pages");
}

static void test_animations_give_their_first_frame(void **state)
{
    (void)state;
    expect_noted("animated.webp", 24, 16, 3, 0, "the first frame of an animation");
    expect_noted("animated.jxl", 24, 16, 3, 0, "the first frame of an animation");
}

static void test_new_kinds_with_alpha_grey_and_loss(void **state)
{
    (void)state;
    expect("alpha.heic", 3, 1);
    expect("alpha.jxl", 3, 1);
    expect("grey.jxl", 1, 0);
    expect("lossy.jxl", 3, 12);
    expect("lossy.avif", 3, 12);
}

static void expect_refused(const char *name, fer_status want, const char *text)
{
    struct feri_pixels px;
    fer_error err = {0};
    if (!can_read(name)) return;
    fer_status st = feri_pixels_read(fixture(in_kinds(name)), &px, &err);
    refused(name, st, want, &err, name);
    refused(name, st, want, &err, text);
    assert_null(px.data);
}

static void test_what_is_wrong_with_a_tiff_is_said(void **state)
{
    (void)state;
    expect_refused("cut_pixels.tif", FER_ERR_FORMAT, "the file is cut off: 1 of its 1 strips");
    expect_refused("float.tif", FER_ERR_UNSUPPORTED, "floats of 32 bits");
}

/* ---- JPEG without its end ---- */

static fer_status decode(const uint8_t *data, size_t size, struct feri_pixels *px, struct feri_picture_note *note,
                         fer_error *err)
{
    return feri_picture_decode(data, size, 0, px, note, err);
}

static void test_a_whole_jpeg_without_its_end_mark_is_read(void **state)
{
    static const char *const names[] = {"kinds/baseline.jpg", "kinds/progressive.jpg", "cmyk.jpg", "grey.jpg"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_bytes file = load(names[i]);
        struct feri_pixels whole, cut;
        struct feri_picture_note note;
        fer_error err = {0};
        must(names[i], decode(file.data, file.size, &whole, &note, &err), &err);
        assert_string_equal(note.text, "");
        for (size_t n = 1; n <= 2; n++) {
            must(names[i], decode(file.data, file.size - n, &cut, &note, &err), &err);
            assert_non_null(strstr(note.text, "end mark is missing"));
            assert_memory_equal(cut.data, whole.data, whole.w * whole.h * whole.c);
            feri_pixels_free(&cut);
        }
        feri_pixels_free(&whole);
        feri_bytes_free(&file);
    }
}

/* However it is cut: a progressive file between two scans, too. */
static void test_a_cut_jpeg_is_refused(void **state)
{
    static const char *const names[] = {"kinds/baseline.jpg", "kinds/progressive.jpg"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct feri_bytes file = load(names[i]);
        for (size_t n = 0; n + 3 < file.size; n++) {
            struct feri_pixels px;
            fer_error err = {0};
            if (decode(file.data, n, &px, NULL, &err) == FER_OK)
                fail_msg("%s passes with %zu of %zu bytes", names[i], n, file.size);
        }
        feri_bytes_free(&file);
    }
}

static void test_the_share_that_is_missing_is_said(void **state)
{
    struct feri_bytes file = load("kinds/baseline.jpg"), finer = load("kinds/progressive.jpg");
    struct feri_pixels px;
    fer_error err = {0};
    int share = -1;
    (void)state;
    assert_int_equal(decode(file.data, file.size - (file.size - 623) / 2, &px, NULL, &err), FER_ERR_FORMAT);
    const char *about = strstr(err.text, "about ");
    if (!about || sscanf(about, "about %d %% of the picture is missing", &share) != 1 || share < 25 || share > 75)
        fail_msg("%s", err.text);
    assert_int_equal(decode(finer.data, finer.size * 3 / 4, &px, NULL, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "finer scans are missing"));
    feri_bytes_free(&file);
    feri_bytes_free(&finer);
}

static void test_padding_before_the_end_mark_is_no_damage(void **state)
{
    (void)state;
    expect("padded.jpg", 3, 3);
}

/* ---- limits and damage ---- */

static const char *const tender[] = {"tiled.tif",     "big.tif",      "jpeg.tif",  "planes.tif",      "tiled_deep.tif",
                                     "animated.webp", "turned6.webp", "p3.heic",   "turned5.avif",    "alpha.heic",
                                     "turned6.jxl",   "lossy.jxl",    "alpha.jxl", "animated.jxl",    "p3.jpg",
                                     "turned6.png",   "p3_alpha.png", "adobe.tif", "progressive.jpg", "lossy.avif"};

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    struct feri_pixels px;
    fer_status st = feri_pixels_decode(data, size, &px, err);
    feri_pixels_free(&px);
    return st;
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tender / sizeof *tender; i++)
        if (can_read(tender[i])) sweep_thinly(in_kinds(tender[i]), 11, parse);
}

static void test_a_cut_file_is_refused_or_gives_the_whole_picture(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tender / sizeof *tender; i++) {
        struct feri_pixels whole, part;
        fer_error err = {0};
        if (!can_read(tender[i])) continue;
        struct feri_bytes file = load(in_kinds(tender[i]));
        must(tender[i], feri_pixels_decode(file.data, file.size, &whole, &err), &err);
        for (size_t n = 0; n < file.size; n += 13) {
            if (feri_pixels_decode(file.data, n, &part, &err) != FER_OK) continue;
            bool alike = part.w == whole.w && part.h == whole.h && part.c == whole.c;
            if (!alike || memcmp(part.data, whole.data, part.w * part.h * part.c) != 0)
                fail_msg("%s: other pixels with %zu of %zu bytes", tender[i], n, file.size);
            feri_pixels_free(&part);
        }
        feri_pixels_free(&whole);
        feri_bytes_free(&file);
    }
}

static void test_a_limit_of_pixels_holds_for_every_kind(void **state)
{
    static const char *const names[] = {"tiled.tif", "animated.webp", "srgb.png", "p3.heic", "p3.avif", "p3.jxl"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_pixels px;
        fer_error err = {0};
        if (!can_read(names[i])) continue;
        fer_status st = feri_pixels_read_within(fixture(in_kinds(names[i])), 24 * 16 - 1, &px, &err);
        refused(names[i], st, FER_ERR_FORMAT, &err, "the picture is 24 x 16 pixels, expected at most 383 in all");
        must(names[i], feri_pixels_read_within(fixture(in_kinds(names[i])), 24 * 16, &px, &err), &err);
        feri_pixels_free(&px);
    }
}

/* eXIf of 1.7 GB in a file of 139 bytes: refused before libpng asks for its memory. */
static void test_a_chunk_longer_than_its_file_is_refused(void **state)
{
    struct feri_bytes file;
    fer_error err = {0};
    (void)state;
    must("crasher", feri_file_load(FER_SOURCE_DIR "/fuzz/crashers/png/exif_longer_than_the_file.png", &file, &err),
         &err);
    refused("crasher", parse(file.data, file.size, &err), FER_ERR_FORMAT, &err, "PNG: the file is cut off");
    feri_bytes_free(&file);
}

/* ---- what is no picture ---- */

static void expect_named(const char *bytes, size_t n, const char *text)
{
    fer_error err = {0};
    refused(text, parse((const uint8_t *)bytes, n, &err), FER_ERR_FORMAT, &err, text);
}

static void test_what_is_no_picture_is_named(void **state)
{
    (void)state;
    expect_named("\0\0\0\x18"
                 "ftypisom0000",
                 16, "it is an MP4 or QuickTime film; `fer video`");
    expect_named("\x1A\x45\xDF\xA3....", 8, "a Matroska or WebM film");
    expect_named("RIFF....AVI LIST", 16, "an AVI film");
    expect_named("%PDF-1.4 .......", 16, "a PDF document");
    expect_named("<!DOCTYPE html>..", 16, "it is an HTML page");
    expect_named("hello", 5, "it is a text file; expected PNG");
    expect_named("", 0, "it is empty");
}

static void test_an_address_is_no_file(void **state)
{
    static const char *const addresses[] = {"http://a.b/c.jpg", "rtsp://camera/1", "data:image/png;base64,AAAA"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct feri_pixels px;
        fer_error err = {0};
        refused("address", feri_pixels_read(addresses[i], &px, &err), FER_ERR_IO, &err, "address");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_turned_upright),
        cmocka_unit_test(test_heif_is_turned_by_its_own_properties),
        cmocka_unit_test(test_colours_become_srgb),
        cmocka_unit_test(test_srgb_stays_as_it_is),
        cmocka_unit_test(test_a_broken_profile_is_left_aside_and_noted),
        cmocka_unit_test(test_every_kind_of_tiff),
        cmocka_unit_test(test_animations_give_their_first_frame),
        cmocka_unit_test(test_new_kinds_with_alpha_grey_and_loss),
        cmocka_unit_test(test_what_is_wrong_with_a_tiff_is_said),
        cmocka_unit_test(test_a_whole_jpeg_without_its_end_mark_is_read),
        cmocka_unit_test(test_a_cut_jpeg_is_refused),
        cmocka_unit_test(test_the_share_that_is_missing_is_said),
        cmocka_unit_test(test_padding_before_the_end_mark_is_no_damage),
        cmocka_unit_test(test_damaged_files_do_no_harm),
        cmocka_unit_test(test_a_cut_file_is_refused_or_gives_the_whole_picture),
        cmocka_unit_test(test_a_limit_of_pixels_holds_for_every_kind),
        cmocka_unit_test(test_a_chunk_longer_than_its_file_is_refused),
        cmocka_unit_test(test_what_is_no_picture_is_named),
        cmocka_unit_test(test_an_address_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
