#include "formats/tensors.h"

#include "base/error.h"
#include "base/file.h"
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
    feri_file_unmap(&t->file);
    *t = (struct feri_tensors){0};
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
    if (!new.name) return NULL;
    t->items[t->n] = new;
    return &t->items[t->n++];
}

struct feri_tensor *feri_tensors_add(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims)
{
    struct feri_tensor *q = feri_tensors_declare(t, name, n_dims, dims);
    if (!q) return NULL;
    q->data = feri_alloc(q->count * sizeof *q->data);
    if (q->data) return q;
    free(q->name);
    t->n--;
    return NULL;
}

const struct feri_tensor *feri_tensors_find(const struct feri_tensors *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->items[i].name, name) == 0) return &t->items[i];
    return NULL;
}

bool feri_tensors_set_meta(struct feri_tensors *t, const char *key, const char *value)
{
    char *copy = feri_strdup(value);
    if (!copy) return false;
    for (size_t i = 0; i < t->n_meta; i++) {
        if (strcmp(t->meta[i].key, key) != 0) continue;
        free(t->meta[i].value);
        t->meta[i].value = copy;
        return true;
    }
    char *name = feri_strdup(key);
    if (!name || !feri_grow(&t->meta, &t->cap_meta, t->n_meta + 1, sizeof *t->meta)) {
        free(name);
        free(copy);
        return false;
    }
    t->meta[t->n_meta++] = (struct feri_pair){name, copy};
    return true;
}

const char *feri_tensors_meta(const struct feri_tensors *t, const char *key)
{
    for (size_t i = 0; i < t->n_meta; i++)
        if (strcmp(t->meta[i].key, key) == 0) return t->meta[i].value;
    return NULL;
}

void feri_tensor_get(const struct feri_tensors *t, const struct feri_tensor *q, float *out)
{
    if (q->data) {
        memcpy(out, q->data, q->count * sizeof *out);
        return;
    }
    size_t size = q->convert(q, out);
    /* Weights are read once: without this, the whole file would stay in memory beside what is made of it. */
    if (t->file.size) feri_file_release(&t->file, q->bytes, size);
}

fer_status feri_tensors_load(struct feri_tensors *t, fer_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        struct feri_tensor *q = &t->items[i];
        if (q->data) continue;
        float *data = feri_alloc(q->count * sizeof *data);
        if (!data) return feri_fail_memory(err, q->count * sizeof *data);
        feri_tensor_get(t, q, data);
        q->data = data;
    }
    feri_file_unmap(&t->file);
    return FER_OK;
}
