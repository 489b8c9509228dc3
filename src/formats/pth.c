/* PyTorch's .pt / .pth since 1.6: a zip with <root>/data.pkl, a pickle that describes the tensors, and
 * <root>/data/<key>, their storages. */
#include "formats/pth.h"

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "formats/file_kind.h"
#include "formats/half.h"
#include "formats/libarchive.h"
#include "formats/pickle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_HERE 512 /* bytes of a member's name, and of a tensor's */
/* number of values searched for the state_dict, because they may contain each other and themselves */
#define DICTIONARIES_MAX 64

struct member {
    char *name;
    const uint8_t *data; /* in the file */
    uint8_t *copy;       /* what is not in one piece there */
    size_t size;
};

struct container {
    struct feri_libarchive lib;
    const uint8_t *file;
    size_t file_size, unpacked;
    struct member *members;
    size_t n, cap;
    struct feri_hash by_name;
};

/* ---- the zip ---- */

static void container_free(struct container *z)
{
    for (size_t i = 0; i < z->n; i++) {
        free(z->members[i].name);
        free(z->members[i].copy);
    }
    free(z->members);
    feri_hash_free(&z->by_name);
}

static const char *member_name(const void *container, size_t i)
{
    return ((const struct container *)container)->members[i].name;
}

static bool lies_in_file(const struct container *z, const uint8_t *p, size_t n)
{
    uintptr_t at = (uintptr_t)p, begin = (uintptr_t)z->file;
    return at >= begin && n <= z->file_size && at - begin <= z->file_size - n;
}

static bool copy_block(struct member *m, const void *block, size_t n, int64_t at)
{
    if (at < 0 || (uint64_t)at > m->size || n > m->size - (size_t)at) return false;
    if (!m->copy && !(m->copy = calloc(m->size + 1, 1))) return false;
    m->data = m->copy;
    if (n) memcpy(m->copy + at, block, n);
    return true;
}

/* torch.save() stores members in one piece, and they stay in the file. The read after the last one verifies the
 * checksum.
 */
static bool read_blocks(const struct container *z, struct archive *a, struct member *m)
{
    const void *block;
    size_t n = 0, done = 0;
    la_int64_t at = 0;
    int code;
    while ((code = z->lib.read_data_block(a, &block, &n, &at)) == ARCHIVE_OK) {
        if (n == m->size && at == 0 && !m->data && lies_in_file(z, block, n)) m->data = block;
        else if (n && !copy_block(m, block, n, at)) return false;
        done += n;
    }
    return code == ARCHIVE_EOF && done == m->size;
}

static fer_status keep_member(struct container *z, struct member m, fer_error *err)
{
    if (!feri_grow(&z->members, &z->cap, z->n + 1, sizeof *z->members))
        return feri_fail_memory(err, (z->n + 1) * sizeof *z->members);
    z->members[z->n] = m;
    if (!feri_hash_add(&z->by_name, m.name, z->n)) return feri_fail_memory(err, z->n);
    z->n++;
    return FER_OK;
}

static fer_status read_member(struct container *z, struct archive *a, struct archive_entry *e, fer_error *err)
{
    const char *name = z->lib.entry_pathname(e);
    int64_t size = z->lib.entry_size(e);
    /* torch.save() stores members uncompressed, so their total is at most the file's size. This excludes decompression
     * bombs. */
    if (!name || !z->lib.entry_size_is_set(e) || size < 0 || (uint64_t)size > z->file_size - z->unpacked)
        return feri_fail(err, FER_ERR_FORMAT, "zip: a member's size does not fit the file");
    z->unpacked += (size_t)size;
    struct member m = {.name = feri_strdup(name), .data = size ? NULL : z->file, .size = (size_t)size};
    fer_status st = m.name ? FER_OK : feri_fail_memory(err, strlen(name));
    if (st == FER_OK && !read_blocks(z, a, &m))
        st = feri_fail(err, FER_ERR_FORMAT, "zip: member '%.100s' is cut off or corrupt", name);
    if (st == FER_OK && (st = keep_member(z, m, err)) == FER_OK) return FER_OK;
    free(m.name);
    free(m.copy);
    return st;
}

