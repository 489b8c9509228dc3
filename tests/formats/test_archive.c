/* Archives against tars that Python's tarfile and GNU tar wrote, zips of Python's zipfile and Info-ZIP, and
 * directories. */
#define _GNU_SOURCE /* memfd_create */
#include "formats/archive_open.h"

#include "formats.h"
#include "formats/libarchive.h"

#include <dirent.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

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

/* The result does not depend on the locale, which a library may not set. */
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

/* ---- zips, and every dialect, against libarchive's own sequential reading ---- */

static void test_zips(void **state)
{
    (void)state;
    static const char *const names[] = {"stored.zip",     "deflated.zip",        "stored64.zip",
                                        "deflated64.zip", "stored_stream.zip",   "stored64_stream.zip",
                                        "behind.zip",     "deflated_stream.zip", "deflated64_stream.zip"};
    uint8_t bytes[7680];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_archive *a = open_fixture(names[i]);
        assert_int_equal(feri_archive_count(a), 4);
        assert_string_equal(feri_archive_name(a, 0), "bytes");
        expect_data(a, 0, bytes, sizeof bytes);
        expect(a, 1, "empty", "");
        expect(a, 2, "faces/a.txt", "first");
        expect(a, 3, "\xC3\xA9/\xE4\xB8\xAD.txt", "unicode");
        assert_true(feri_archive_find(a, "link") == (size_t)-1);
        feri_archive_close(a);
    }
}

static void test_an_empty_zip(void **state)
{
    (void)state;
    struct feri_archive *a = open_fixture("nothing.zip");
    assert_int_equal(feri_archive_count(a), 0);
    feri_archive_close(a);
}

static void test_hard_links(void **state)
{
    (void)state;
    struct feri_archive *a = open_fixture("links.tar");
    uint8_t *data;
    size_t size;
    fer_error err = {0};
    assert_int_equal(feri_archive_count(a), 4);
    expect(a, 0, "a", "linked");
    expect(a, 1, "b", "linked");
    refused("nowhere", feri_archive_read(a, 2, &data, &size, &err), FER_ERR_FORMAT, &err, "links.tar: 'nowhere'");
    expect(a, 3, "z/first", "linked");
    feri_archive_close(a);
}

/* libarchive reads the next file's data; holes are zeros. */
static void compare_next(const struct feri_archive *a, const struct feri_libarchive *lib, struct archive *reference,
                         struct archive_entry *e)
{
    const char *name = lib->entry_pathname(e);
    if (strncmp(name, "./", 2) == 0) name += 2;
    size_t i = feri_archive_find(a, name);
    if (i == (size_t)-1) fail_msg("'%s' is missing", name);
    uint8_t *want = calloc(feri_archive_size(a, i) + 1, 1);
    assert_non_null(want);
    assert_true(lib->read_data(reference, want, feri_archive_size(a, i) + 1) <= (la_ssize_t)feri_archive_size(a, i));
    expect_data(a, i, want, feri_archive_size(a, i));
    free(want);
}

static size_t compare_with_libarchive(const char *name)
{
    struct feri_libarchive lib;
    struct feri_bytes file = load(name);
    locale_t utf8 = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0),
             old = uselocale(utf8); /* in which libarchive gives names */
    struct feri_archive *a = open_fixture(name);
    struct archive_entry *e;
    fer_error err = {0};
    size_t n = 0;
    must("libarchive", feri_libarchive_find(&lib, &err), &err);
    struct archive *reference = lib.read_new();
    assert_int_equal(lib.read_support_format_tar(reference), ARCHIVE_OK);
    assert_int_equal(lib.read_support_format_zip(reference), ARCHIVE_OK);
    assert_int_equal(lib.read_open_memory(reference, file.data, file.size), ARCHIVE_OK);
    while (lib.read_next_header(reference, &e) >= ARCHIVE_WARN)
        if (lib.entry_filetype(e) == AE_IFREG) {
            compare_next(a, &lib, reference, e);
            n++;
        }
    if (n != feri_archive_count(a)) fail_msg("%s: %zu entries, libarchive sees %zu", name, feri_archive_count(a), n);
    lib.read_free(reference);
    uselocale(old);
    freelocale(utf8);
    feri_archive_close(a);
    feri_bytes_free(&file);
    return n;
}

