/* Unusual files: a full disk, directories with parents, streams with a limit. */
#define _XOPEN_SOURCE 700
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
    if (feri_file_load(path, &b, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(b.size, strlen(text));
    assert_memory_equal(b.data, text, b.size);
    feri_bytes_free(&b);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static size_t count_files(void)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void begin(const char *path, struct feri_atomic_file *f)
{
    fer_error err = {0};
    if (feri_atomic_open(path, f, &err) != FER_OK) fail_msg("%s", err.text);
}

static void replace(const char *path, const char *text)
{
    struct feri_atomic_file f;
    fer_error err = {0};
    begin(path, &f);
    assert_int_equal(feri_atomic_write(&f, text, strlen(text), &err), FER_OK);
    if (feri_atomic_commit(&f, &err) != FER_OK) fail_msg("%s", err.text);
}

/* The process may write only a few bytes, as on a full disk. Little data fails on commit, much data while it is
 * written. */
static void test_a_full_disk_is_told_and_leaves_the_old_file(void **state)
{
    (void)state;
    static const char much[1 << 20];
    struct rlimit before, few = {.rlim_cur = 2};
    put(at("weights"), "old");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    few.rlim_max = before.rlim_max;
    for (int i = 0; i < 2; i++) {
        struct feri_atomic_file f;
        fer_error err = {0};
        begin(at("weights"), &f);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
        if (i) {
            assert_int_equal(feri_atomic_write(&f, much, sizeof much, &err), FER_ERR_IO);
            feri_atomic_abort(&f);
        } else {
            assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
            assert_int_equal(feri_atomic_commit(&f, &err), FER_ERR_IO);
        }
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (!strstr(err.text, at("weights")) || !strstr(err.text, strerror(EFBIG)))
            fail_msg("'%s' names neither file nor cause", err.text);
        assert_text(at("weights"), "old");
        assert_int_equal(count_files(), 1);
    }
    unlink(at("weights"));
}

/* A user's own file with a name like a temporary one, or a link in its place: only the output file changes. */
static void test_no_other_file_is_touched(void **state)
{
    (void)state;
    put(at("weights.tmp"), "a user's own");
    put(at("victim"), "innocent");
    assert_int_equal(symlink(at("victim"), at("w.tmp")), 0);
    replace(at("weights"), "new");
    replace(at("w"), "new");
    assert_text(at("weights"), "new");
    assert_text(at("weights.tmp"), "a user's own");
    assert_text(at("victim"), "innocent");
    assert_int_equal(count_files(), 5);
    static const char *const all[] = {"weights", "weights.tmp", "victim", "w", "w.tmp"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) assert_int_equal(unlink(at(all[i])), 0);
}

/* Two writers of the same file at once do not share a temporary file; the last to finish wins. */
static void test_two_writers_do_not_mix(void **state)
{
    (void)state;
    struct feri_atomic_file a, b;
    fer_error err = {0};
    begin(at("w"), &a);
    begin(at("w"), &b);
    assert_int_equal(feri_atomic_write(&a, "one", 3, &err), FER_OK);
    assert_int_equal(feri_atomic_write(&b, "other", 5, &err), FER_OK);
    assert_int_equal(feri_atomic_commit(&b, &err), FER_OK);
    assert_text(at("w"), "other");
    assert_int_equal(feri_atomic_commit(&a, &err), FER_OK);
    assert_text(at("w"), "one");
    assert_int_equal(count_files(), 1);
    unlink(at("w"));
}

/* A writer that is killed between the two steps of a replacement leaves a file under the temporary name. */
static void test_what_a_killed_writer_left_goes_with_the_next_write(void **state)
{
    (void)state;
    struct feri_atomic_file f;
    put(at("w"), "old");
    begin(at("w"), &f);
    if (f.unnamed) put(f.tmp, "killed"); /* else this file system has only names that differ each time */
    feri_atomic_abort(&f);
    assert_text(at("w"), "old");
    replace(at("w"), "new");
    assert_text(at("w"), "new");
    assert_int_equal(count_files(), 1);
    unlink(at("w"));
}

static void test_a_link_under_the_temporary_name_is_not_put_in_place(void **state)
{
    (void)state;
    struct feri_atomic_file f, other;
    fer_error err = {0};
    put(at("victim"), "innocent");
    put(at("w"), "old");
    begin(at("w"), &f);
    if (f.unnamed) assert_int_equal(symlink(at("victim"), f.tmp), 0);
    size_t files = count_files();
    begin(at("w"), &other);
    assert_int_equal(feri_atomic_write(&other, "new", 3, &err), FER_OK);
    assert_int_equal(feri_atomic_commit(&other, &err), FER_OK);
    assert_text(at("w"), "new");
    assert_text(at("victim"), "innocent");
    assert_int_equal(count_files(), files); /* the link is not ours to remove */
    if (f.unnamed) assert_int_equal(unlink(f.tmp), 0);
    feri_atomic_abort(&f);
    unlink(at("w"));
    unlink(at("victim"));
}

static void *replace_often(void *path)
{
    size_t failures = 0;
    for (int i = 0; i < 300; i++) {
        struct feri_atomic_file f;
        fer_error err = {0};
        if (feri_atomic_open(path, &f, &err) != FER_OK) failures++;
        else failures += feri_atomic_write(&f, "text", 4, &err) != FER_OK || feri_atomic_commit(&f, &err) != FER_OK;
    }
    return failures ? path : NULL;
}

/* Writers of one file at once, each of which may put the file of another in place. */
static void test_many_writers_leave_one_whole_file(void **state)
{
    (void)state;
    char path[128];
    pthread_t threads[4];
    snprintf(path, sizeof path, "%s/w", dir);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, replace_often, path), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_text(path, "text");
    assert_int_equal(count_files(), 1);
    unlink(path);
}

static void test_a_link_stays_and_its_target_is_replaced(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(symlink("link", at("first")), 0);
    assert_int_equal(symlink("target", at("link")), 0);
    for (int i = 0; i < 2; i++) { /* first the target is missing */
        replace(at("first"), i ? "new" : "old");
        assert_text(at("target"), i ? "new" : "old");
    }
    assert_int_equal(lstat(at("first"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(lstat(at("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(symlink("circle", at("circle")), 0);
    struct feri_atomic_file f;
    fer_error err = {0};
    assert_int_equal(feri_atomic_open(at("circle"), &f, &err), FER_ERR_IO);
    static const char *const all[] = {"first", "link", "target", "circle"};
    for (size_t i = 0; i < 4; i++) assert_int_equal(unlink(at(all[i])), 0);
    assert_int_equal(count_files(), 0);
}

static void test_the_mode_of_a_replaced_file_stays(void **state)
{
    (void)state;
    static const mode_t modes[] = {0600, 0640, 0755, 0666};
    struct stat st;
    mode_t mask = umask(022);
    for (size_t i = 0; i < 4; i++) {
        put(at("w"), "old");
        assert_int_equal(chmod(at("w"), modes[i]), 0);
        replace(at("w"), "new");
        assert_int_equal(stat(at("w"), &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
    }
    unlink(at("w"));
    replace(at("w"), "new");
    assert_int_equal(stat(at("w"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    umask(mask);
    unlink(at("w"));
}

static void test_devices_and_pipes_are_written_directly(void **state)
{
    (void)state;
    char text[8] = "", number[32];
    int ends[2];
    replace("/dev/null", "gone");
    assert_int_equal(pipe(ends), 0);
    snprintf(number, sizeof number, "/dev/fd/%d", ends[1]);
    replace(number, "here");
    assert_int_equal(read(ends[0], text, sizeof text), 4);
    assert_string_equal(text, "here");
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    int reader = open(at("pipe"), O_RDONLY | O_NONBLOCK);
    replace(at("pipe"), "there");
    assert_int_equal(read(reader, text, sizeof text), 5);
    close(reader);
    unlink(at("pipe"));
    if (access("/dev/full", W_OK) != 0) return;
    struct feri_atomic_file f;
    fer_error err = {0};
    begin("/dev/full", &f);
    assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
    assert_int_equal(feri_atomic_commit(&f, &err), FER_ERR_IO);
    if (!strstr(err.text, strerror(ENOSPC))) fail_msg("'%s' does not name the cause", err.text);
}

/* A reader that opened the old file keeps it. */
static void test_a_mapped_file_outlives_its_replacement(void **state)
{
    (void)state;
    struct feri_bytes b;
    struct feri_atomic_file f;
    fer_error err = {0};
    put(at("weights"), "old bytes");
    assert_int_equal(feri_file_load(at("weights"), &b, &err), FER_OK);
    assert_int_equal(feri_atomic_open(at("weights"), &f, &err), FER_OK);
    assert_int_equal(feri_atomic_write(&f, "new", 3, &err), FER_OK);
    assert_int_equal(feri_atomic_commit(&f, &err), FER_OK);
    assert_int_equal(b.size, 9);
    assert_memory_equal(b.data, "old bytes", 9);
    feri_bytes_free(&b);
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
        cmocka_unit_test(test_no_other_file_is_touched),
        cmocka_unit_test(test_two_writers_do_not_mix),
        cmocka_unit_test(test_what_a_killed_writer_left_goes_with_the_next_write),
        cmocka_unit_test(test_a_link_under_the_temporary_name_is_not_put_in_place),
        cmocka_unit_test(test_many_writers_leave_one_whole_file),
        cmocka_unit_test(test_a_link_stays_and_its_target_is_replaced),
        cmocka_unit_test(test_the_mode_of_a_replaced_file_stays),
        cmocka_unit_test(test_devices_and_pipes_are_written_directly),
        cmocka_unit_test(test_a_mapped_file_outlives_its_replacement),
        cmocka_unit_test(test_directories_come_with_their_parents),
        cmocka_unit_test(test_streams_are_read_whole_up_to_the_limit),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
