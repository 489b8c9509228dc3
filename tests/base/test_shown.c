/* Names of files where text must be UTF-8 or one line, and texts in the encodings of Windows. */
#include "base/encoding.h"
#include "base/hash.h"
#include "base/shown.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *name, enum feri_shown_in in, const char *want)
{
    char *got = feri_shown(name, in);
    assert_string_equal(got, want);
    free(got);
}

static void test_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    expect("plain, \xC3\xA9 and \xF0\x9F\x98\x80", FERI_SHOWN_QUOTED, "plain, \xC3\xA9 and \xF0\x9F\x98\x80");
    expect("a\xE9.jpg", FERI_SHOWN_QUOTED, "a\\xE9.jpg");
    expect("a\xE8.jpg", FERI_SHOWN_QUOTED, "a\\xE8.jpg");
    expect("a\\xE9.jpg", FERI_SHOWN_QUOTED, "a\\x5CxE9.jpg"); /* is no other name's picture */
    expect("c:\\x\\xyz", FERI_SHOWN_QUOTED, "c:\\x\\xyz");
    expect("\xED\xA0\x80\xC0\xAF\xF4\x90\x80\x80\xE2\x82", FERI_SHOWN_QUOTED,
           "\\xED\\xA0\\x80\\xC0\\xAF\\xF4\\x90\\x80\\x80\\xE2\\x82");
}

static void test_control_characters(void **state)
{
    (void)state;
    expect("two\nlines\x1B[2J", FERI_SHOWN_QUOTED, "two\nlines\x1B[2J");
    expect("two\nlines\x1B[2J\x7F\xC2\x9B!\xC2\xA0", FERI_SHOWN_LINE, "two\\x0Alines\\x1B[2J\\x7F\\xC2\\x9B!\xC2\xA0");
}

static char *utf8_of(const char *bytes, size_t n, size_t *size)
{
    uint8_t *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    return feri_text_as_utf8(copy, n, size);
}

static void expect_text(const char *bytes, size_t n, const char *want)
{
    size_t size = 0;
    char *got = utf8_of(bytes, n, &size);
    assert_non_null(got);
    assert_string_equal(got, want);
    assert_int_equal(size, strlen(want));
    free(got);
}

static void test_texts_with_a_mark(void **state)
{
    (void)state;
    size_t size;
    expect_text("\xEF\xBB\xBF"
                "ab\n",
                6, "ab\n");
    expect_text("ab", 2, "ab");
    expect_text("", 0, "");
    expect_text("\xFF\xFE"
                "a\0\xAC\x20",
                6, "a\xE2\x82\xAC");
    expect_text("\xFE\xFF"
                "\0a\xD8\x3D\xDE\x00",
                8, "a\xF0\x9F\x98\x80");
    expect_text("\xFE\xFF", 2, "");
    assert_null(utf8_of("\xFE\xFF\xDE\x00", 4, &size));
    assert_null(utf8_of("\xFE\xFF\xD8\x3D", 4, &size));
    assert_null(utf8_of("\xFE\xFF\0", 3, &size));
}

static void test_every_character_survives(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 97) {
        char c[4];
        if (code >= 0xD800 && code < 0xE000) continue;
        size_t n = feri_utf8_put(code, c);
        assert_int_equal(feri_utf8_length(c, n), n);
        assert_int_equal(feri_utf8_length(c, n - 1), 0);
    }
}

static const char *nth(const void *list, size_t i)
{
    return ((char(*)[16])(uintptr_t)list)[i];
}

static void test_names_are_found_by_their_hash(void **state)
{
    (void)state;
    enum { N = 5000 };
    static char names[N][16];
    struct feri_hash h = {0};
    assert_int_equal(feri_hash_find(&h, "x", nth, names), FERI_HASH_NONE);
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "name %zu", i);
        assert_int_equal(feri_hash_find(&h, names[i], nth, names), FERI_HASH_NONE);
        assert_true(feri_hash_add(&h, names[i], i));
    }
    for (size_t i = 0; i < N; i++) assert_int_equal(feri_hash_find(&h, names[i], nth, names), i);
    assert_int_equal(feri_hash_find(&h, "name 5000", nth, names), FERI_HASH_NONE);
    feri_hash_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_that_are_not_utf8),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_texts_with_a_mark),
        cmocka_unit_test(test_every_character_survives),
        cmocka_unit_test(test_names_are_found_by_their_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
