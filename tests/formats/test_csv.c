/* CSV: what RFC 4180 says, and what Python's csv module makes of the same bytes. */
#include "formats/csv.h"

#include "formats.h"

/* Reads everything and puts it down as [field|field]line, one row after the other, or the error. */
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
    expect(" a , b \n", "[ a | b ]1");
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
    expect("a\n\"b\"c\n", "[a]1! line 2: text behind a closing quote");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
