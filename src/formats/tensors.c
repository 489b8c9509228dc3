#include "formats/tensors.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void feri_tensors_free(struct feri_tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->items[i].name);
        feri_free(t->items[i].data);
    }
    for (size_t i = 0; i < t->n_meta; i++) {
        free(t->meta[i].key);
        free(t->meta[i].value);
    }
    free(t->items);
    free(t->meta);
    feri_hash_free(&t->by_name);
    feri_hash_free(&t->by_key);
    feri_open_file_close(&t->file);
    *t = (struct feri_tensors){0};
}

static const char *tensor_name(const void *tensors, size_t i)
{
    return ((const struct feri_tensors *)tensors)->items[i].name;
}

static const char *meta_key(const void *tensors, size_t i)
{
    return ((const struct feri_tensors *)tensors)->meta[i].key;
}

struct feri_tensor *feri_tensors_declare(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims)
{
    if (n_dims > FERI_TENSOR_DIMS_MAX) return NULL;
    struct feri_tensor new = {.n_dims = n_dims, .count = 1};
    size_t size;
    for (size_t i = 0; i < n_dims; i++) {
        new.dims[i] = dims[i];
        if (!feri_size_mul(new.count, dims[i], &new.count)) return NULL;
    }
    if (!feri_size_mul(new.count, sizeof(float), &size) || !feri_grow(&t->items, &t->cap, t->n + 1, sizeof *t->items))
        return NULL;
    new.name = feri_strdup(name);
    if (!new.name || !feri_hash_add(&t->by_name, new.name, t->n)) {
        free(new.name);
        return NULL;
    }
    t->items[t->n] = new;
    return &t->items[t->n++];
}

struct feri_tensor *feri_tensors_add(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims)
{
    size_t count = 1, size;
    for (size_t i = 0; i < n_dims; i++)
        if (!feri_size_mul(count, dims[i], &count)) return NULL;
    float *data = feri_size_mul(count, sizeof *data, &size) ? feri_alloc(size) : NULL;
    struct feri_tensor *q = data ? feri_tensors_declare(t, name, n_dims, dims) : NULL;
    if (q) q->data = data;
    else feri_free(data);
    return q;
}

bool feri_tensors_index(struct feri_tensors *t)
{
    feri_hash_free(&t->by_name);
    for (size_t i = 0; i < t->n; i++)
        if (!feri_hash_add(&t->by_name, t->items[i].name, i)) return false;
    return true;
}

const struct feri_tensor *feri_tensors_find(const struct feri_tensors *t, const char *name)
{
    size_t i = feri_hash_find(&t->by_name, name, tensor_name, t);
    return i == FERI_HASH_NONE ? NULL : &t->items[i];
}

bool feri_tensors_set_meta(struct feri_tensors *t, const char *key, const char *value)
{
    char *copy = feri_strdup(value);
    if (!copy) return false;
    size_t i = feri_hash_find(&t->by_key, key, meta_key, t);
    if (i != FERI_HASH_NONE) {
        free(t->meta[i].value);
        t->meta[i].value = copy;
        return true;
    }
    char *name = feri_strdup(key);
    if (!name || !feri_grow(&t->meta, &t->cap_meta, t->n_meta + 1, sizeof *t->meta) ||
        !feri_hash_add(&t->by_key, name, t->n_meta)) {
        free(name);
        free(copy);
        return false;
    }
    t->meta[t->n_meta++] = (struct feri_pair){name, copy};
    return true;
}

const char *feri_tensors_meta(const struct feri_tensors *t, const char *key)
{
    size_t i = feri_hash_find(&t->by_key, key, meta_key, t);
    return i == FERI_HASH_NONE ? NULL : t->meta[i].value;
}

/* Read in pieces, so that memory never holds all bytes of the file in addition to the converted numbers. */
static fer_status get_from_file(const struct feri_tensors *t, const struct feri_tensor *q, float *out, fer_error *err)
{
    uint8_t piece[32768];
    fer_status st = FER_OK;
    for (size_t done = 0, n; done < q->count && st == FER_OK; done += n) {
        n = q->count - done < sizeof piece / q->size ? q->count - done : sizeof piece / q->size;
        st = feri_open_file_read(&t->file, q->at + done * q->size, n * q->size, piece, err);
        if (st == FER_OK) q->convert(q->type, piece, n, out + done);
    }
    return st;
}

fer_status feri_tensor_get(const struct feri_tensors *t, const struct feri_tensor *q, float *out, fer_error *err)
{
    if (q->data) memcpy(out, q->data, q->count * sizeof *out);
    else if (t->memory) q->convert(q->type, t->memory + q->at, q->count, out);
    else return get_from_file(t, q, out, err);
    return FER_OK;
}

fer_status feri_tensors_load(struct feri_tensors *t, fer_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        struct feri_tensor *q = &t->items[i];
        if (q->data) continue;
        float *data = feri_alloc(q->count * sizeof *data);
        fer_status st = data ? feri_tensor_get(t, q, data, err) : feri_fail_memory(err, q->count * sizeof *data);
        if (st != FER_OK) {
            feri_free(data);
            return st;
        }
        q->data = data;
    }
    feri_open_file_close(&t->file);
    t->memory = NULL;
    return FER_OK;
}

fer_status feri_tensors_check_reads(const struct feri_tensors *t, fer_status st, fer_error *err)
{
    if (!t->failed) return st;
    return feri_fail(err, FER_ERR_IO,
                     "%s: its weights cannot be read, or the file has changed since it was opened; write to a new file "
                     "and rename that instead",
                     t->file.path ? t->file.path : "weights");
}
