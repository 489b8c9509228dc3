/* safetensors: u64 little-endian header length, a JSON object {"name": {"dtype", "shape", "data_offsets": [begin,
 * end]}, "__metadata__": {string: string}}, then the data; offsets count from the end of the header and leave no holes.
 * https://github.com/huggingface/safetensors. safetensors_write.c writes it. */
#include "formats/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_pull.h"
#include "base/mem.h"
#include "formats/file_kind.h"
#include "formats/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX  ((size_t)100 << 20) /* limit of the format */
#define TENSORS_MAX ((size_t)1 << 20)
/* number of entries; each takes more memory than its bytes in the file */
#define METADATA_MAX ((size_t)1 << 17)

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

static void convert(unsigned type, const uint8_t *from, size_t n, float *out)
{
    size_t size = dtypes[type].size;
    if (type == 1) /* the type of shipped weights, in a loop of its own */
        feri_halves_to_floats(from, n, out);
    else
        for (size_t i = 0; i < n; i++) out[i] = number(type, from + i * size);
}

struct extent {
    size_t begin, end;
};

struct extents {
    struct extent *items;
    size_t n, cap;
};

/* A tensor's description in the header. */
struct entry {
    const struct dtype *type;
    size_t n_dims, dims[FERI_TENSOR_DIMS_MAX];
    struct extent at;
    bool has_type, has_shape, has_offsets;
};

static fer_status read_dtype(struct feri_pull *s, struct entry *e, fer_error *err)
{
    fer_status st = feri_pull_string(s, err);
    if (st != FER_OK) return st;
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(s->text, dtypes[i].name) == 0) e->type = &dtypes[i];
    return e->type ? FER_OK : feri_fail(err, FER_ERR_UNSUPPORTED, "dtype '%.20s' is not supported", s->text);
}

/* A list of at most `max` sizes. */
static fer_status read_sizes(struct feri_pull *s, size_t max, size_t *n, size_t *out, fer_error *err)
{
    fer_status st = feri_pull_expect(s, '[', err);
    for (*n = 0; st == FER_OK && !feri_pull_take(s, ']'); ++*n) {
        if (*n == max) return feri_fail(err, FER_ERR_FORMAT, "a list of more than %zu sizes", max);
        if (*n) st = feri_pull_expect(s, ',', err);
        if (st == FER_OK) st = feri_pull_size(s, &out[*n], err);
    }
    return st;
}

static fer_status read_offsets(struct feri_pull *s, struct extent *at, fer_error *err)
{
    size_t n, offsets[2];
    fer_status st = read_sizes(s, 2, &n, offsets, err);
    if (st != FER_OK) return st;
    if (n != 2) return feri_fail(err, FER_ERR_FORMAT, "data_offsets of %zu numbers, expected 2", n);
    *at = (struct extent){offsets[0], offsets[1]};
    return FER_OK;
}

static fer_status read_member(struct feri_pull *s, struct entry *e, fer_error *err)
{
    bool *has = strcmp(s->text, "dtype") == 0          ? &e->has_type
                : strcmp(s->text, "shape") == 0        ? &e->has_shape
                : strcmp(s->text, "data_offsets") == 0 ? &e->has_offsets
                                                       : NULL;
    if (!has) return feri_pull_skip(s, err);
    if (*has) return feri_fail(err, FER_ERR_FORMAT, "'%s' occurs twice", s->text);
    *has = true;
    if (has == &e->has_type) return read_dtype(s, e, err);
    if (has == &e->has_shape) return read_sizes(s, FERI_TENSOR_DIMS_MAX, &e->n_dims, e->dims, err);
    return read_offsets(s, &e->at, err);
}

static fer_status check_entry(const struct entry *e, size_t data_size, fer_error *err)
{
    if (!e->has_type || !e->has_shape || !e->has_offsets)
        return feri_fail(err, FER_ERR_FORMAT, "dtype, shape or data_offsets are missing");
    size_t bytes = e->type->size;
    for (size_t i = 0; i < e->n_dims; i++)
        if (!feri_size_mul(bytes, e->dims[i], &bytes)) return feri_fail(err, FER_ERR_FORMAT, "its shape is too large");
    if (e->at.end < e->at.begin || e->at.end > data_size || e->at.end - e->at.begin != bytes)
        return feri_fail(err, FER_ERR_FORMAT, "bytes %zu to %zu, expected %zu bytes within %zu", e->at.begin, e->at.end,
                         bytes, data_size);
    return FER_OK;
}

