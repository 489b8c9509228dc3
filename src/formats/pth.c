/* PyTorch's .pt / .pth since 1.6: a zip with <root>/data.pkl, a pickle that describes the tensors, and
 * <root>/data/<key>, their storages. */
#include "formats/pth.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/half.h"
#include "formats/libarchive.h"
#include "formats/pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DICTIONARIES_MAX 64 /* looked into for the state_dict: they may hold one another, and themselves */

struct member {
    char *name;
    uint8_t *data;
    size_t size;
};

struct container {
    struct feri_libarchive lib;
    struct member *members;
    size_t n, cap;
    size_t file_size, unpacked;
};

/* ---- the zip ---- */

static void container_free(struct container *z)
{
    for (size_t i = 0; i < z->n; i++) {
        free(z->members[i].name);
        free(z->members[i].data);
    }
    free(z->members);
}

static fer_status read_member(struct container *z, struct archive *a, struct archive_entry *e, fer_error *err)
{
    const char *name = z->lib.entry_pathname(e);
    int64_t size = z->lib.entry_size(e);
    /* torch.save() stores members uncompressed, so all together are no larger than the file: no decompression bombs. */
    if (!name || !z->lib.entry_size_is_set(e) || size < 0 || (uint64_t)size > z->file_size - z->unpacked)
        return feri_fail(err, FER_ERR_FORMAT, "zip: a member's size does not fit the file");
    z->unpacked += (size_t)size;
    if (!feri_grow(&z->members, &z->cap, z->n + 1, sizeof *z->members))
        return feri_fail(err, FER_ERR_MEMORY, "zip: out of memory");
    struct member m = {feri_strdup(name), malloc((size_t)size + 1), (size_t)size};
    if (!m.name || !m.data || z->lib.read_data(a, m.data, m.size) != (la_ssize_t)m.size) {
        fer_status st = m.name && m.data
                            ? feri_fail(err, FER_ERR_FORMAT, "zip: member '%.100s' is cut off or corrupt", name)
                            : feri_fail_memory(err, m.size);
        free(m.name);
        free(m.data);
        return st;
    }
    z->members[z->n++] = m;
    return FER_OK;
}

static fer_status read_zip(const uint8_t *data, size_t size, struct container *z, fer_error *err)
{
    struct archive_entry *e;
    fer_status st = feri_libarchive_find(&z->lib, err);
    if (st != FER_OK) return st;
    struct archive *a = z->lib.read_new();
    if (!a) return feri_fail(err, FER_ERR_MEMORY, "zip: out of memory");
    z->lib.read_support_format_zip(a);
    int code = z->lib.read_open_memory(a, data, size);
    while (code >= ARCHIVE_WARN && st == FER_OK && (code = z->lib.read_next_header(a, &e)) >= ARCHIVE_WARN &&
           code != ARCHIVE_EOF)
        st = read_member(z, a, e, err);
    if (st == FER_OK && code != ARCHIVE_EOF) st = feri_fail(err, FER_ERR_FORMAT, "zip: %s", z->lib.error_string(a));
    z->lib.read_free(a);
    return st;
}

static const struct member *find_member(const struct container *z, const char *root, size_t root_length,
                                        const char *rest, size_t rest_length)
{
    for (size_t i = 0; i < z->n; i++) {
        const char *name = z->members[i].name;
        if (strlen(name) == root_length + rest_length && memcmp(name, root, root_length) == 0 &&
            memcmp(name + root_length, rest, rest_length) == 0)
            return &z->members[i];
    }
    return NULL;
}

/* ---- the state_dict within the pickle ---- */

static bool has_tensors(const struct feri_pickle *p, const struct feri_pickle_node *dict)
{
    for (size_t i = 1; i < dict->n; i += 2)
        if (p->values[dict->items[i]].type == FERI_PICKLE_TENSOR &&
            p->values[dict->items[i - 1]].type == FERI_PICKLE_STRING)
            return true;
    return false;
}

static bool is_text(const struct feri_pickle_node *v, const char *text)
{
    return v->type == FERI_PICKLE_STRING && v->length == strlen(text) && memcmp(v->text, text, v->length) == 0;
}