static void test_every_dialect_reads_as_libarchive_reads_it(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ustar.tar",      "gnu.tar",        "pax.tar",    "utf8.tar",           "small.tar",
        "sparse_gnu.tar", "sparse_pax.tar", "stored.zip", "deflated.zip",       "stored64.zip",
        "deflated64.zip", "infozip.zip",    "small.zip",  "deflated_stream.zip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_true(compare_with_libarchive(names[i]) > 0);
}

/* ---- parts ---- */

static void expect_parts(const struct feri_archive *a, size_t i)
{
    uint8_t *data, part[8192];
    size_t size, sizes[] = {0, 1, 7, 513, 4096};
    fer_error err = {0};
    must("read", feri_archive_read(a, i, &data, &size, &err), &err);
    assert_int_equal(feri_archive_size(a, i), size);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t at = 0; at + sizes[s] <= size && at < 9000; at += 1 + size / 9) {
            must("part", feri_archive_read_part(a, i, at, sizes[s], part, &err), &err);
            assert_memory_equal(part, data + at, sizes[s]);
        }
    must("end", feri_archive_read_part(a, i, size, 0, part, &err), &err);
    refused("beyond", feri_archive_read_part(a, i, size, 1, part, &err), FER_ERR_ARGUMENT, &err,
            feri_archive_name(a, i));
    refused("beyond", feri_archive_read_part(a, i, SIZE_MAX, 2, part, &err), FER_ERR_ARGUMENT, &err,
            feri_archive_name(a, i));
    free(data);
}

static void test_parts_of_entries(void **state)
{
    (void)state;
    static const char *const names[] = {"tree",         "ustar.tar",           "sparse_pax.tar", "stored.zip",
                                        "deflated.zip", "deflated_stream.zip", "tar_stored.zip", "tar_deflated.zip"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct feri_archive *a = open_fixture(names[n]);
        for (size_t i = 0; i < feri_archive_count(a); i++) expect_parts(a, i);
        feri_archive_close(a);
    }
}

/* ---- tars inside ---- */

static int open_files(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir)) n++;
    closedir(dir);
    return n;
}

/* folder: the tar's folder. Its member names are only names, wherever they seem to lead. */
static void expect_mounted(const struct feri_archive *a, const char *folder)
{
    static const struct {
        const char *name, *text;
    } want[] = {
        {"train_set/../up", "u"}, {"train_set//abs", "a"}, {"train_set/dot", "d"}, {"train_set/t.tar", "not mounted"}};
    char name[100];
    uint8_t bytes[1280];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        snprintf(name, sizeof name, "%s%s", folder, want[i].name);
        expect(a, feri_archive_find(a, name), name, want[i].text);
    }
    snprintf(name, sizeof name, "%strain_set/c/1.bin", folder);
    expect_data(a, feri_archive_find(a, name), bytes, sizeof bytes);
    snprintf(name, sizeof name, "%strain_set.tar", folder);
    assert_true(feri_archive_find(a, name) == (size_t)-1);
}

