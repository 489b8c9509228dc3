/* safetensors: u64 little-endian header length, a JSON object {"name": {"dtype", "shape", "data_offsets": [begin,
 * end]}, "__metadata__": {string: string}}, then the data; offsets count from the end of the header and leave no holes.
 * https://github.com/huggingface/safetensors */
#include "formats/safetensors.h"

#include "base/error.h"
#include "base/mem.h"
#include "formats/half.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX ((size_t)100 << 20) /* the format's own limit */

struct dtype {
    const char *name;
    size_t size;
    bool integral;
};

static const struct dtype dtypes[] = {{"F32", 4, false}, {"F16", 2, false}, {"BF16", 2, false}, {"F64", 8, false},
                                      {"I64", 8, true},  {"I32", 4, true},  {"U8", 1, true},    {"BOOL", 1, true}};

static uint64_t little_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;) v = v << 8 | p[i];
    return v;
}

static float number(size_t type, const uint8_t *p)
{
    uint64_t bits = little_endian(p, dtypes[type].size);
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (type) {
    case 0: memcpy(&f, &low, sizeof f); return f;
    case 1: return feri_half_to_float((uint16_t)bits);
    case 2:
        low <<= 16;
        memcpy(&f, &low, sizeof f);
        return f;
    case 3: memcpy(&d, &bits, sizeof d); return (float)d;
    case 4: return (float)(int64_t)bits;
    case 5: return (float)(int32_t)low;
    default: return (float)bits;
    }
}

static size_t convert(const struct feri_tensor *q, float *out)
{
    const uint8_t *p = q->bytes;
    size_t size = dtypes[q->type].size;
    if (q->type == 1) /* what ships: a loop of its own */
        feri_halves_to_floats(p, q->count, out);
    else
        for (size_t i = 0; i < q->count; i++) out[i] = number(q->type, p + i * size);
    return q->count * size;
}

/* ---- read ---- */

struct extent {
    size_t begin, end;
};

static fer_status read_size(json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return FER_ERR_FORMAT;
    *out = (size_t)json_integer_value(value);
    return FER_OK;
}

static fer_status read_entry(const char *name, json_t *entry, const struct feri_bytes *data, struct feri_tensors *out,
                             struct extent *at, fer_error *err)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    json_t *shape = json_object_get(entry, "shape"), *offsets = json_object_get(entry, "data_offsets");
    const struct dtype *t = NULL;
    for (size_t i = 0; type && i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(type, dtypes[i].name) == 0) t = &dtypes[i];
    if (!t)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "tensor '%.80s': dtype '%.20s' is not read", name,
                         type ? type : "(none)");
    size_t dims[FERI_TENSOR_DIMS_MAX], n = json_array_size(shape), bytes = t->size;
    if (!json_is_array(shape) || n > FERI_TENSOR_DIMS_MAX || json_array_size(offsets) != 2 ||
        read_size(json_array_get(offsets, 0), &at->begin) != FER_OK ||
        read_size(json_array_get(offsets, 1), &at->end) != FER_OK)
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': shape or data_offsets are not lists of sizes", name);
    for (size_t i = 0; i < n; i++)
        if (read_size(json_array_get(shape, i), &dims[i]) != FER_OK || !feri_size_mul(bytes, dims[i], &bytes))
            return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': shape is not a list of sizes", name);
    if (at->end < at->begin || at->end > data->size || at->end - at->begin != bytes)
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': bytes %zu to %zu, expected %zu bytes within %zu", name,
                         at->begin, at->end, bytes, data->size);
    struct feri_tensor *tensor = feri_tensors_declare(out, name, n, dims);
    if (!tensor) return feri_fail_memory(err, bytes);
    tensor->integral = t->integral;
    tensor->bytes = data->data + at->begin;
    tensor->type = (unsigned char)(t - dtypes);
    tensor->convert = convert;
    return FER_OK;
}

