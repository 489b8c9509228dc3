#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "api/image.h"
#include "fer/fer.h"
#include "formats/picture_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t rgb[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 11, 21, 31};

static void assert_rgb(fer_image *im)
{
    assert_int_equal(fer_image_width(im), 2);
    assert_int_equal(fer_image_height(im), 2);
    assert_int_equal(im->pixels.c, 3);
    assert_memory_equal(im->pixels.data, rgb, sizeof rgb);
    fer_image_free(im);
}

/* Write the four pixels in another order, with `extra` bytes after each row. */
static size_t lay_out(uint8_t *to, size_t bytes, size_t red, size_t extra)
{
    for (size_t i = 0; i < 4; i++, to += bytes) {
        to[red] = rgb[3 * i];
        to[1] = rgb[3 * i + 1];
        to[2 - red] = rgb[3 * i + 2];
        if (bytes == 4) to[3] = 99;
        if (i == 1) to += extra;
    }
    return 2 * bytes + extra;
}

static void test_every_format_gives_the_same_pixels(void **state)
{
    (void)state;
    static const struct {
        fer_pixel_format format;
        size_t bytes, red;
    } cases[] = {{FER_RGB8, 3, 0}, {FER_BGR8, 3, 2}, {FER_RGBA8, 4, 0}, {FER_BGRA8, 4, 2}};
    for (size_t i = 0; i < 4; i++)
        for (size_t extra = 0; extra < 6; extra += 5) {
            uint8_t data[32] = {0};
            size_t stride = lay_out(data, cases[i].bytes, cases[i].red, extra);
            fer_image *im;
            assert_int_equal(fer_image_from_pixels(data, 2, 2, stride, cases[i].format, &im, NULL), FER_OK);
            assert_rgb(im);
        }
}

static void test_grey_stays_grey(void **state)
{
    (void)state;
    fer_image *im;
    assert_int_equal(fer_image_from_pixels(rgb, 3, 4, 3, FER_GRAY8, &im, NULL), FER_OK);
    assert_int_equal(im->pixels.c, 1);
    assert_memory_equal(im->pixels.data, rgb, 12);
    fer_image_free(im);
}

static void refused(const void *data, size_t w, size_t h, size_t stride, int format, const char *word)
{
    fer_error err = {0};
    fer_image *im = (fer_image *)(uintptr_t)1;
    assert_int_equal(fer_image_from_pixels(data, w, h, stride, (fer_pixel_format)format, &im, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, word));
    if (data) assert_null(im);
}

static void test_impossible_sizes_are_refused(void **state)
{
    (void)state;
    refused(NULL, 2, 2, 6, FER_RGB8, "NULL");
    refused(rgb, 0, 2, 6, FER_RGB8, "0 x 2");
    refused(rgb, 2, 0, 6, FER_RGB8, "2 x 0");
    refused(rgb, 2, 2, 5, FER_RGB8, "stride");
    refused(rgb, SIZE_MAX / 2, 3, SIZE_MAX, FER_RGB8, "pixels");
    refused(rgb, 20000, 20000, 60000, FER_RGB8, "pixels");
    refused(rgb, 2, 2, 6, 77, "77");
}

