/* Lists of files with weights. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "base/weighted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const words[] = {"soft", "hard", NULL};

static void assert_item(const struct feri_weighted *item, const char *path, const char *word, float weight)
{
    assert_string_equal(item->path, path);
    if (word) assert_string_equal(item->word, word);
    else assert_null(item->word);
    assert_float_equal(item->weight, weight, 0);
}

static void test_weights_and_words_follow_a_path(void **state)
{
    (void)state;
    struct feri_weighted_list l;
    fer_error err = {0};
    assert_int_equal(feri_weighted_split("a.tar,b:c.csv:0.5,d:soft,e:hard:2,f:other,:g", words, &l, &err), FER_OK);
    assert_int_equal(l.n, 6);
    assert_item(&l.items[0], "a.tar", NULL, 1);
    assert_item(&l.items[1], "b:c.csv", NULL, 0.5f);
    assert_item(&l.items[2], "d", "soft", 1);
    assert_item(&l.items[3], "e", "hard", 2);
    assert_item(&l.items[4], "f:other", NULL, 1);
    assert_item(&l.items[5], ":g", NULL, 1);
    feri_weighted_free(&l);
    assert_int_equal(feri_weighted_split("d:soft", NULL, &l, &err), FER_OK);
    assert_item(&l.items[0], "d:soft", NULL, 1);
    feri_weighted_free(&l);
}

static void test_a_name_that_exists_is_a_path(void **state)
{
    (void)state;
    char root[] = "/tmp/fer-weighted-XXXXXX", name[64], list[200];
    struct feri_weighted_list l;
    assert_non_null(mkdtemp(root));
    snprintf(name, sizeof name, "%s/a,b:2", root);
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(feri_weighted_split(name, words, &l, NULL), FER_OK);
    assert_int_equal(l.n, 1);
    assert_item(&l.items[0], name, NULL, 1);
    feri_weighted_free(&l);
    snprintf(list, sizeof list, "%s:3", name); /* does not exist: its comma separates */
    assert_int_equal(feri_weighted_split(list, words, &l, NULL), FER_OK);
    assert_int_equal(l.n, 2);
    feri_weighted_free(&l);
    unlink(name);
    rmdir(root);
}

static void refused(const char *list, const char *what)
{
    struct feri_weighted_list l;
    fer_error err = {0};
    assert_int_equal(feri_weighted_split(list, words, &l, &err), FER_ERR_ARGUMENT);
    if (!strstr(err.text, what)) fail_msg("expected '%s', got: %s", what, err.text);
    feri_weighted_free(&l);
}

static void test_what_is_no_list_is_refused(void **state)
{
    (void)state;
    refused("", "a path is empty");
    refused("a,,b", "a path is empty");
    refused("a,", "a path is empty");
    refused(":soft:2", "a path is empty");
    refused("a:0", "'a:0': the weight is 0");
    refused("a:-1", "the weight is -1");
    refused("a:nan", "the weight is nan");
    refused("a:inf", "the weight is inf");
    refused("a:1001", "at most 1000");
    refused("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16 sets");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_and_words_follow_a_path),
        cmocka_unit_test(test_a_name_that_exists_is_a_path),
        cmocka_unit_test(test_what_is_no_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