/* Itself, or under one of the names that training scripts use. */
static const struct feri_pickle_node *find_state_dict(const struct feri_pickle *p, const struct feri_pickle_node *v,
                                                      int *budget)
{
    static const char *const wrappers[] = {"state_dict", "model_state_dict", "model", "net",
                                           "network",    "module",           "ema",   "weights"};
    if (v->type != FERI_PICKLE_DICT || *budget == 0) return NULL;
    --*budget;
    if (has_tensors(p, v)) return v;
    for (size_t w = 0; w < sizeof wrappers / sizeof *wrappers; w++)
        for (size_t i = 1; i < v->n; i += 2)
            if (is_text(&p->values[v->items[i - 1]], wrappers[w])) {
                const struct feri_pickle_node *found = find_state_dict(p, &p->values[v->items[i]], budget);
                if (found) return found;
            }
    return NULL;
}

/* ---- tensors ---- */

static size_t dtype_size(const char *dtype)
{
    if (strcmp(dtype, "Double") == 0 || strcmp(dtype, "Long") == 0) return 8;
    if (strcmp(dtype, "Float") == 0 || strcmp(dtype, "Int") == 0) return 4;
    return strcmp(dtype, "Half") == 0 || strcmp(dtype, "BFloat16") == 0 || strcmp(dtype, "Short") == 0 ? 2 : 1;
}

static float number(const char *dtype, const uint8_t *p)
{
    uint64_t bits = 0;
    for (size_t i = dtype_size(dtype); i-- > 0;) bits = bits << 8 | p[i];
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (dtype[0]) {
    case 'F': memcpy(&f, &low, sizeof f); return f;
    case 'D': memcpy(&d, &bits, sizeof d); return (float)d;
    case 'H': return feri_half_to_float((uint16_t)bits);
    case 'L': return (float)(int64_t)bits;
    case 'I': return (float)(int32_t)low;
    case 'S': return (float)(int16_t)low;
    case 'C': return (float)(int8_t)low;
    default: break;
    }
    if (strcmp(dtype, "BFloat16") != 0) return (float)bits; /* Byte, Bool */
    low <<= 16;
    memcpy(&f, &low, sizeof f);
    return f;
}

/* Whether every element lies within `count` elements of storage. */
static bool fits(const struct feri_pickle_node *t, size_t elements, size_t limit, size_t *count)
{
    size_t last = t->offset;
    *count = 1;
    for (size_t i = 0; i < t->n_dims; i++) {
        size_t span;
        if (!feri_size_mul(*count, t->dims[i], count)) return false;
        if (t->dims[i] == 0) continue;
        if (!feri_size_mul(t->dims[i] - 1, t->strides[i], &span) || !feri_size_add(last, span, &last)) return false;
    }
    return *count == 0 || (last < elements && *count <= limit);
}

static void copy_elements(const struct feri_pickle_node *t, const char *dtype, const uint8_t *data,
                          struct feri_tensor *out)
{
    size_t index[FERI_TENSOR_DIMS_MAX] = {0}, size = dtype_size(dtype);
    for (size_t i = 0; i < out->count; i++) {
        size_t at = t->offset;
        for (size_t d = 0; d < t->n_dims; d++) at += index[d] * t->strides[d];
        out->data[i] = number(dtype, data + at * size);
        for (size_t d = t->n_dims; d-- > 0;) {
            if (++index[d] < t->dims[d]) break;
            index[d] = 0;
        }
    }
}

struct source {
    const struct container *z;
    const struct feri_pickle *p;
    const char *root;
    size_t root_length;
    size_t budget; /* elements still allowed: tensors may share a storage, but not without end */
};

