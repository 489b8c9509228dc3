/* The pool runs every task once. Random numbers depend on a place. A file is the old one or the new one, never a part.
 */
#define _XOPEN_SOURCE 700
#include "base/error.h"
#include "base/file.h"
#include "base/pool.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- pool ---- */

struct tally {
    unsigned char ran[1000];
    size_t threads;
    bool outside;
};

static void count_task(void *arg, size_t task, size_t worker)
{
    struct tally *t = arg;
    t->ran[task]++;
    if (worker >= t->threads) t->outside = true;
}

static void test_every_task_runs_once(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 5; threads++) {
        struct feri_pool *pool;
        fer_error err = {0};
        assert_int_equal(feri_pool_new(threads, &pool, &err), FER_OK);
        assert_int_equal(feri_pool_threads(pool), threads);
        for (size_t n = 0; n <= 1000; n = n * 2 + 1) {
            struct tally t = {.threads = threads};
            feri_pool_run(pool, n, count_task, &t);
            for (size_t i = 0; i < 1000; i++) assert_int_equal(t.ran[i], i < n);
            assert_false(t.outside);
        }
        feri_pool_free(pool);
    }
    struct tally t = {.threads = 1};
    feri_pool_run(NULL, 10, count_task, &t);
    for (size_t i = 0; i < 10; i++) assert_int_equal(t.ran[i], 1);
}

/* ---- random numbers ---- */

static void test_random_numbers_belong_to_a_place(void **state)
{
    (void)state;
    struct feri_rng a = feri_rng_new(1, 2, 3), b = feri_rng_new(1, 2, 3);
    for (int i = 0; i < 100; i++) assert_true(feri_rng_u64(&a) == feri_rng_u64(&b));
    const uint64_t places[][3] = {{2, 2, 3}, {1, 3, 3}, {1, 2, 4}, {3, 2, 1}};
    for (size_t i = 0; i < 4; i++) {
        struct feri_rng c = feri_rng_new(places[i][0], places[i][1], places[i][2]), d = feri_rng_new(1, 2, 3);
        assert_false(feri_rng_u64(&c) == feri_rng_u64(&d));
    }
}

static void test_random_numbers_are_uniform(void **state)
{
    (void)state;
    size_t bins[10] = {0}, below[7] = {0};
    struct feri_rng r = feri_rng_new(5, 0, 0);
    for (int i = 0; i < 100000; i++) {
        float u = feri_rng_uniform(&r);
        assert_true(u >= 0 && u < 1);
        bins[(size_t)(u * 10)]++;
        below[feri_rng_below(&r, 7)]++;
    }
    for (size_t i = 0; i < 10; i++) assert_in_range(bins[i], 10000 - 400, 10000 + 400);
    for (size_t i = 0; i < 7; i++) assert_in_range(below[i], 14286 - 450, 14286 + 450);
}

/* The published SplitMix64 (Vigna's splitmix64.c), state 1234567, first output. */
static void test_the_mixer_is_splitmix64(void **state)
{
    (void)state;
    struct feri_rng r = {1234567};
    assert_true(feri_rng_u64(&r) == UINT64_C(6457827717110365317));
    assert_true(feri_rng_u64(&r) == UINT64_C(3203168211198807973));
}

/* ---- files ---- */

static char dir[] = "/tmp/fer-base-XXXXXX", path[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(path, sizeof path, "%s/file", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void assert_content(const char *text)
{
    struct feri_bytes b;
    fer_error err = {0};
    assert_int_equal(feri_file_load(path, &b, &err), FER_OK);
    assert_int_equal(b.size, strlen(text));
    assert_memory_equal(b.data, text, b.size);
    feri_bytes_free(&b);
}

static void write_file(const char *text, bool commit)
{
    struct feri_atomic_file f;
    fer_error err = {0};
    assert_int_equal(feri_atomic_open(path, &f, &err), FER_OK);
    assert_int_equal(feri_atomic_write(&f, text, strlen(text), &err), FER_OK);
    if (commit) assert_int_equal(feri_atomic_commit(&f, &err), FER_OK);
    else feri_atomic_abort(&f);
}

static void test_files_change_whole_or_not_at_all(void **state)
{
    (void)state;
    write_file("old", true);
    assert_content("old");
    write_file("given up", false);
    assert_content("old");
    write_file("", true);
    assert_content("");
    write_file("new", true);
    assert_content("new");
}

static void refused(const char *where)
{
    struct feri_atomic_file f;
    fer_error err = {0};
    assert_int_equal(feri_atomic_open(where, &f, &err), FER_ERR_IO);
    if (!strstr(err.text, where)) fail_msg("'%s' does not name %s", err.text, where);
}

static void test_places_that_cannot_be_written_are_named(void **state)
{
    (void)state;
    refused("/nonexistent/file");
    refused(dir);
    struct stat s;
    assert_int_equal(stat("/dev/null", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
}

static void test_what_is_not_a_file_is_not_mapped(void **state)
{
    (void)state;
    struct feri_bytes b;
    fer_error err = {0};
    assert_int_equal(feri_file_load(dir, &b, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, dir));
    assert_int_equal(feri_file_load("/nonexistent", &b, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent"));
}

static void test_messages_are_one_line(void **state)
{
    (void)state;
    fer_error err = {0};
    char longer[2 * FER_ERROR_TEXT_MAX];
    assert_int_equal(feri_fail(&err, FER_ERR_FORMAT, "name '%s'", "a\nb\x1b[31m"), FER_ERR_FORMAT);
    assert_string_equal(err.text, "name 'a?b?[31m'");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    feri_fail_in(&err, FER_ERR_IO, "%s", longer);
    assert_true(strlen(err.text) < FER_ERROR_TEXT_MAX);
    assert_int_equal(err.status, FER_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_runs_once),
        cmocka_unit_test(test_random_numbers_belong_to_a_place),
        cmocka_unit_test(test_random_numbers_are_uniform),
        cmocka_unit_test(test_the_mixer_is_splitmix64),
        cmocka_unit_test(test_files_change_whole_or_not_at_all),
        cmocka_unit_test(test_places_that_cannot_be_written_are_named),
        cmocka_unit_test(test_what_is_not_a_file_is_not_mapped),
        cmocka_unit_test(test_messages_are_one_line),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
