/* Weights crafted to take much time or memory. */
#include "formats/pickle.h"
#include "formats/pth.h"
#include "formats/safetensors.h"
#include "zip.h"

/* ---- safetensors ---- */

static void put_name(struct text *t, const char *before, size_t i, const char *after)
{
    char name[96];
    int n = snprintf(name, sizeof name, "%s%zu%s", before, i, after);
    add_bytes(t, name, (size_t)n);
}

static fer_status parse_header(struct text *header, fer_error *err)
{
    struct feri_tensors t;
    struct text file = {0};
    add_number(&file, header->size, 8);
    add_bytes(&file, header->data, header->size);
    struct limits l = limits_begin();
    fer_status st = feri_safetensors_parse((const uint8_t *)file.data, file.size, &t, err);
    if (st == FER_OK && t.n_meta) assert_non_null(feri_tensors_meta(&t, t.meta[t.n_meta - 1].key));
    if (st == FER_OK && t.n) assert_ptr_equal(feri_tensors_find(&t, t.items[t.n - 1].name), &t.items[t.n - 1]);
    limits_end(l, "safetensors", file.size);
    feri_tensors_free(&t);
    free(file.data);
    free(header->data);
    return st;
}

static struct text metadata_of(size_t n)
{
    struct text t = {0};
    add_bytes(&t, "{\"__metadata__\":{", 17);
    for (size_t i = 0; i < n; i++) put_name(&t, i ? ",\"key" : "\"key", i, "\":\"value\"");
    add_bytes(&t, "}}", 2);
    return t;
}

static void test_metadata_of_many_keys(void **state)
{
    (void)state;
    fer_error err = {0};
    struct text many = metadata_of(100000), too_many = metadata_of(131073);
    must("100,000 keys", parse_header(&many, &err), &err);
    refused("131,073 keys", parse_header(&too_many, &err), FER_ERR_UNSUPPORTED, &err, "more than 131072 entries");
}

static void test_a_header_of_many_tensors(void **state)
{
    (void)state;
    fer_error err = {0};
    struct text t = {0};
    for (size_t i = 0; i < 200000; i++)
        put_name(&t, i ? ",\"t" : "{\"t", i, "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    add_bytes(&t, "}", 1);
    must("200,000 tensors", parse_header(&t, &err), &err);
}

/* A tree of JSON values would take twenty times the memory of this text. */
static void test_a_large_header_of_little(void **state)
{
    (void)state;
    fer_error err = {0};
    struct text t = {0};
    add_bytes(&t, "{\"x\":{\"list\":[0", 15);
    for (size_t i = 0; i < 5000000; i++) add_bytes(&t, ",0", 2);
    add_bytes(&t, "]}}", 3);
    refused("a list of zeros", parse_header(&t, &err), FER_ERR_FORMAT, &err, "are missing");
}

/* ---- PyTorch ---- */

static struct text zip_of(const struct text *pickle)
{
    struct zip zip = {0};
    zip_add(&zip, "a/data.pkl", pickle->data, pickle->size);
    zip_add(&zip, "a/data/0", "", 0);
    return zip_end(&zip);
}

static void put_text(struct text *p, const char *text)
{
    add_bytes(p, "X", 1);
    add_number(p, strlen(text), 4);
    add_bytes(p, text, strlen(text));
}

/* A tensor without elements, remembered as the first value; then as many names of it as are asked for. */
static struct text pickle_of(size_t n)
{
    struct text p = {0};
    static const char rebuild[] = "ctorch._utils\n_rebuild_tensor_v2\n((";
    add_bytes(&p, "\x80\2", 2);
    add_bytes(&p, rebuild, sizeof rebuild - 1);
    put_text(&p, "storage");
    add_bytes(&p, "ctorch\nFloatStorage\n", 20);
    put_text(&p, "0");
    put_text(&p, "cpu");
    add_bytes(&p,
              "K\0tQK\0K\0\x85K\1\x85\x89}tRq\0"
              "0}(",
              21);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        put_text(&p, name);
        add_bytes(&p, "h\0", 2);
    }
    add_bytes(&p, "u.", 2);
    return p;
}

static void test_a_checkpoint_of_many_tensors(void **state)
{
    (void)state;
    struct feri_tensors t;
    fer_error err = {0};
    struct text pickle = pickle_of(200000), zip = zip_of(&pickle);
    struct limits l = limits_begin();
    must("200,000 tensors", feri_pth_parse((const uint8_t *)zip.data, zip.size, &t, &err), &err);
    limits_end(l, "pth", zip.size);
    assert_int_equal(t.n, 200000);
    assert_non_null(feri_tensors_find(&t, "199999"));
    feri_tensors_free(&t);
    free(pickle.data);
    free(zip.data);
}

/* One byte each: an empty list, an empty dictionary. */
static void test_a_pickle_of_many_values(void **state)
{
    (void)state;
    struct feri_pickle p;
    fer_error err = {0};
    struct text t = {0};
    for (size_t i = 0; i < 10000000; i++) add_bytes(&t, i % 2 ? "]" : "}", 1);
    add_bytes(&t, ".", 1);
    struct limits l = limits_begin();
    refused("10,000,000 values", feri_pickle_parse((const uint8_t *)t.data, t.size, &p, &err), FER_ERR_FORMAT, &err,
            "need more than");
    limits_end(l, "pickle", t.size);
    free(t.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_of_many_keys),    cmocka_unit_test(test_a_header_of_many_tensors),
        cmocka_unit_test(test_a_large_header_of_little), cmocka_unit_test(test_a_checkpoint_of_many_tensors),
        cmocka_unit_test(test_a_pickle_of_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
