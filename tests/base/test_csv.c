/* CSV: what RFC 4180 says, and what Python's csv module makes of the same bytes. */
#include "base/csv.h"

#include "../formats/formats.h"

/* Read everything and write it as [field|field]line, row after row, or as the error. */
static void read_all(const char *text, size_t size, char *out, size_t room)
{
    struct feri_csv *csv;
    struct feri_csv_row row;
    fer_error err = {0};
    bool more;
    fer_status st;
    size_t n = 0;
    out[0] = '\0';
    must("csv", feri_csv_new((const uint8_t *)text, size, &csv, &err), &err);
    while ((st = feri_csv_next(csv, &row, &more, &err)) == FER_OK && more) {
        for (size_t i = 0; i < row.n; i++)
            n += (size_t)snprintf(out + n, room - n, "%c%s", i ? '|' : '[', row.fields[i]);
        n += (size_t)snprintf(out + n, room - n, "]%zu", row.line);
    }
    if (st != FER_OK) snprintf(out + n, room - n, "! %s", err.text);
    feri_csv_free(csv);
}

static void expect(const char *text, const char *want)
{
    char got[512];
    read_all(text, strlen(text), got, sizeof got);
    assert_string_equal(got, want);
}

static void test_plain_rows(void **state)
{
    (void)state;
    expect("a,b\n1,2\n", "[a|b]1[1|2]2");
    expect("a,b\n1,2", "[a|b]1[1|2]2");
    expect(" a ,b \n", "[ a |b ]1");
    expect("", "");
    expect("\n\r\n", "");
}

static void test_crlf_and_byte_order_mark(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBF"
           "a,b\r\n1,2\r\n",
           "[a|b]1[1|2]2");
    expect("a\r\n\r\nb", "[a]1[b]3");
    expect("a\r", "[a]1");
    expect("a\rb\n", "[a\rb]1");
}

static void test_quotes(void **state)
{
    (void)state;
    expect("\"a,b\",\"say \"\"x\"\"\",\"\"\n", "[a,b|say \"x\"|]1");
    expect("\"two\nlines\",x\ny\n", "[two\nlines|x]1[y]3");
    expect("\"a\"\r\n\"b\"", "[a]1[b]2");
    expect("5\" wide\n", "[5\" wide]1");
}

static void test_ragged_rows_and_empty_fields(void **state)
{
    (void)state;
    expect("a,b,c\n1\n1,2,3,4\n,,\nx,", "[a|b|c]1[1]2[1|2|3|4]3[||]4[x|]5");
}

static void test_fields_of_a_row_outlive_its_growth(void **state)
{
    (void)state;
    static char text[20000];
    struct feri_csv *csv;
    struct feri_csv_row row;
    fer_error err = {0};
    bool more;
    memset(text, 'x', sizeof text);
    for (size_t i = 9; i < sizeof text; i += 10) text[i] = ',';
    must("new", feri_csv_new((const uint8_t *)text, sizeof text - 1, &csv, &err), &err);
    must("next", feri_csv_next(csv, &row, &more, &err), &err);
    assert_int_equal(row.n, 2000);
    for (size_t i = 0; i < row.n; i++) assert_string_equal(row.fields[i], "xxxxxxxxx");
    feri_csv_free(csv);
}

static void test_broken_rows_are_refused_with_their_line(void **state)
{
    (void)state;
    char got[256];
    expect("a\n\"b\nc", "[a]1! line 2: a quote is not closed");
    expect("a\n\"b\"c\n", "[a]1! line 2: text after a closing quote");
    read_all("a\nb\0c\n", 6, got, sizeof got);
    assert_string_equal(got, "[a]1! line 2: a NUL byte");
    read_all("\"\0\"", 3, got, sizeof got);
    assert_string_equal(got, "! line 1: a NUL byte");
}

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    struct feri_csv *csv;
    struct feri_csv_row row;
    bool more = true;
    fer_status st = feri_csv_new(data, size, &csv, err);
    while (st == FER_OK && more) st = feri_csv_next(csv, &row, &more, err);
    feri_csv_free(csv);
    return st;
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    sweep("rows.csv", parse);
}

/* ---- what spreadsheets write ---- */