static void test_tars_inside_are_folders(void **state)
{
    (void)state;
    static const struct {
        const char *name, *folder, *beside, *text;
        int files; /* that stay open */
    } cases[] = {{"tar_stored.zip", "x/", "x/plain", "p", 1},
                 {"tar_deflated.zip", "x/", "x/plain", "p", 2},
                 {"mounted", "", "sub/stays.tar", "a file", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = open_files();
        struct feri_archive *a = open_fixture(cases[i].name);
        assert_int_equal(feri_archive_count(a), 6);
        expect_mounted(a, cases[i].folder);
        expect(a, feri_archive_find(a, cases[i].beside), cases[i].beside, cases[i].text);
        assert_int_equal(open_files(), before + cases[i].files);
        feri_archive_close(a);
        assert_int_equal(open_files(), before);
    }
}

static void refused_inner(const char *name, fer_status want, const char *text)
{
    struct feri_archive *a;
    fer_error err = {0};
    int before = open_files();
    refused(name, feri_archive_open(fixture(name), &a, &err), want, &err, text);
    assert_non_null(strstr(err.text, name));
    assert_int_equal(open_files(), before);
}

static void test_a_damaged_tar_inside_is_named(void **state)
{
    (void)state;
    refused_inner("bad/inner.zip", FER_ERR_FORMAT, "'x/cut.tar': truncated within 'c/1.bin'");
    refused_inner("bad/inner_deflated.zip", FER_ERR_FORMAT, "'x/cut.tar': truncated within 'c/1.bin'");
    refused_inner("bad/inner", FER_ERR_FORMAT, "'cut.tar': truncated within 'c/1.bin'");
}

static void test_no_room_to_unpack_a_tar_inside(void **state)
{
    (void)state;
    struct rlimit limit, small = {.rlim_cur = 1024};
    const char *tmp = getenv("TMPDIR");
    char *old = tmp ? strdup(tmp) : NULL;
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    refused_inner("tar_deflated.zip", FER_ERR_IO, "/nonexistent");
    if (old) setenv("TMPDIR", old, 1);
    else unsetenv("TMPDIR");
    free(old);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small.rlim_max = limit.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct feri_archive *a;
    fer_error err = {0};
    fer_status st = feri_archive_open(fixture("tar_deflated.zip"), &a, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, handler);
    refused("no room", st, FER_ERR_IO, &err, "tar_deflated.zip: 'x/train_set.tar': cannot be unpacked into");
    assert_non_null(strstr(err.text, "needs 7168 free bytes"));
}

/* ---- many readers, many members ---- */

static void *read_often(void *user)
{
    const struct feri_archive *a = user;
    for (size_t round = 0; round < 50; round++)
        for (size_t i = 0; i < feri_archive_count(a); i++) {
            uint8_t *data, part[16];
            size_t size, n = feri_archive_size(a, i) < sizeof part ? feri_archive_size(a, i) : sizeof part;
            if (feri_archive_read(a, i, &data, &size, NULL) != FER_OK) return "a read failed";
            if (feri_archive_read_part(a, i, size - n, n, part, NULL) != FER_OK) return "a part failed";
            if (memcmp(part, data + size - n, n) != 0) return "a part differs";
            for (size_t at = 0; at < size && size > 1000; at++)
                if (data[at] != (uint8_t)at) return "a byte differs";
            free(data);
        }
    return NULL;
}

static void test_reads_from_several_threads(void **state)
{
    (void)state;
    static const char *const names[] = {"tar_deflated.zip", "tar_stored.zip", "mounted", "deflated_stream.zip",
                                        "stored.zip"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        pthread_t threads[4];
        struct feri_archive *a = open_fixture(names[n]);
        for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, read_often, a), 0);
        for (size_t i = 0; i < 4; i++) {
            void *problem;
            assert_int_equal(pthread_join(threads[i], &problem), 0);
            if (problem) fail_msg("%s: %s", names[n], (const char *)problem);
        }
        feri_archive_close(a);
    }
}

static void write_header(FILE *f, const char *name, unsigned size)
{
    char h[513] = {0};
    unsigned sum = 0;
    snprintf(h, 100, "%s", name);
    snprintf(h + 100, 24, "0000644%c0000000%c0000000", 0, 0);
    snprintf(h + 124, 24, "%011o%c%011o", size, 0, 0);
    memset(h + 148, ' ', 8);
    memcpy(h + 156, "0", 1);
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < 512; i++) sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    assert_int_equal(fwrite(h, 1, 512, f), 512);
}

/* In kB; the highest since it was last forgotten. */
static long peak_memory(void)
{
    char line[200];
    long kb = -1;
    FILE *f = fopen("/proc/self/status", "r");
    assert_non_null(f);
    while (kb < 0 && fgets(line, sizeof line, f)) sscanf(line, "VmHWM: %ld", &kb);
    fclose(f);
    return kb;
}

