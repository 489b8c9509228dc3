/* Tables in the forms that spreadsheets write, whose rows hold pixels and are read again when a picture is asked for.
 */
#include "data/open.h"

#include "../formats/limits.h"

#define SIDE 48

static const char *file(void)
{
    static char path[64];
    snprintf(path, sizeof path, "tables-%ld.csv", (long)getpid());
    return path;
}

static void save(const struct text *t)
{
    FILE *f = fopen(file(), "wb");
    assert_true(f && fwrite(t->data, 1, t->size, f) == t->size && fclose(f) == 0);
}

/* Every row is one grey value, the row's number. */
static struct text make_table(const char *separator, int rows)
{
    struct text t = {0};
    char piece[64];
    int n = snprintf(piece, sizeof piece, "emotion%spixels%sUsage\n", separator, separator);
    add_bytes(&t, piece, (size_t)n);
    for (int r = 0; r < rows; r++) {
        n = snprintf(piece, sizeof piece, "%d%s", r % 7, separator);
        add_bytes(&t, piece, (size_t)n);
        for (int i = 0; i < SIDE * SIDE; i++) {
            n = snprintf(piece, sizeof piece, i ? " %d" : "%d", r);
            add_bytes(&t, piece, (size_t)n);
        }
        n = snprintf(piece, sizeof piece, "%sTraining\n", separator);
        add_bytes(&t, piece, (size_t)n);
    }
    return t;
}

static struct text to_utf16(const struct text *t, bool big)
{
    struct text wide = {0};
    add_bytes(&wide, big ? "\xFE\xFF" : "\xFF\xFE", 2);
    for (size_t i = 0; i < t->size; i++) add_bytes(&wide, big ? (char[]){0, t->data[i]} : (char[]){t->data[i], 0}, 2);
    return wide;
}

static void expect_rows(const char *what, const struct text *t, size_t rows)
{
    struct feri_dataset *ds;
    fer_error err = {0};
    save(t);
    must(what, feri_dataset_open(&(fer_data_source){.path = file()}, FERI_USE_ALL, &ds, &err), &err);
    assert_int_equal(feri_dataset_size(ds), rows);
    for (size_t i = 0; i < rows; i++) {
        struct feri_pixels px;
        must(what, feri_dataset_read(ds, i, &px, &err), &err);
        assert_true(px.data[0] == i && px.data[SIDE * SIDE - 1] == i);
        feri_pixels_free(&px);
    }
    feri_dataset_close(ds);
    unlink(file());
}

/* 200 rows are more than the megabyte that is read at once. */
static void test_separators_and_encodings(void **state)
{
    (void)state;
    static const char *const separators[] = {",", ";", "\t", ", ", "; "};
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        struct text t = make_table(separators[i], 200);
        expect_rows(separators[i], &t, 200);
        for (int big = 0; big < 2; big++) {
            struct text wide = to_utf16(&t, big);
            expect_rows("UTF-16", &wide, 200);
            free(wide.data);
        }
        free(t.data);
    }
}

static void test_a_class_must_be_utf8(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err = {0};
    struct text t = {"image,label\na.png,col\xE8re\n", 26, 0};
    save(&t);
    refused("class", feri_dataset_open(&(fer_data_source){.path = file()}, FERI_USE_ALL, &ds, &err), FER_ERR_FORMAT,
            &err, "the class 'col\\xE8re' is not UTF-8");
    unlink(file());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separators_and_encodings),
        cmocka_unit_test(test_a_class_must_be_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