static void test_null_and_garbage_are_refused(void **state)
{
    (void)state;
    fer_error err = {0};
    fer_image *im;
    assert_int_equal(fer_image_load(NULL, &im, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_image_load("x.png", NULL, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_image_decode(NULL, 3, &im, &err), FER_ERR_ARGUMENT);
    assert_int_not_equal(fer_image_decode("abc", 3, &im, &err), FER_OK);
    assert_null(im);
    assert_int_not_equal(fer_image_decode("", 0, &im, NULL), FER_OK);
    assert_int_equal(fer_image_load("there/is/no/such.png", &im, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "there/is/no/such.png"));
    fer_image_free(NULL);
    assert_int_equal(fer_image_width(NULL), 0);
    assert_int_equal(fer_image_height(NULL), 0);
}

static void test_a_limit_of_pixels(void **state)
{
    (void)state;
    char path[] = "/tmp/fer-limit-XXXXXX";
    uint8_t file[400];
    fer_error err = {0};
    fer_image *im;
    struct feri_pixels px = {2, 2, 3, (uint8_t *)(uintptr_t)rgb};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(feri_pixels_write_png(path, &px, NULL), FER_OK);
    close(fd);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t size = fread(file, 1, sizeof file, f);
    fclose(f);
    assert_int_equal(fer_image_load_within(path, 3, &im, &err), FER_ERR_FORMAT);
    assert_null(im);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "2 x 2 pixels, expected at most 3"));
    assert_int_equal(fer_image_decode_within(file, size, 3, &im, &err), FER_ERR_FORMAT);
    assert_null(im);
    assert_int_equal(fer_image_load_within(path, 4, &im, &err), FER_OK);
    assert_rgb(im);
    assert_int_equal(fer_image_decode_within(file, size, 0, &im, &err), FER_OK);
    assert_rgb(im);
    assert_int_equal(fer_image_load_within(NULL, 4, &im, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_image_decode_within(file, size, 4, NULL, &err), FER_ERR_ARGUMENT);
    unlink(path);
}

/* Left half dark red, right half light blue: JPEG with halved colours would mix them along the seam. */
static fer_image *two_halves(void)
{
    uint8_t data[20 * 14 * 3];
    static const uint8_t left[] = {150, 10, 20}, right[] = {170, 200, 250};
    for (size_t i = 0; i < 20 * 14; i++) memcpy(data + 3 * i, i % 20 < 9 ? left : right, 3);
    fer_image *im;
    assert_int_equal(fer_image_from_pixels(data, 20, 14, 60, FER_RGB8, &im, NULL), FER_OK);
    return im;
}

static int largest_difference(const fer_image *a, const fer_image *b)
{
    int largest = 0;
    size_t n = fer_image_width(a) * fer_image_height(a) * fer_image_channels(a);
    for (size_t i = 0; i < n; i++) {
        int d = abs(fer_image_pixels(a)[i] - fer_image_pixels(b)[i]);
        if (d > largest) largest = d;
    }
    return largest;
}

static void saved(const fer_image *im, const char *path, const char *magic, int tolerance)
{
    fer_image *again;
    uint8_t head[4] = {0};
    assert_int_equal(fer_image_save(im, path, NULL), FER_OK);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(head, 1, 3, f), 3);
    fclose(f);
    assert_memory_equal(head, magic, 3);
    assert_int_equal(fer_image_load(path, &again, NULL), FER_OK);
    assert_int_equal(fer_image_width(again), fer_image_width(im));
    assert_int_equal(fer_image_height(again), fer_image_height(im));
    assert_int_equal(fer_image_channels(again), fer_image_channels(im));
    assert_in_range(largest_difference(im, again), 0, tolerance);
    fer_image_free(again);
    unlink(path);
}

static void not_saved(const fer_image *im, const char *path, fer_status status)
{
    fer_error err = {0};
    assert_int_equal(fer_image_save(im, path, &err), status);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(access(path, F_OK), -1);
}

static void test_saved_by_the_ending_of_the_name(void **state)
{
    (void)state;
    char root[] = "/tmp/fer-save-XXXXXX";
    static uint8_t wide[65501];
    fer_image *im = two_halves(), *grey, *line;
    assert_non_null(mkdtemp(root));
    assert_int_equal(chdir(root), 0);
    saved(im, "a.png", "\x89PN", 0);
    saved(im, "a.JPG", "\xFF\xD8\xFF", 12);
    saved(im, "a.jpeg", "\xFF\xD8\xFF", 12);
    assert_int_equal(fer_image_from_pixels(rgb, 3, 4, 3, FER_GRAY8, &grey, NULL), FER_OK);
    saved(grey, "g.png", "\x89PN", 0);
    saved(grey, "g.jpg", "\xFF\xD8\xFF", 12);
    not_saved(im, "a.gif", FER_ERR_UNSUPPORTED);
    not_saved(im, "png", FER_ERR_UNSUPPORTED);
    not_saved(im, "none/a.jpg", FER_ERR_IO);
    assert_int_equal(fer_image_from_pixels(wide, sizeof wide, 1, sizeof wide, FER_GRAY8, &line, NULL), FER_OK);
    not_saved(line, "line.jpg", FER_ERR_UNSUPPORTED);
    assert_int_equal(fer_image_save(NULL, "a.png", NULL), FER_ERR_ARGUMENT);
    assert_int_equal(fer_image_save(im, NULL, NULL), FER_ERR_ARGUMENT);
    fer_image_free(im);
    fer_image_free(grey);
    fer_image_free(line);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(root), 0); /* nothing else is left */
}

