/* safetensors against files put together by its specification, and our own read back. */
#include "formats/half.h"
#include "formats/safetensors.h"
#include "formats/tensors_file.h"

#include "formats.h"

static void expect(const struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims, const float *want)
{
    const struct feri_tensor *q = feri_tensors_find(t, name);
    if (!q) fail_msg("tensor %s is missing", name);
    same_sizes(name, q->n_dims, q->dims, n_dims, dims);
    same_floats(name, q->data, want, q->count);
}

static struct feri_tensors read_file(const char *path)
{
    struct feri_tensors t;
    fer_error err = {0};
    must(path, feri_safetensors_read(path, &t, &err), &err);
    return t;
}

static const float a_f32[] = {1, -2.5f, 3, 0.125f, 1e-8f, -1e30f}, a_f16[] = {1, -2.5f, 65504, 0x1p-24f};

static void test_f32(void **state)
{
    (void)state;
    struct feri_tensors t = read_file(FIXTURE("f32.safetensors"));
    assert_int_equal(t.n, 2);
    expect(&t, "a", 2, (size_t[]){2, 3}, a_f32);
    expect(&t, "b", 1, (size_t[]){2}, (float[]){7, -0.5f});
    assert_string_equal(feri_tensors_meta(&t, "format"), "pt");
    assert_null(feri_tensors_meta(&t, "no"));
    feri_tensors_free(&t);
}

static void test_f16(void **state)
{
    (void)state;
    struct feri_tensors t = read_file(FIXTURE("f16.safetensors"));
    expect(&t, "a", 1, (size_t[]){4}, a_f16);
    feri_tensors_free(&t);
}

static void test_every_dtype_and_metadata(void **state)
{
    (void)state;
    struct feri_tensors t = read_file(FIXTURE("mixed.safetensors"));
    assert_int_equal(t.n, 8);
    expect(&t, "f64", 1, (size_t[]){2}, (float[]){0.1f, -4});
    expect(&t, "i64", 1, (size_t[]){2}, (float[]){-3, 0x1p33f});
    expect(&t, "i32", 1, (size_t[]){2}, (float[]){-3, 0x1p20f});
    expect(&t, "bf16", 1, (size_t[]){2}, (float[]){1.5f, -4});
    expect(&t, "u8", 1, (size_t[]){2}, (float[]){0, 255});
    expect(&t, "bool", 1, (size_t[]){2}, (float[]){1, 0});
    expect(&t, "scalar", 0, NULL, (float[]){12});
    expect(&t, "none", 2, (size_t[]){0, 4}, NULL);
    assert_true(feri_tensors_find(&t, "i64")->integral && !feri_tensors_find(&t, "f64")->integral);
    assert_string_equal(feri_tensors_meta(&t, "name"), "mixed");
    assert_string_equal(feri_tensors_meta(&t, "classes"), "a\nb \xC3\xA9");
    feri_tensors_free(&t);
}

static void test_the_first_bytes_choose_the_reader(void **state)
{
    (void)state;
    struct feri_tensors t;
    fer_error err = {0};
    must("safetensors", feri_tensors_read(FIXTURE("f32.safetensors"), &t, &err), &err);
    assert_int_equal(t.n, 2);
    feri_tensors_free(&t);
    must("pth", feri_tensors_read(FIXTURE("plain.pth"), &t, &err), &err);
    assert_int_equal(t.n, 2);
    feri_tensors_free(&t);
    refused("csv", feri_tensors_read(FIXTURE("tree/b.txt"), &t, &err), FER_ERR_FORMAT, &err, "tree/b.txt");
}

/* Reads the fixture, writes it, and expects the fixture's bytes. */
static void expect_same_bytes(const char *name, enum feri_dtype dtype)
{
    struct feri_tensors t = read_file(fixture(name));
    struct feri_bytes want = load(name), got;
    fer_error err = {0};
    must(name, feri_safetensors_write(scratch(), &t, dtype, &err), &err);
    feri_tensors_free(&t);
    must(name, feri_file_load(scratch(), &got, &err), &err);
    unlink(scratch());
    assert_int_equal(got.size, want.size);
    assert_memory_equal(got.data, want.data, want.size);
    feri_bytes_free(&got);
    feri_bytes_free(&want);
}

static void test_f32_survives_to_the_byte(void **state)
{
    (void)state;
    expect_same_bytes("f32.safetensors", FERI_DTYPE_F32);
}

static void add(struct feri_tensors *t, const char *name, bool integral, size_t n, const float *values)
{
    struct feri_tensor *q = feri_tensors_add(t, name, 1, &n);
    assert_non_null(q);
    memcpy(q->data, values, n * sizeof *values);
    q->integral = integral;
}

static struct feri_tensors write_and_read(struct feri_tensors *t, enum feri_dtype dtype)
{
    fer_error err = {0};
    must("write", feri_safetensors_write(scratch(), t, dtype, &err), &err);
    feri_tensors_free(t);
    struct feri_tensors back = read_file(scratch());
    unlink(scratch());
    return back;
}

