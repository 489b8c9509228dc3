/* Archives against tars that Python's tarfile wrote in its three dialects, and a directory. */
#define _GNU_SOURCE /* memfd_create */
#include "formats/archive.h"

#include "formats.h"

#include <sys/mman.h>

static struct feri_archive *open_fixture(const char *name)
{
    struct feri_archive *a;
    fer_error err = {0};
    must(name, feri_archive_open(fixture(name), &a, &err), &err);
    return a;
}

static void expect_data(const struct feri_archive *a, size_t i, const void *want, size_t size)
{
    uint8_t *data;
    size_t got;
    fer_error err = {0};
    must(feri_archive_name(a, i), feri_archive_read(a, i, &data, &got, &err), &err);
    assert_int_equal(got, size);
    assert_memory_equal(data, want, size);
    free(data);
}

/* The i-th name, which find() leads back to, and its text. */
static void expect(const struct feri_archive *a, size_t i, const char *name, const char *text)
{
    assert_string_equal(feri_archive_name(a, i), name);
    assert_int_equal(feri_archive_find(a, name), i);
    expect_data(a, i, text, strlen(text));
}

static void test_ustar_with_directories_and_links(void **state)
{
    (void)state;
    char z[91] = {0};
    uint8_t bytes[768];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    memset(z, 'z', 90);
    struct feri_archive *a = open_fixture("ustar.tar");
    assert_int_equal(feri_archive_count(a), 4);
    expect(a, 0, "empty", "");
    expect(a, 1, "faces/a.txt", "first");
    expect(a, 2, "faces/b.txt", "second");
    assert_string_equal(feri_archive_name(a, 3), z);
    expect_data(a, 3, bytes, sizeof bytes);
    assert_true(feri_archive_find(a, "faces") == (size_t)-1 && feri_archive_find(a, "link") == (size_t)-1);
    feri_archive_close(a);
}

static void test_long_names_of_gnu_and_pax(void **state)
{
    (void)state;
    static const char *const names[] = {"gnu.tar", "pax.tar"};
    char name[202] = {0};
    memset(name, 'd', 60);
    name[60] = '/';
    memset(name + 61, 'n', 140);
    for (size_t i = 0; i < 2; i++) {
        struct feri_archive *a = open_fixture(names[i]);
        assert_int_equal(feri_archive_count(a), 2);
        expect(a, 0, name, "long");
        expect(a, 1, "short", "s");
        feri_archive_close(a);
    }
}

/* Whatever the locale, which a library may not set. */
static void test_names_beyond_ascii(void **state)
{
    (void)state;
    struct feri_archive *a = open_fixture("utf8.tar");
    assert_int_equal(feri_archive_count(a), 1);
    expect(a, 0, "\xC3\xA9/\xE4\xB8\xAD.txt", "unicode");
    feri_archive_close(a);
}

static void test_an_empty_tar(void **state)
{
    (void)state;
    struct feri_archive *a = open_fixture("nothing.tar");
    assert_int_equal(feri_archive_count(a), 0);
    assert_true(feri_archive_find(a, "x") == (size_t)-1);
    feri_archive_close(a);
}

static void test_a_directory(void **state)
{
    (void)state;
    struct feri_archive *a = open_fixture("tree");
    assert_int_equal(feri_archive_count(a), 3);
    expect(a, 0, "b.txt", "b");
    expect(a, 1, "sub/a.txt", "in sub");
    expect(a, 2, "sub/deep/c", "");
    feri_archive_close(a);
}

static void test_what_is_no_archive_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        fer_status status;
    } cases[] = {{"bad/compressed.tar", FER_ERR_UNSUPPORTED},
                 {"bad/text.tar", FER_ERR_FORMAT},
                 {"grey.png", FER_ERR_FORMAT},
                 {"none.tar", FER_ERR_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_archive *a;
        fer_error err = {0};
        refused(cases[i].name, feri_archive_open(fixture(cases[i].name), &a, &err), cases[i].status, &err, cases[i].name);
        assert_null(a);
    }
}

static void test_an_entry_that_vanished_is_named(void **state)
{
    (void)state;
    struct feri_archive *a;
    uint8_t *data;
    size_t size;
    char path[600];
    fer_error err = {0};
    must("mkdir", feri_make_dirs(scratch(), &err), &err);
    snprintf(path, sizeof path, "%s/gone", scratch());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    must("open", feri_archive_open(scratch(), &a, &err), &err);
    unlink(path);
    refused("read", feri_archive_read(a, 0, &data, &size, &err), FER_ERR_IO, &err, path);
    assert_null(data);
    feri_archive_close(a);
    rmdir(scratch());
}

/* Archives are opened by path: the bytes go to a file in memory. */
static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    static int fd = -1;
    char path[64];
    struct feri_archive *a;
    if (fd < 0) fd = memfd_create("archive", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, data, size, 0), size);
    fer_status st = feri_archive_open(path, &a, err);
    for (size_t i = 0; st == FER_OK && i < feri_archive_count(a); i++) {
        uint8_t *bytes;
        size_t n;
        st = feri_archive_read(a, i, &bytes, &n, err);
        free(bytes);
    }
    feri_archive_close(a);
    return st;
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    sweep("small.tar", parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ustar_with_directories_and_links),
        cmocka_unit_test(test_long_names_of_gnu_and_pax),
        cmocka_unit_test(test_names_beyond_ascii),
        cmocka_unit_test(test_an_empty_tar),
        cmocka_unit_test(test_a_directory),
        cmocka_unit_test(test_what_is_no_archive_is_refused),
        cmocka_unit_test(test_an_entry_that_vanished_is_named),
        cmocka_unit_test(test_damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