static fer_status scan_entry(struct feri_pull *s, struct entry *e, size_t data_size, fer_error *err)
{
    size_t n = 0;
    bool more = true;
    fer_status st = feri_pull_expect(s, '{', err);
    while (st == FER_OK && (st = feri_pull_member(s, &n, &more, err)) == FER_OK && more) st = read_member(s, e, err);
    return st == FER_OK ? check_entry(e, data_size, err) : st;
}

/* s->text is the tensor's name. */
static fer_status read_entry(struct feri_pull *s, size_t data_size, struct feri_tensors *out, struct extents *extents,
                             fer_error *err)
{
    struct entry e = {0};
    if (out->n == TENSORS_MAX) return feri_fail(err, FER_ERR_UNSUPPORTED, "more than %zu tensors", TENSORS_MAX);
    if (feri_tensors_find(out, s->text)) return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s' occurs twice", s->text);
    struct feri_tensor *t = feri_tensors_declare(out, s->text, 0, NULL);
    if (!t || !feri_grow(&extents->items, &extents->cap, extents->n + 1, sizeof *extents->items))
        return feri_fail_memory(err, s->length);
    fer_status st = scan_entry(s, &e, data_size, err);
    if (st != FER_OK) return feri_fail_in(err, st, "tensor '%.80s'", t->name);
    t->n_dims = e.n_dims;
    memcpy(t->dims, e.dims, sizeof t->dims);
    t->count = (e.at.end - e.at.begin) / e.type->size;
    t->integral = e.type->integral;
    t->at = e.at.begin;
    t->size = (unsigned char)e.type->size;
    t->type = (unsigned char)(e.type - dtypes);
    t->convert = convert;
    extents->items[extents->n++] = e.at;
    return FER_OK;
}

static int by_begin(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static fer_status check_holes(struct extents *extents, size_t size, fer_error *err)
{
    size_t end = 0;
    if (extents->n) qsort(extents->items, extents->n, sizeof *extents->items, by_begin);
    for (size_t i = 0; i < extents->n; end = extents->items[i++].end)
        if (extents->items[i].begin != end)
            return feri_fail(err, FER_ERR_FORMAT, "data has a hole or an overlap at byte %zu", end);
    if (end != size) return feri_fail(err, FER_ERR_FORMAT, "data is %zu bytes, the header describes %zu", size, end);
    return FER_OK;
}

static fer_status read_pair(struct feri_pull *s, struct feri_tensors *out, fer_error *err)
{
    if (out->n_meta == METADATA_MAX)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "metadata of more than %zu entries", METADATA_MAX);
    if (feri_tensors_meta(out, s->text))
        return feri_fail(err, FER_ERR_FORMAT, "metadata '%.80s' occurs twice", s->text);
    char *key = feri_strdup(s->text);
    fer_status st = key ? FER_OK : feri_fail_memory(err, s->length);
    if (st == FER_OK && !feri_pull_at_string(s))
        st = feri_fail(err, FER_ERR_FORMAT, "metadata '%.80s' is not a string", key);
    if (st == FER_OK) st = feri_pull_string(s, err);
    if (st == FER_OK && !feri_tensors_set_meta(out, key, s->text)) st = feri_fail_memory(err, s->length);
    free(key);
    return st;
}

static fer_status read_metadata(struct feri_pull *s, struct feri_tensors *out, fer_error *err)
{
    size_t n = 0;
    bool more = true;
    fer_status st = feri_pull_expect(s, '{', err);
    while (st == FER_OK && (st = feri_pull_member(s, &n, &more, err)) == FER_OK && more) st = read_pair(s, out, err);
    return st;
}