static void test_the_first_line_tells_the_separator(void **state)
{
    (void)state;
    expect("a;b\n1,5;2\n", "[a|b]1[1,5|2]2");
    expect("a\tb\n1;2\t3\n", "[a|b]1[1;2|3]2");
    expect("a,b;c\n1,2;3\n", "[a|b;c]1[1|2;3]2");         /* a list within a field */
    expect("\"a,b\";c\n1;\"2;3\"\n", "[a,b|c]1[1|2;3]2"); /* quoted ones do not count */
    expect("a\n1;2\n", "[a]1[1;2]2");
}

static void test_blanks_after_every_separator_of_the_first_line(void **state)
{
    (void)state;
    expect("a, b, c\n1, 2,3\n \"x, y\", z,\n", "[a|b|c]1[1|2|3]2[x, y|z|]3");
    expect("a, b,c\n1, 2,3\n", "[a| b|c]1[1| 2|3]2");
    expect("a; b\n1; \"2\"\n", "[a|b]1[1|2]2");
}

/* ASCII and U+20AC, U+1F600 as UTF-16 with its mark. */
static size_t widen(const char *text, bool big, uint8_t *out)
{
    size_t n = 0;
    static const uint16_t euro[] = {0x20AC}, smile[] = {0xD83D, 0xDE00};
    for (const char *p = "\x01"; *p; p = p[0] == 1 ? text : p + 1) {
        uint16_t one = p[0] == 1 ? 0xFEFF : (uint16_t)*p;
        const uint16_t *units = *p == '$' ? euro : *p == '%' ? smile : &one;
        for (size_t i = 0; i < (*p == '%' ? 2 : 1); i++, n += 2) {
            out[n] = (uint8_t)(big ? units[i] >> 8 : units[i]);
            out[n + 1] = (uint8_t)(big ? units[i] : units[i] >> 8);
        }
    }
    return n;
}

static void test_utf16_with_a_mark(void **state)
{
    (void)state;
    char got[512];
    uint8_t bytes[512];
    for (int big = 0; big < 2; big++) {
        size_t n = widen("a;b\r\n$;\"x\n\"\"%\"\"\"\r\n", big, bytes);
        read_all((const char *)bytes, n, got, sizeof got);
        assert_string_equal(got, "[a|b]1[\xE2\x82\xAC|x\n\"\xF0\x9F\x98\x80\"]2");
        n = widen("a\n%", big, bytes);
        read_all((const char *)bytes, n - 1, got, sizeof got);
        assert_string_equal(got, "[a]1! line 2: half a character of UTF-16");
        read_all((const char *)bytes, n - 2, got, sizeof got);
        assert_string_equal(got, "[a]1! line 2: half a character of UTF-16");
    }
}

/* Chunks of a table end at the ends of rows, and later chunks are read like the first. */
static void test_whole_rows_and_rows_from_the_middle(void **state)
{
    (void)state;
    static const char text[] = "a;b\n1;\"x\ny\"\n2;3";
    uint8_t wide[128];
    struct feri_csv_form form = feri_csv_form_of((const uint8_t *)text, strlen(text));
    assert_int_equal(feri_csv_whole_rows(form, (const uint8_t *)text, strlen(text)), 12);
    assert_int_equal(feri_csv_whole_rows(form, (const uint8_t *)text, 9), 4);
    size_t n = widen(text, false, wide);
    form = feri_csv_form_of(wide, n);
    assert_int_equal(feri_csv_whole_rows(form, wide, n), 2 + 2 * 12);
    struct feri_csv *csv;
    struct feri_csv_row row;
    fer_error err = {0};
    bool more;
    must("part", feri_csv_new_as(wide + 2 + 2 * 12, n - 2 - 2 * 12, form, &csv, &err), &err);
    must("row", feri_csv_next(csv, &row, &more, &err), &err);
    assert_true(more && row.n == 2);
    assert_string_equal(row.fields[1], "3");
    feri_csv_free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_rows),
        cmocka_unit_test(test_crlf_and_byte_order_mark),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_ragged_rows_and_empty_fields),
        cmocka_unit_test(test_fields_of_a_row_outlive_its_growth),
        cmocka_unit_test(test_broken_rows_are_refused_with_their_line),
        cmocka_unit_test(test_damaged_files_do_no_harm),
        cmocka_unit_test(test_the_first_line_tells_the_separator),
        cmocka_unit_test(test_blanks_after_every_separator_of_the_first_line),
        cmocka_unit_test(test_utf16_with_a_mark),
        cmocka_unit_test(test_whole_rows_and_rows_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