/* 64 MB of tar, whose names are 80 kB. */
static void test_the_data_of_a_tar_is_not_loaded(void **state)
{
    (void)state;
    char path[600], name[40];
    struct feri_archive *a;
    fer_error err = {0};
    snprintf(path, sizeof path, "%s.tar", scratch());
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (int i = 0; i < 4000; i++) {
        snprintf(name, sizeof name, "faces/%05d.jpg", (i * 7) % 4000);
        write_header(f, name, 16000);
        assert_int_equal(fseek(f, 16384, SEEK_CUR), 0);
    }
    write_header(f, "last", 0);
    for (int i = 0; i < 1024; i++) fputc(0, f); /* its end */
    fclose(f);
    feri_archive_close(open_fixture("small.tar")); /* libarchive is loaded */
    long before = peak_memory();
    must("open", feri_archive_open(path, &a, &err), &err);
    assert_int_equal(feri_archive_count(a), 4001);
    assert_string_equal(feri_archive_name(a, 3999), "faces/03999.jpg");
    assert_int_equal(feri_archive_size(a, 3999), 16000);
    assert_in_range(peak_memory() - before, 0, 8000);
    feri_archive_close(a);
    unlink(path);
}

/* ---- what cannot be read ---- */

static void test_entries_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        fer_status status;
        const char *text;
    } cases[] = {{"bad/encrypted.zip", FER_ERR_UNSUPPORTED, "encrypted"},
                 {"bad/method.zip", FER_ERR_UNSUPPORTED, "stored or deflated"},
                 {"bad/stored.zip", FER_ERR_FORMAT, "checksum"},
                 {"bad/deflated.zip", FER_ERR_FORMAT, "'d'"},
                 {"bad/header.zip", FER_ERR_FORMAT, "'d'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_archive *a = open_fixture(cases[i].name);
        uint8_t *data;
        size_t size;
        fer_error err = {0};
        refused(cases[i].name, feri_archive_read(a, 0, &data, &size, &err), cases[i].status, &err, cases[i].text);
        assert_non_null(strstr(err.text, cases[i].name));
        assert_non_null(strstr(err.text, ".zip: 'd'"));
        assert_null(data);
        if (feri_archive_count(a) > 1) expect(a, 1, "whole", "w");
        feri_archive_close(a);
    }
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
                 {"bad/cut.zip", FER_ERR_FORMAT},
                 {"bad/between.tar", FER_ERR_FORMAT},
                 {"none.tar", FER_ERR_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_archive *a;
        fer_error err = {0};
        refused(cases[i].name, feri_archive_open(fixture(cases[i].name), &a, &err), cases[i].status, &err,
                cases[i].name);
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
    sweep("small.zip", parse);
    sweep("bad/stored.zip", parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ustar_with_directories_and_links),
        cmocka_unit_test(test_long_names_of_gnu_and_pax),
        cmocka_unit_test(test_names_beyond_ascii),
        cmocka_unit_test(test_an_empty_tar),
        cmocka_unit_test(test_a_directory),
        cmocka_unit_test(test_zips),
        cmocka_unit_test(test_an_empty_zip),
        cmocka_unit_test(test_hard_links),
        cmocka_unit_test(test_every_dialect_reads_as_libarchive_reads_it),
        cmocka_unit_test(test_parts_of_entries),
        cmocka_unit_test(test_tars_inside_are_folders),
        cmocka_unit_test(test_a_damaged_tar_inside_is_named),
        cmocka_unit_test(test_no_room_to_unpack_a_tar_inside),
        cmocka_unit_test(test_reads_from_several_threads),
        cmocka_unit_test(test_the_data_of_a_tar_is_not_loaded),
        cmocka_unit_test(test_entries_that_cannot_be_read_are_named),
        cmocka_unit_test(test_what_is_no_archive_is_refused),
        cmocka_unit_test(test_an_entry_that_vanished_is_named),
        cmocka_unit_test(test_damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