static int by_begin(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static fer_status check_holes(struct extent *extents, size_t n, size_t size, fer_error *err)
{
    size_t end = 0;
    qsort(extents, n, sizeof *extents, by_begin);
    for (size_t i = 0; i < n; end = extents[i++].end)
        if (extents[i].begin != end)
            return feri_fail(err, FER_ERR_FORMAT, "data has a hole or an overlap at byte %zu", end);
    if (end != size) return feri_fail(err, FER_ERR_FORMAT, "data is %zu bytes, the header describes %zu", size, end);
    return FER_OK;
}

static fer_status read_metadata(json_t *meta, struct feri_tensors *out, fer_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(meta, key, value)
    {
        if (!json_is_string(value)) return feri_fail(err, FER_ERR_FORMAT, "metadata '%.80s' is not a string", key);
        if (!feri_tensors_set_meta(out, key, json_string_value(value)))
            return feri_fail_memory(err, json_string_length(value));
    }
    return FER_OK;
}

static fer_status read_header(json_t *header, const struct feri_bytes *data, struct feri_tensors *out, fer_error *err)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    fer_status st = FER_OK;
    struct extent *extents = malloc((json_object_size(header) + 1) * sizeof *extents);
    if (!extents) return feri_fail(err, FER_ERR_MEMORY, "header: out of memory");
    json_object_foreach(header, key, value)
    {
        st = strcmp(key, "__metadata__") == 0 ? read_metadata(value, out, err)
                                              : read_entry(key, value, data, out, &extents[n++], err);
        if (st != FER_OK) break;
    }
    if (st == FER_OK) st = check_holes(extents, n, data->size, err);
    free(extents);
    return st;
}

fer_status feri_safetensors_index(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err)
{
    *out = (struct feri_tensors){0};
    if (size < 8) return feri_fail(err, FER_ERR_FORMAT, "%zu bytes are too few for a safetensors file", size);
    uint64_t length = little_endian(data, 8);
    if (length > HEADER_MAX || length > size - 8)
        return feri_fail(err, FER_ERR_FORMAT, "not a safetensors file: a header of %llu bytes does not fit %zu",
                         (unsigned long long)length, size);
    json_error_t problem;
    json_t *header = json_loadb((const char *)data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(header)) {
        json_decref(header);
        return feri_fail(err, FER_ERR_FORMAT, "safetensors header is not a JSON object: %s",
                         header ? "another value" : problem.text);
    }
    struct feri_bytes rest = {data + 8 + length, size - 8 - (size_t)length};
    fer_status st = read_header(header, &rest, out, err);
    json_decref(header);
    if (st != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_safetensors_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err)
{
    fer_status st = feri_safetensors_index(data, size, out, err);
    if (st == FER_OK && (st = feri_tensors_load(out, err)) != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_safetensors_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes file;
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_safetensors_parse(file.data, file.size, out, err);
    feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

/* ---- write ---- */

static const struct dtype *stored_type(const struct feri_tensor *t, enum feri_dtype dtype)
{
    return &dtypes[t->integral ? 4 : dtype == FERI_DTYPE_F16 ? 1 : 0];
}

static json_t *describe(const struct feri_tensors *t, enum feri_dtype dtype)
{
    json_t *header = json_object(), *meta = json_object();
    size_t at = 0;
    for (size_t i = 0; i < t->n_meta; i++) json_object_set_new(meta, t->meta[i].key, json_string(t->meta[i].value));
    json_object_set_new(header, "__metadata__", meta);
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_tensor *q = &t->items[i];
        json_t *shape = json_array();
        size_t end = at + q->count * stored_type(q, dtype)->size;
        for (size_t d = 0; d < q->n_dims; d++) json_array_append_new(shape, json_integer((json_int_t)q->dims[d]));
        json_object_set_new(header, q->name,
                            json_pack("{s:s, s:o, s:[I, I]}", "dtype", stored_type(q, dtype)->name, "shape", shape,
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
    size_t size = stored_type(t, dtype)->size;
    for (size_t i = 0; i < t->count; i++, p += size) {
        uint32_t bits;
        memcpy(&bits, &t->data[i], sizeof bits);
        if (t->integral) {
            if (!(fabsf(t->data[i]) < 9e18f))
                return feri_fail(err, FER_ERR_NUMERIC, "tensor '%s': %g is no 64-bit integer", t->name,
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
        size_t size = t->items[i].count * stored_type(&t->items[i], dtype)->size;
        uint8_t *bytes = malloc(size + 1);
        if (!bytes) return feri_fail_memory(err, size);
        st = encode(&t->items[i], dtype, bytes, err);
        if (st == FER_OK) st = feri_atomic_write(file, bytes, size, err);
        free(bytes);
    }
    return st;
}

fer_status feri_safetensors_write(const char *path, const struct feri_tensors *t, enum feri_dtype dtype, fer_error *err)
{
    json_t *header = describe(t, dtype);
    char *text = json_dumps(header, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(header);
    if (!text)
        return feri_fail(err, FER_ERR_MEMORY, "%s: the header cannot be made (out of memory, or a name is not UTF-8)",
                         path);
    struct feri_atomic_file file;
    fer_status st = feri_atomic_open(path, &file, err);
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