static fer_status read_zip(struct container *z, fer_error *err)
{
    struct archive_entry *e;
    fer_status st = feri_libarchive_find(&z->lib, err);
    if (st != FER_OK) return st;
    struct archive *a = z->lib.read_new();
    if (!a) return feri_fail(err, FER_ERR_MEMORY, "zip: out of memory");
    errno = 0; /* of malloc(): libarchive has other words for it */
    int code = z->lib.read_support_format_zip(a);
    if (code >= ARCHIVE_WARN) code = z->lib.read_open_memory(a, z->file, z->file_size);
    while (code >= ARCHIVE_WARN && st == FER_OK && (code = z->lib.read_next_header(a, &e)) >= ARCHIVE_WARN &&
           code != ARCHIVE_EOF)
        st = read_member(z, a, e, err);
    const char *text = z->lib.error_string(a);
    if (st == FER_OK && code != ARCHIVE_EOF)
        st = feri_fail(err, FER_ERR_FORMAT, "zip: %s", text ? text : "cannot be read");
    if (st == FER_ERR_FORMAT && errno == ENOMEM) st = feri_fail(err, FER_ERR_MEMORY, "zip: out of memory");
    z->lib.read_free(a);
    return st;
}

/* The member with the name <root><rest>. NULL: there is none. */
static const struct member *find_member(const struct container *z, const char *root, const char *rest)
{
    char name[NAME_MAX_HERE];
    int n = snprintf(name, sizeof name, "%s%s", root, rest);
    size_t i = n > 0 && (size_t)n < sizeof name ? feri_hash_find(&z->by_name, name, member_name, z) : FERI_HASH_NONE;
    return i == FERI_HASH_NONE ? NULL : &z->members[i];
}

/* ---- the state_dict in the pickle ---- */

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

/* The value itself, or one of the names that training scripts use for it. */
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

static float number(const char *dtype, bool big_endian, const uint8_t *p)
{
    uint64_t bits = 0;
    size_t size = dtype_size(dtype);
    for (size_t i = 0; i < size; i++) bits = bits << 8 | p[big_endian ? i : size - 1 - i];
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

/* Whether every element is within `count` elements of storage. */
static bool fits(const struct feri_pickle_tensor *t, size_t elements, size_t limit, size_t *count)
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

static void copy_elements(const struct feri_pickle_tensor *t, const char *dtype, bool big_endian, const uint8_t *data,
                          struct feri_tensor *out)
{
    size_t index[FERI_TENSOR_DIMS_MAX] = {0}, size = dtype_size(dtype);
    for (size_t i = 0; i < out->count; i++) {
        size_t at = t->offset;
        for (size_t d = 0; d < t->n_dims; d++) at += index[d] * t->strides[d];
        out->data[i] = number(dtype, big_endian, data + at * size);
        for (size_t d = t->n_dims; d-- > 0;) {
            if (++index[d] < t->dims[d]) break;
            index[d] = 0;
        }
    }
}

struct source {
    const struct container *z;
    const struct feri_pickle *p;
    char root[NAME_MAX_HERE]; /* the folder of data.pkl */
    bool big_endian;
    size_t budget; /* remaining number of elements: tensors may share a storage, but not without limit */
};

/* Since PyTorch 2.0 a member contains the byte order of the machine. */
static fer_status read_byteorder(struct source *s, fer_error *err)
{
    const struct member *m = find_member(s->z, s->root, "byteorder");
    if (!m) return FER_OK;
    s->big_endian = m->size == 3 && memcmp(m->data, "big", 3) == 0;
    if (s->big_endian || (m->size == 6 && memcmp(m->data, "little", 6) == 0)) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED, "byteorder is '%.*s', expected 'little' or 'big'",
                     (int)(m->size < 40 ? m->size : 40), m->data ? (const char *)m->data : "");
}

static fer_status add_tensor(struct source *s, const char *name, const struct feri_pickle_tensor *t,
                             struct feri_tensors *out, fer_error *err)
{
    const struct feri_pickle_node *storage = &s->p->values[t->storage];
    char key[160];
    size_t count;
    if (storage->length > 128)
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': a storage key of %zu bytes", name,
                         (size_t)storage->length);
    snprintf(key, sizeof key, "data/%.*s", (int)storage->length, storage->text);
    const struct member *m = find_member(s->z, s->root, key);
    if (!m) return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s': its storage '%s' is missing", name, key);
    if (!fits(t, m->size / dtype_size(storage->dtype), s->budget, &count))
        return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s' does not fit its storage of %zu bytes", name, m->size);
    s->budget -= count;
    struct feri_tensor *tensor = feri_tensors_add(out, name, t->n_dims, t->dims);
    if (!tensor) return feri_fail_memory(err, count * sizeof(float));
    tensor->integral = strcmp(storage->dtype, "Long") == 0;
    copy_elements(t, storage->dtype, s->big_endian, m->data, tensor);
    return FER_OK;
}

