/* .pth against files that torch.save() wrote, and pickles that it never would. */
#include "formats/pth.h"

#include "formats.h"

static const float w[] = {1, -2.5f, 3, 0.125f, 5, 6};

static struct feri_tensors read_fixture(const char *name)
{
    struct feri_tensors t;
    fer_error err = {0};
    must(name, feri_pth_read(fixture(name), &t, &err), &err);
    return t;
}

static void expect(const struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims, const float *want)
{
    const struct feri_tensor *q = feri_tensors_find(t, name);
    if (!q) fail_msg("tensor %s is missing", name);
    same_sizes(name, q->n_dims, q->dims, n_dims, dims);
    same_floats(name, q->data, want, q->count);
}

static void test_a_state_dict_however_it_is_wrapped(void **state)
{
    (void)state;
    static const char *const names[] = {"plain.pth",    "ordered.pth",   "protocol4.pth",  "wrapped.pth",
                                        "parallel.pth", "parameter.pth", "evil_beside.pth"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct feri_tensors t = read_fixture(names[i]);
        assert_int_equal(t.n, 2);
        expect(&t, "w", 2, (size_t[]){2, 3}, w);
        expect(&t, "n", 0, NULL, (float[]){7});
        assert_true(feri_tensors_find(&t, "n")->integral && !feri_tensors_find(&t, "w")->integral);
        feri_tensors_free(&t);
    }
}

/* The prefix is DataParallel's only if every name has it. */
static void test_a_module_of_that_name_keeps_it(void **state)
{
    (void)state;
    struct feri_tensors t = read_fixture("partly_module.pth");
    expect(&t, "module.w", 2, (size_t[]){2, 3}, w);
    expect(&t, "n", 0, NULL, (float[]){7});
    feri_tensors_free(&t);
}

static void test_views_of_one_storage(void **state)
{
    (void)state;
    struct feri_tensors t = read_fixture("views.pth");
    expect(&t, "base", 2, (size_t[]){3, 4}, (float[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    expect(&t, "t", 2, (size_t[]){4, 3}, (float[]){0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
    expect(&t, "part", 2, (size_t[]){2, 2}, (float[]){5, 6, 9, 10});
    feri_tensors_free(&t);
}

static void expect_every_dtype(const char *file)
{
    struct feri_tensors t = read_fixture(file);
    static const char *const floats[] = {"f16", "bf16", "f64"};
    for (size_t i = 0; i < 3; i++) expect(&t, floats[i], 1, (size_t[]){2}, (float[]){1.5f, -4});
    expect(&t, "i64", 1, (size_t[]){2}, (float[]){-3, 0x1p33f});
    expect(&t, "i32", 1, (size_t[]){2}, (float[]){-3, 0x1p20f});
    expect(&t, "i16", 1, (size_t[]){2}, (float[]){-3, 300});
    expect(&t, "i8", 1, (size_t[]){2}, (float[]){-3, 100});
    expect(&t, "u8", 1, (size_t[]){2}, (float[]){3, 255});
    expect(&t, "bool", 1, (size_t[]){2}, (float[]){1, 0});
    feri_tensors_free(&t);
}

static void test_every_dtype(void **state)
{
    (void)state;
    expect_every_dtype("dtypes.pth");
}

static void expect_refused(const char *name, fer_status want, const char *text)
{
    struct feri_tensors t;
    fer_error err = {0};
    fer_status st = feri_pth_read(fixture(name), &t, &err);
    refused(name, st, want, &err, name);
    refused(name, st, want, &err, text);
    assert_int_equal(t.n, 0);
}

static void test_the_machines_byte_order_is_followed(void **state)
{
    (void)state;
    expect_every_dtype("dtypes_little.pth");
    expect_every_dtype("dtypes_big.pth");
    expect_refused("bad/byteorder.pth", FER_ERR_UNSUPPORTED, "byteorder is 'middle', expected 'little' or 'big'");
}

/* Each of them would run `touch fer-executed-this` if its pickle was believed. */
static void test_nothing_is_executed(void **state)
{
    (void)state;
    expect_refused("bad/evil.pth", FER_ERR_UNSUPPORTED, "state_dict");
    expect_refused("bad/evil_values.pth", FER_ERR_UNSUPPORTED, "state_dict");
    expect_refused("bad/evil_protocol0.pth", FER_ERR_FORMAT, "pickle");
    struct feri_tensors t = read_fixture("evil_beside.pth");
    assert_null(feri_tensors_find(&t, "extra"));
    feri_tensors_free(&t);
    assert_int_not_equal(access("fer-executed-this", F_OK), 0);
}

static void test_what_is_no_state_dict_is_refused(void **state)
{
    (void)state;
    expect_refused("bad/old.pth", FER_ERR_UNSUPPORTED, "1.6");
    expect_refused("bad/module.pth", FER_ERR_UNSUPPORTED, "state_dict");
    expect_refused("bad/no_pickle.pth", FER_ERR_FORMAT, "data.pkl");
    expect_refused("grey.png", FER_ERR_UNSUPPORTED, "it is a PNG picture");
    expect_refused("none.pth", FER_ERR_IO, "none.pth");
}

static void test_tensors_beyond_their_storage_are_refused(void **state)
{
    (void)state;
    expect_refused("bad/offset.pth", FER_ERR_FORMAT, "'w' does not fit its storage of 16 bytes");
    expect_refused("bad/size.pth", FER_ERR_FORMAT, "'w' does not fit its storage of 16 bytes");
    expect_refused("bad/stride.pth", FER_ERR_FORMAT, "'w' does not fit its storage of 16 bytes");
    expect_refused("bad/storage.pth", FER_ERR_FORMAT, "is missing");
    expect_refused("bad/negative.pth", FER_ERR_UNSUPPORTED, "state_dict");
}

/* Members that unpack to more than the file; dictionaries that hold themselves, many times. */
static void test_bombs_are_refused(void **state)
{
    (void)state;
    expect_refused("bad/bomb.pth", FER_ERR_FORMAT, "size");
    expect_refused("bad/bombs.pth", FER_ERR_FORMAT, "size");
    expect_refused("bad/loop.pth", FER_ERR_UNSUPPORTED, "state_dict");
}

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    struct feri_tensors t;
    fer_status st = feri_pth_parse(data, size, &t, err);
    feri_tensors_free(&t);
    return st;
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    sweep("plain.pth", parse);
    sweep("parallel.pth", parse);
    sweep("bad/stride.pth", parse);
    assert_int_not_equal(access("fer-executed-this", F_OK), 0);
}

int main(void)
{
    unlink("fer-executed-this");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_state_dict_however_it_is_wrapped),
        cmocka_unit_test(test_a_module_of_that_name_keeps_it),
        cmocka_unit_test(test_views_of_one_storage),
        cmocka_unit_test(test_every_dtype),
        cmocka_unit_test(test_the_machines_byte_order_is_followed),
        cmocka_unit_test(test_nothing_is_executed),
        cmocka_unit_test(test_what_is_no_state_dict_is_refused),
        cmocka_unit_test(test_tensors_beyond_their_storage_are_refused),
        cmocka_unit_test(test_bombs_are_refused),
        cmocka_unit_test(test_damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
