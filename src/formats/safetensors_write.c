/* Writes the format that safetensors.c reads. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "formats/half.h"
#include "formats/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct stored_type {
    const char *name;
    size_t size;
};

static struct stored_type stored_type(const struct feri_tensor *t, enum feri_dtype dtype)
{
    if (t->integral) return (struct stored_type){"I64", 8};
    return dtype == FERI_DTYPE_F16 ? (struct stored_type){"F16", 2} : (struct stored_type){"F32", 4};
}

static json_t *describe(const struct feri_tensors *t, enum feri_dtype dtype)
{
    json_t *header = json_object(), *meta = json_object();
    size_t at = 0;
    for (size_t i = 0; i < t->n_meta; i++) feri_json_set(meta, t->meta[i].key, json_string(t->meta[i].value));
    feri_json_set(header, "__metadata__", meta);
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_tensor *q = &t->items[i];
        json_t *shape = json_array();
        size_t end = at + q->count * stored_type(q, dtype).size;
        for (size_t d = 0; d < q->n_dims; d++) feri_json_add(shape, json_integer((json_int_t)q->dims[d]));
        feri_json_set(header, q->name,
                      json_pack("{s:s, s:o, s:[I, I]}", "dtype", stored_type(q, dtype).name, "shape", shape,
                                "data_offsets", (json_int_t)at, (json_int_t)end));
        at = end;
    }
    return header;
}

static void put_little_endian(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++, v >>= 8) p[i] = (uint8_t)v;
}

static fer_status encode(const struct feri_tensor *t, enum feri_dtype dtype, uint8_t *p, fer_error *err)
{
    size_t size = stored_type(t, dtype).size;
    for (size_t i = 0; i < t->count; i++, p += size) {
        uint32_t bits;
        memcpy(&bits, &t->data[i], sizeof bits);
        if (t->integral) {
            if (!(fabsf(t->data[i]) < 9e18f))
                return feri_fail(err, FER_ERR_NUMERIC, "tensor '%s': %g is not a 64-bit integer", t->name,
                                 (double)t->data[i]);
            put_little_endian(p, (uint64_t)(int64_t)t->data[i], 8);
        } else if (dtype == FERI_DTYPE_F16) {
            uint16_t half = feri_float_to_half(t->data[i]);
            if ((half & 0x7FFF) == 0x7C00 && isfinite(t->data[i]))
                return feri_fail(err, FER_ERR_NUMERIC, "tensor '%s': %g is beyond half precision", t->name,
                                 (double)t->data[i]);
            put_little_endian(p, half, 2);
        } else {
            put_little_endian(p, bits, 4);
        }
    }
    return FER_OK;
}

static fer_status write_body(struct feri_atomic_file *file, const struct feri_tensors *t, enum feri_dtype dtype,
                             fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; i < t->n && st == FER_OK; i++) {
        size_t size = t->items[i].count * stored_type(&t->items[i], dtype).size;
        uint8_t *bytes = malloc(size + 1);
        if (!bytes) return feri_fail_memory(err, size);
        st = encode(&t->items[i], dtype, bytes, err);
        if (st == FER_OK) st = feri_atomic_write(file, bytes, size, err);
        free(bytes);
    }
    return st;
}

/* JSON has no other texts. */
static fer_status check_texts(const struct feri_tensors *t, fer_error *err)
{
    for (size_t i = 0; i < t->n; i++)
        if (!feri_is_utf8(t->items[i].name))
            return feri_fail(err, FER_ERR_FORMAT, "the name of tensor '%.80s' is not UTF-8", t->items[i].name);
    for (size_t i = 0; i < t->n_meta; i++)
        if (!feri_is_utf8(t->meta[i].key) || !feri_is_utf8(t->meta[i].value))
            return feri_fail(err, FER_ERR_FORMAT, "metadata '%.80s' is not UTF-8: '%.80s'", t->meta[i].key,
                             t->meta[i].value);
    return FER_OK;
}

fer_status feri_safetensors_write(const char *path, const struct feri_tensors *t, enum feri_dtype dtype, fer_error *err)
{
    fer_status st = check_texts(t, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", path);
    json_t *header = describe(t, dtype);
    char *text = feri_json_dump(header, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(header);
    if (!text) return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory for the header", path);
    struct feri_atomic_file file;
    st = feri_atomic_open(path, &file, err);
    if (st == FER_OK) {
        size_t length = strlen(text), padding = (8 - length % 8) % 8;
        uint8_t prefix[8];
        put_little_endian(prefix, length + padding, 8);
        st = feri_atomic_write(&file, prefix, 8, err);
        if (st == FER_OK) st = feri_atomic_write(&file, text, length, err);
        if (st == FER_OK) st = feri_atomic_write(&file, "        ", padding, err);
        if (st == FER_OK) st = write_body(&file, t, dtype, err);
        if (st == FER_OK) st = feri_atomic_commit(&file, err);
        else feri_atomic_abort(&file);
    }
    free(text);
    return st;
}
