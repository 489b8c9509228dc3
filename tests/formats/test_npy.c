/* .npy against files that NumPy wrote. */
#include "formats/npy.h"

#include "formats.h"

static void expect(const char *name, size_t n_dims, const size_t *dims, const float *want)
{
    fer_npy npy;
    fer_error err = {0};
    must(name, fer_npy_read(fixture(name), &npy, &err), &err);
    same_sizes(name, npy.n_dims, npy.dims, n_dims, dims);
    size_t count = 1;
    for (size_t i = 0; i < n_dims; i++) count *= dims[i];
    assert_int_equal(npy.count, count);
    same_floats(name, npy.data, want, count);
    fer_npy_free(&npy);
}

static void test_floats_of_every_width_and_byte_order(void **state)
{
    (void)state;
    static const char *const names[] = {"le_f2.npy", "le_f4.npy", "le_f8.npy", "be_f2.npy", "be_f4.npy", "be_f8.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect(names[i], 2, (size_t[]){2, 3}, (float[]){-2, -0.5f, 0, 1.5f, 3, 1000});
}

static void test_integers_of_every_width_and_byte_order(void **state)
{
    (void)state;
    static const char *const names[] = {"i1.npy", "le_i2.npy", "le_i4.npy", "le_i8.npy", "be_i4.npy", "be_i8.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect(names[i], 2, (size_t[]){2, 3}, (float[]){-2, -1, 0, 1, 2, 100});
    expect("u1.npy", 1, (size_t[]){5}, (float[]){0, 1, 127, 128, 255});
    expect("b1.npy", 1, (size_t[]){3}, (float[]){1, 0, 1});
    expect("big_i8.npy", 1, (size_t[]){2}, (float[]){0x1p40f, -0x1p40f});
}

static void test_half_precision_to_its_edges(void **state)
{
    (void)state;
    expect("half_edges.npy", 1, (size_t[]){7}, (float[]){65504, 0x1p-14f, 0x1p-24f, INFINITY, -INFINITY, NAN, -0.0f});
}

static void test_every_version_and_fortran_order_hold_the_same_cube(void **state)
{
    (void)state;
    static const char *const names[] = {"cube.npy", "v2.npy", "v3.npy", "fortran.npy"};
    float want[24];
    for (size_t i = 0; i < 24; i++) want[i] = (float)i;
    for (size_t i = 0; i < 4; i++) expect(names[i], 3, (size_t[]){2, 3, 4}, want);
}

static void test_scalars_and_empty_arrays(void **state)
{
    (void)state;
    expect("scalar.npy", 0, NULL, (float[]){2.5f});
    expect("empty.npy", 2, (size_t[]){0, 3}, NULL);
}

static void expect_refused(const char *name, fer_status want)
{
    fer_npy npy;
    fer_error err = {0};
    refused(name, fer_npy_read(fixture(name), &npy, &err), want, &err, name);
    assert_null(npy.data);
}

static void test_other_dtypes_are_refused(void **state)
{
    (void)state;
    expect_refused("object.npy", FER_ERR_UNSUPPORTED);
    expect_refused("complex.npy", FER_ERR_UNSUPPORTED);
    expect_refused("text.npy", FER_ERR_FORMAT); /* words; numbers as text are read */
    expect_refused("structured.npy", FER_ERR_FORMAT);
}

static void test_errors_name_the_file(void **state)
{
    (void)state;
    expect_refused("grey.png", FER_ERR_FORMAT);
    expect_refused("no-such-file.npy", FER_ERR_IO);
}

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    fer_npy npy;
    fer_status st = feri_npy_parse(data, size, &npy, err);
    fer_npy_free(&npy);
    return st;
}

/* An array's size is in the header: no truncation can be taken for a whole file. */
static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    struct feri_bytes file = load("le_f4.npy");
    for (size_t n = 0; n < file.size; n++) {
        fer_error err = {0};
        assert_int_equal(parse(file.data, n, &err), FER_ERR_FORMAT);
    }
    feri_bytes_free(&file);
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"le_f4.npy", "be_f8.npy",  "fortran.npy", "v2.npy",
                                        "b1.npy",    "object.npy", "empty.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) sweep(names[i], parse);
}

/* Byte for byte the file that NumPy wrote of the same array. */
static void expect_written(const char *name, size_t n_dims, const size_t *dims, const float *data)
{
    struct feri_bytes want = load(name), got;
    fer_error err = {0};
    must(name, fer_npy_write(scratch(), n_dims, dims, data, &err), &err);
    must(name, feri_file_load(scratch(), &got, &err), &err);
    assert_int_equal(got.size, want.size);
    assert_memory_equal(got.data, want.data, want.size);
    feri_bytes_free(&got);
    feri_bytes_free(&want);
    unlink(scratch());
}

static void test_what_we_write_is_what_numpy_writes(void **state)
{
    (void)state;
    float cube[24];
    for (size_t i = 0; i < 24; i++) cube[i] = (float)i;
    expect_written("cube.npy", 3, (size_t[]){2, 3, 4}, cube);
    expect_written("row.npy", 1, (size_t[]){3}, cube);
    expect_written("scalar.npy", 0, NULL, (float[]){2.5f});
    expect_written("empty.npy", 2, (size_t[]){0, 3}, cube);
    expect_written("le_f4.npy", 2, (size_t[]){2, 3}, (float[]){-2, -0.5f, 0, 1.5f, 3, 1000});
}

static void test_writing_into_no_folder_names_the_file(void **state)
{
    (void)state;
    fer_error err = {0};
    fer_status st = fer_npy_write("/no/such/folder/x.npy", 0, NULL, (float[]){1}, &err);
    refused("write", st, FER_ERR_IO, &err, "/no/such/folder/x.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats_of_every_width_and_byte_order),
        cmocka_unit_test(test_integers_of_every_width_and_byte_order),
        cmocka_unit_test(test_half_precision_to_its_edges),
        cmocka_unit_test(test_every_version_and_fortran_order_hold_the_same_cube),
        cmocka_unit_test(test_scalars_and_empty_arrays),
        cmocka_unit_test(test_other_dtypes_are_refused),
        cmocka_unit_test(test_errors_name_the_file),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_damaged_files_do_no_harm),
        cmocka_unit_test(test_what_we_write_is_what_numpy_writes),
        cmocka_unit_test(test_writing_into_no_folder_names_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