/* nn.DataParallel adds "module." before every name. */
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
        char name[NAME_MAX_HERE];
        if (key->type != FERI_PICKLE_STRING || value->type != FERI_PICKLE_TENSOR) continue;
        if (key->length - prefix >= sizeof name || memchr(key->text, 0, key->length))
            return feri_fail(err, FER_ERR_FORMAT, "a tensor's name has %zu bytes", (size_t)key->length);
        memcpy(name, key->text + prefix, key->length - prefix);
        name[key->length - prefix] = '\0';
        if (feri_tensors_find(out, name)) return feri_fail(err, FER_ERR_FORMAT, "tensor '%.80s' occurs twice", name);
        fer_status st = add_tensor(s, name, value->tensor, out, err);
        if (st != FER_OK) return st;
    }
    return FER_OK;
}

static const char *const pickle_name = "data.pkl";

/* Other zips that are called weights. */
static fer_status no_checkpoint(const struct container *z, fer_error *err)
{
    const char *name = z->n ? z->members[0].name : "";
    size_t length = strlen(name);
    if (find_member(z, "", "model.weights.h5"))
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "a Keras model; expected weights: convert them to safetensors with Python first");
    if (length > 4 && strcmp(name + length - 4, ".npy") == 0)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "an .npz of NumPy arrays; expected weights: save them as safetensors instead");
    return feri_fail(err, FER_ERR_FORMAT, "a zip without data.pkl is no PyTorch checkpoint");
}

static fer_status no_state_dict(const struct source *s, fer_error *err)
{
    if (find_member(s->z, s->root, "constants.pkl"))
        return feri_fail(
            err, FER_ERR_UNSUPPORTED,
            "a TorchScript program with no state_dict in it; save torch.jit.load(...).state_dict() instead");
    return feri_fail(err, FER_ERR_UNSUPPORTED, "no state_dict in it; save model.state_dict(), not the model itself");
}

static const struct member *find_pickle(const struct container *z)
{
    size_t tail = strlen(pickle_name);
    for (size_t i = 0; i < z->n; i++) {
        size_t n = strlen(z->members[i].name);
        if (n >= tail && strcmp(z->members[i].name + n - tail, pickle_name) == 0) return &z->members[i];
    }
    return NULL;
}

static fer_status parse_container(const struct container *z, struct feri_tensors *out, fer_error *err)
{
    const struct member *pickle = find_pickle(z);
    struct source s = {.z = z, .budget = z->file_size};
    struct feri_pickle p;
    if (!pickle) return no_checkpoint(z, err);
    size_t root = strlen(pickle->name) - strlen(pickle_name);
    if (root >= sizeof s.root) return feri_fail(err, FER_ERR_FORMAT, "zip: a member's name has %zu bytes", root);
    memcpy(s.root, pickle->name, root);
    fer_status st = read_byteorder(&s, err);
    if (st == FER_OK) st = feri_pickle_parse(pickle->data, pickle->size, &p, err);
    if (st != FER_OK) return st;
    s.p = &p;
    int budget = DICTIONARIES_MAX;
    const struct feri_pickle_node *dict = find_state_dict(&p, &p.values[p.result], &budget);
    st = dict ? add_tensors(&s, dict, out, err) : no_state_dict(&s, err);
    feri_pickle_free(&p);
    return st;
}

static fer_status not_a_zip(const uint8_t *data, size_t size, fer_error *err)
{
    if (size < 2 || data[0] != 0x80)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "not weights: %s", feri_file_kind_text(data, size));
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "not the zip format of PyTorch 1.6 and later; load it there and torch.save() it again");
}

fer_status feri_pth_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err)
{
    *out = (struct feri_tensors){0};
    if (size < 4 || memcmp(data, "PK\3\4", 4) != 0) return not_a_zip(data, size, err);
    struct container z = {.file = data, .file_size = size};
    fer_status st = read_zip(&z, err);
    if (st == FER_OK) st = parse_container(&z, out, err);
    container_free(&z);
    if (st != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_pth_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_tensors){0};
    fer_status st = feri_file_load(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_pth_parse(file.data, file.size, out, err);
    feri_bytes_free(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}