static fer_status add_tensor(struct source *s, const char *name, const struct feri_pickle_node *t,
                             struct feri_tensors *out, fer_error *err)
{
    const struct feri_pickle_node *storage = &s->p->values[t->storage];
    char key[160];
    size_t count;
    if (storage->length > 128)
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': a storage key of %zu bytes", name, storage->length);
    int n = snprintf(key, sizeof key, "data/%.*s", (int)storage->length, storage->text);
    const struct member *m = find_member(s->z, s->root, s->root_length, key, (size_t)n);
    if (!m) return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': its storage '%s' is missing", name, key);
    if (!fits(t, m->size / dtype_size(storage->dtype), s->budget, &count))
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s' does not fit its storage of %zu bytes", name, m->size);
    s->budget -= count;
    struct feri_tensor *tensor = feri_tensors_add(out, name, t->n_dims, t->dims);
    if (!tensor) return feri_fail_memory(err, count * sizeof(float));
    tensor->integral = strcmp(storage->dtype, "Long") == 0;
    copy_elements(t, storage->dtype, m->data, tensor);
    return FER_OK;
}

/* nn.DataParallel puts "module." before every name. */
static size_t common_prefix(const struct feri_pickle *p, const struct feri_pickle_node *dict)
{
    static const char prefix[] = "module.";
    for (size_t i = 1; i < dict->n; i += 2) {
        const struct feri_pickle_node *key = &p->values[dict->items[i - 1]];
        if (p->values[dict->items[i]].type != FERI_PICKLE_TENSOR) continue;
        if (key->type != FERI_PICKLE_STRING || key->length < sizeof prefix ||
            memcmp(key->text, prefix, sizeof prefix - 1) != 0)
            return 0;
    }
    return sizeof prefix - 1;
}

static fer_status add_tensors(struct source *s, const struct feri_pickle_node *dict, struct feri_tensors *out,
                              fer_error *err)
{
    size_t prefix = common_prefix(s->p, dict);
    for (size_t i = 1; i < dict->n; i += 2) {
        const struct feri_pickle_node *key = &s->p->values[dict->items[i - 1]], *value = &s->p->values[dict->items[i]];
        char name[512];
        if (key->type != FERI_PICKLE_STRING || value->type != FERI_PICKLE_TENSOR) continue;
        if (key->length - prefix >= sizeof name || memchr(key->text, 0, key->length))
            return feri_fail(err, FER_ERR_FORMAT, "a tensor's name has %zu bytes", key->length);
        memcpy(name, key->text + prefix, key->length - prefix);
        name[key->length - prefix] = '\0';
        if (feri_tensors_find(out, name))
            return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s' stands there twice", name);
        fer_status st = add_tensor(s, name, value, out, err);
        if (st != FER_OK) return st;
    }
    return FER_OK;
}

static fer_status parse_container(const struct container *z, struct feri_tensors *out, fer_error *err)
{
    static const char tail[] = "data.pkl";
    const struct member *pickle = NULL;
    for (size_t i = 0; i < z->n && !pickle; i++) {
        size_t n = strlen(z->members[i].name);
        if (n >= sizeof tail - 1 && strcmp(z->members[i].name + n - (sizeof tail - 1), tail) == 0)
            pickle = &z->members[i];
    }
    if (!pickle) return feri_fail(err, FER_ERR_FORMAT, "a zip without data.pkl is no PyTorch checkpoint");
    struct feri_pickle p;
    fer_status st = feri_pickle_parse(pickle->data, pickle->size, &p, err);
    if (st != FER_OK) return st;
    int budget = DICTIONARIES_MAX;
    const struct feri_pickle_node *dict = find_state_dict(&p, &p.values[p.result], &budget);
    struct source s = {z, &p, pickle->name, strlen(pickle->name) - (sizeof tail - 1), z->file_size};
    if (dict) st = add_tensors(&s, dict, out, err);
    else st = feri_fail(err, FER_ERR_UNSUPPORTED, "no state_dict in it; save model.state_dict(), not the model itself");
    feri_pickle_free(&p);
    return st;
}

fer_status feri_pth_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err)
{
    *out = (struct feri_tensors){0};
    if (size < 4 || memcmp(data, "PK\3\4", 4) != 0)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "not the zip format of PyTorch 1.6 and later; load it there and torch.save() it again");
    struct container z = {.file_size = size};
    fer_status st = read_zip(data, size, &z, err);
    if (st == FER_OK) st = parse_container(&z, out, err);
    container_free(&z);
    if (st != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_pth_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_tensors){0};
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_pth_parse(file.data, file.size, out, err);
    feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}
