/* Files beyond the everyday: a full disk, directories with parents, streams with a limit. */
#define _XOPEN_SOURCE 700
#include "base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/fer-file-XXXXXX";

static const char *at(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

static void assert_text(const char *path, const char *text)
{
    struct feri_bytes b;
    fer_error err = {0};
    if (feri_file_map(path, &b, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(b.size, strlen(text));
    assert_memory_equal(b.data, text, b.size);
    feri_file_unmap(&b);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* /dev/full, in the place of the temporary file, is a disk without room. Little data fails on commit, much while it is
 * written. */
static void test_a_full_disk_is_told_and_leaves_the_old_file(void **state)
{
    (void)state;
    static const char much[1 << 20];
    if (access("/dev/full", W_OK) != 0) skip();
    put(at("weights"), "old");
    for (int i = 0; i < 2; i++) {
        struct feri_atomic_file f;
        fer_error err = {0};
        assert_int_equal(symlink("/dev/full", at("weights.tmp")), 0);
        assert_int_equal(feri_atomic_open(at("weights"), &f, &err), FER_OK);
        if (i) {
            assert_int_equal(feri_atomic_write(&f, much, sizeof much, &err), FER_ERR_IO);
            feri_atomic_abort(&f);
        } else {
            assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
            assert_int_equal(feri_atomic_commit(&f, &err), FER_ERR_IO);
        }
        if (!strstr(err.text, at("weights")) || !strstr(err.text, strerror(ENOSPC)))
            fail_msg("'%s' tells neither file nor cause", err.text);
        assert_text(at("weights"), "old");
        assert_int_not_equal(access(at("weights.tmp"), F_OK), 0);
    }
    assert_int_equal(access("/dev/full", W_OK), 0);
    unlink(at("weights"));
}

/* What a killed run left behind does not stop the next one, and nothing of it ends up in the new file. */
static void test_a_leftover_temporary_file_is_replaced(void **state)
{
    (void)state;
    struct feri_atomic_file f;
    fer_error err = {0};
    put(at("weights.tmp"), "half of what a killed run wrote");
    assert_int_equal(feri_atomic_open(at("weights"), &f, &err), FER_OK);
    assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
    assert_int_not_equal(access(at("weights"), F_OK), 0);
    assert_int_equal(feri_atomic_commit(&f, &err), FER_OK);
    assert_text(at("weights"), "new");
    assert_int_not_equal(access(at("weights.tmp"), F_OK), 0);
    unlink(at("weights"));
}

/* A reader that has the old file keeps it. */
static void test_a_mapped_file_outlives_its_replacement(void **state)
{
    (void)state;
    struct feri_bytes b;
    struct feri_atomic_file f;
    fer_error err = {0};
    put(at("weights"), "old bytes");
    assert_int_equal(feri_file_map(at("weights"), &b, &err), FER_OK);
    assert_int_equal(feri_atomic_open(at("weights"), &f, &err), FER_OK);
    assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
    assert_int_equal(feri_atomic_commit(&f, &err), FER_OK);
    assert_int_equal(b.size, 9);
    assert_memory_equal(b.data, "old bytes", 9);
    feri_file_unmap(&b);
    assert_text(at("weights"), "new");
    unlink(at("weights"));
}

static void test_directories_come_with_their_parents(void **state)
{
    (void)state;
    fer_error err = {0};
    for (int again = 0; again < 2; again++) assert_int_equal(feri_make_dirs(at("a/b//c/"), &err), FER_OK);
    assert_true(feri_is_dir(at("a/b/c")));
    put(at("a/file"), "");
    assert_false(feri_is_dir(at("a/file")));
    assert_int_equal(feri_make_dirs(at("a/file/d"), &err), FER_ERR_IO);
    if (!strstr(err.text, at("a/file"))) fail_msg("'%s' does not name the file in the way", err.text);
    assert_int_equal(feri_make_dirs(at("a/file"), &err), FER_ERR_IO);
    unlink(at("a/file"));
    rmdir(at("a/b/c"));
    rmdir(at("a/b"));
    rmdir(at("a"));
}

static void test_streams_are_read_whole_up_to_the_limit(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        FILE *f = tmpfile();
        uint8_t *data;
        size_t size;
        fer_error err = {0};
        assert_non_null(f);
        for (size_t k = 0; k < sizes[i]; k++) fputc((int)(k * 31 % 256), f);
        rewind(f);
        assert_int_equal(feri_stream_read(f, sizes[i], &data, &size, &err), FER_OK);
        assert_int_equal(size, sizes[i]);
        for (size_t k = 0; k < size; k++) assert_true(data[k] == k * 31 % 256);
        free(data);
        rewind(f);
        if (sizes[i]) assert_int_equal(feri_stream_read(f, sizes[i] - 1, &data, &size, &err), FER_ERR_FORMAT);
        fclose(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_disk_is_told_and_leaves_the_old_file),
        cmocka_unit_test(test_a_leftover_temporary_file_is_replaced),
        cmocka_unit_test(test_a_mapped_file_outlives_its_replacement),
        cmocka_unit_test(test_directories_come_with_their_parents),
        cmocka_unit_test(test_streams_are_read_whole_up_to_the_limit),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