/* Two pictures that differ in one sample, in a directory of class folders. */
static void assert_encoded(const fer_image *im, const char *ending, const char *begin, int tolerance)
{
    uint8_t *data = NULL;
    size_t size = 0, n = fer_image_width(im) * fer_image_height(im) * fer_image_channels(im);
    fer_image *again;
    fer_error err;
    assert_int_equal(fer_image_encode(im, ending, &data, &size, &err), FER_OK);
    assert_memory_equal(data, begin, 3);
    assert_int_equal(fer_image_decode(data, size, &again, &err), FER_OK);
    assert_int_equal(fer_image_width(again), fer_image_width(im));
    for (size_t i = 0; i < n; i++) assert_true(abs(fer_image_pixels(again)[i] - fer_image_pixels(im)[i]) <= tolerance);
    fer_image_free(again);
    free(data);
}

static void test_encoded_in_memory(void **state)
{
    (void)state;
    uint8_t *data;
    size_t size;
    fer_error err;
    fer_image *im = two_halves();
    assert_encoded(im, ".png", "\x89PN", 0);
    assert_encoded(im, ".jpg", "\xFF\xD8\xFF", 12);
    assert_encoded(im, ".jpeg", "\xFF\xD8\xFF", 12);
    assert_int_equal(fer_image_encode(im, ".gif", &data, &size, &err), FER_ERR_UNSUPPORTED);
    assert_null(data);
    assert_int_equal(fer_image_encode(NULL, ".png", &data, &size, &err), FER_ERR_ARGUMENT);
    fer_image_free(im);
}

static void test_pictures_of_a_data_set_by_name(void **state)
{
    (void)state;
    char root[] = "/tmp/fer-image-XXXXXX", folder[64], path[2][96];
    uint8_t other[sizeof rgb];
    const char *files[] = {"joy/b.png", "joy/a.png", "joy/c.png"};
    fer_image *images[3];
    const fer_data_source source = {.path = root};
    fer_error err;
    assert_non_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/joy", root);
    assert_int_equal(mkdir(folder, 0777), 0);
    memcpy(other, rgb, sizeof rgb);
    other[11] = 200;
    for (int i = 0; i < 2; i++) {
        struct feri_pixels px = {2, 2, 3, i ? other : (uint8_t *)(uintptr_t)rgb};
        snprintf(path[i], sizeof path[i], "%s/%c.png", folder, "ab"[i]);
        assert_int_equal(feri_pixels_write_png(path[i], &px, NULL), FER_OK);
    }
    assert_int_equal(fer_data_load(&source, 2, files, images, &err), FER_OK);
    assert_int_equal(fer_image_channels(images[0]), 3);
    assert_memory_equal(fer_image_pixels(images[0]), other, sizeof other);
    assert_rgb(images[1]);
    fer_image_free(images[0]);
    assert_int_equal(fer_data_load(&source, 3, files, images, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "joy/c.png"));
    for (int i = 0; i < 3; i++) assert_null(images[i]);
    unlink(path[0]);
    unlink(path[1]);
    rmdir(folder);
    rmdir(root);
    assert_int_equal(fer_data_load(&source, 1, files, images, &err), FER_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_gives_the_same_pixels),
        cmocka_unit_test(test_grey_stays_grey),
        cmocka_unit_test(test_impossible_sizes_are_refused),
        cmocka_unit_test(test_null_and_garbage_are_refused),
        cmocka_unit_test(test_a_limit_of_pixels),
        cmocka_unit_test(test_saved_by_the_ending_of_the_name),
        cmocka_unit_test(test_encoded_in_memory),
        cmocka_unit_test(test_pictures_of_a_data_set_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