static fer_status scan_header(struct feri_pull *s, size_t data_size, struct feri_tensors *out, fer_error *err)
{
    struct extents extents = {0};
    size_t n = 0, n_metadata = 0;
    bool more = true;
    fer_status st = feri_pull_expect(s, '{', err);
    while (st == FER_OK && (st = feri_pull_member(s, &n, &more, err)) == FER_OK && more) {
        if (strcmp(s->text, "__metadata__") != 0) st = read_entry(s, data_size, out, &extents, err);
        else if (n_metadata++) st = feri_fail(err, FER_ERR_FORMAT, "__metadata__ occurs twice");
        else st = read_metadata(s, out, err);
    }
    if (st == FER_OK) st = feri_pull_end(s, err);
    if (st == FER_OK) st = check_holes(&extents, data_size, err);
    free(extents.items);
    return st;
}

/* Tensors whose `at` is relative to the end of the header. */
static fer_status read_header(const uint8_t *text, size_t length, size_t data_size, struct feri_tensors *out,
                              fer_error *err)
{
    struct feri_pull s = feri_pull_new((const char *)text, length);
    fer_status st = scan_header(&s, data_size, out, err);
    feri_pull_free(&s);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "safetensors header");
}

/* Load the header. start: the first bytes of the file, FERI_FILE_KIND_BYTES of them if it is that long. */
static fer_status header_length(const uint8_t *start, uint64_t size, size_t *length, fer_error *err)
{
    const char *kind = feri_file_kind(start, size < FERI_FILE_KIND_BYTES ? (size_t)size : FERI_FILE_KIND_BYTES);
    uint64_t n = size < 8 ? UINT64_MAX : little_endian(start, 8);
    *length = (size_t)n;
    if (n <= HEADER_MAX && n <= size - 8) return FER_OK;
    if (kind) return feri_fail(err, FER_ERR_FORMAT, "not weights: %s", kind);
    if (size < 8)
        return feri_fail(err, FER_ERR_FORMAT, "%llu bytes are too few for a safetensors file",
                         (unsigned long long)size);
    return feri_fail(err, FER_ERR_FORMAT, "not a safetensors file: a header of %llu bytes does not fit %llu",
                     (unsigned long long)n, (unsigned long long)size);
}

fer_status feri_safetensors_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err)
{
    size_t length;
    *out = (struct feri_tensors){0};
    fer_status st = header_length(data, size, &length, err);
    if (st == FER_OK) st = read_header(data + 8, length, size - 8 - length, out, err);
    out->memory = st == FER_OK ? data + 8 + length : NULL;
    if (st == FER_OK) st = feri_tensors_load(out, err);
    if (st != FER_OK) feri_tensors_free(out);
    return st;
}

static fer_status open_header(const struct feri_open_file *file, struct feri_tensors *out, fer_error *err)
{
    uint8_t start[FERI_FILE_KIND_BYTES], *text = NULL;
    size_t length = 0, n = file->size < sizeof start ? (size_t)file->size : sizeof start;
    fer_status st = feri_open_file_read(file, 0, n, start, err);
    if (st == FER_OK) st = header_length(start, file->size, &length, err);
    if (st == FER_OK && !(text = malloc(length + 1))) st = feri_fail_memory(err, length);
    if (st == FER_OK) st = feri_open_file_read(file, 8, length, text, err);
    if (st == FER_OK) st = read_header(text, length, (size_t)file->size - 8 - length, out, err);
    free(text);
    for (size_t i = 0; i < out->n; i++) out->items[i].at += 8 + length;
    return st;
}

fer_status feri_safetensors_take(struct feri_open_file *file, struct feri_tensors *out, fer_error *err)
{
    char path[FER_ERROR_TEXT_MAX];
    *out = (struct feri_tensors){0};
    fer_status st = open_header(file, out, err);
    snprintf(path, sizeof path, "%s", file->path);
    out->file = *file;
    if (st == FER_OK) return FER_OK;
    feri_tensors_free(out);
    return feri_fail_in(err, st, "%s", path);
}

fer_status feri_safetensors_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_open_file file;
    *out = (struct feri_tensors){0};
    fer_status st = feri_open_file(path, &file, err);
    if (st == FER_OK) st = feri_safetensors_take(&file, out, err);
    if (st != FER_OK || (st = feri_tensors_load(out, err)) == FER_OK) return st;
    feri_tensors_free(out);
    return feri_fail_in(err, st, "%s", path);
}