static void test_half_rounds_to_even_and_counters_stay_integers(void **state)
{
    (void)state;
    struct feri_tensors t = {0};
    /* Between 2048 and 4096 half precision has the even numbers: ties go to the multiple of four. */
    add(&t, "x", false, 5, (float[]){2049, 2051, 65519, -0x1p-25f, INFINITY});
    add(&t, "counter", true, 1, (float[]){100001});
    assert_true(feri_tensors_set_meta(&t, "k", "old") && feri_tensors_set_meta(&t, "k", "new \"quoted\""));
    t = write_and_read(&t, FERI_DTYPE_F16);
    expect(&t, "x", 1, (size_t[]){5}, (float[]){2048, 2052, 65504, -0.0f, INFINITY});
    expect(&t, "counter", 1, (size_t[]){1}, (float[]){100001});
    assert_true(feri_tensors_find(&t, "counter")->integral);
    assert_int_equal(t.n_meta, 1);
    assert_string_equal(feri_tensors_meta(&t, "k"), "new \"quoted\"");
    feri_tensors_free(&t);
}

static void test_every_half_survives_the_way_to_float_and_back(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 65536; h++)
        if ((h & 0x7FFF) <= 0x7C00) assert_int_equal(feri_float_to_half(feri_half_to_float((uint16_t)h)), h);
    assert_true(isnan(feri_half_to_float(0x7C01)) && isnan(feri_half_to_float(feri_float_to_half(NAN))));
}

static float half_by_definition(unsigned h)
{
    unsigned exponent = h >> 10 & 31, mantissa = h & 1023;
    float magnitude = exponent == 31
                          ? mantissa ? NAN : INFINITY
                          : ldexpf((float)(exponent ? mantissa + 1024 : mantissa), (int)(exponent ? exponent : 1) - 25);
    return h >> 15 ? -magnitude : magnitude;
}

static void test_halves_side_by_side_are_the_standards(void **state)
{
    (void)state;
    enum { HALVES = 65536 + 5 }; /* some are left over */
    static uint8_t bytes[2 * HALVES + 1];
    static float out[HALVES];
    for (unsigned i = 0; i < HALVES; i++) {
        bytes[2 * i + 1] = (uint8_t)i;
        bytes[2 * i + 2] = (uint8_t)(i >> 8);
    }
    feri_halves_to_floats(bytes + 1, HALVES, out);
    for (unsigned i = 0; i < HALVES; i++) {
        float want = half_by_definition(i & 0xFFFF);
        assert_true(isnan(want) ? isnan(out[i]) : memcmp(&want, &out[i], sizeof want) == 0);
    }
}

static void test_values_beyond_half_precision_are_refused(void **state)
{
    (void)state;
    struct feri_tensors t = {0};
    fer_error err = {0};
    add(&t, "large", false, 2, (float[]){1, 65520});
    refused("write", feri_safetensors_write(scratch(), &t, FERI_DTYPE_F16, &err), FER_ERR_NUMERIC, &err, "large");
    assert_int_not_equal(access(scratch(), F_OK), 0);
    feri_tensors_free(&t);
}

static void test_texts_that_json_has_not_are_refused(void **state)
{
    (void)state;
    fer_error err = {0};
    struct feri_tensors t = {0}, u = {0};
    assert_true(feri_tensors_set_meta(&t, "fer.classes", "col\xE8re"));
    refused("value", feri_safetensors_write(scratch(), &t, FERI_DTYPE_F32, &err), FER_ERR_FORMAT, &err,
            "'fer.classes'");
    add(&u, "na\xEFve", false, 1, (float[]){1});
    refused("name", feri_safetensors_write(scratch(), &u, FERI_DTYPE_F32, &err), FER_ERR_FORMAT, &err, "is not UTF-8");
    assert_int_not_equal(access(scratch(), F_OK), 0);
    feri_tensors_free(&t);
    feri_tensors_free(&u);
}

static void test_broken_files_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"hole",     "overlap", "surplus", "shape", "huge",
                                        "negative", "length",  "json",    "twice"};
    struct feri_tensors t;
    fer_error err = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "bad/%s.safetensors", names[i]);
        refused(names[i], feri_safetensors_read(fixture(name), &t, &err), FER_ERR_FORMAT, &err, name);
        assert_int_equal(t.n, 0);
    }
    refused("dtype", feri_safetensors_read(FIXTURE("bad/dtype.safetensors"), &t, &err), FER_ERR_UNSUPPORTED, &err,
            "F8_E4M3");
    refused("missing", feri_safetensors_read(FIXTURE("none.safetensors"), &t, &err), FER_ERR_IO, &err,
            "none.safetensors");
}

static fer_status parse(const uint8_t *data, size_t size, fer_error *err)
{
    struct feri_tensors t;
    fer_status st = feri_safetensors_parse(data, size, &t, err);
    feri_tensors_free(&t);
    return st;
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    struct feri_bytes file = load("f32.safetensors");
    for (size_t n = 0; n < file.size; n++) {
        fer_error err = {0};
        assert_int_equal(parse(file.data, n, &err), FER_ERR_FORMAT);
    }
    feri_bytes_free(&file);
}

static void test_damaged_files_do_no_harm(void **state)
{
    (void)state;
    sweep("f32.safetensors", parse);
    sweep("f16.safetensors", parse);
    sweep("mixed.safetensors", parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_f16),
        cmocka_unit_test(test_every_dtype_and_metadata),
        cmocka_unit_test(test_the_first_bytes_choose_the_reader),
        cmocka_unit_test(test_f32_survives_to_the_byte),
        cmocka_unit_test(test_half_rounds_to_even_and_counters_stay_integers),
        cmocka_unit_test(test_every_half_survives_the_way_to_float_and_back),
        cmocka_unit_test(test_halves_side_by_side_are_the_standards),
        cmocka_unit_test(test_values_beyond_half_precision_are_refused),
        cmocka_unit_test(test_texts_that_json_has_not_are_refused),
        cmocka_unit_test(test_broken_files_are_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
