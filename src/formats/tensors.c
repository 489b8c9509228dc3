#include "formats/tensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LANES 8 /* halves of a block, which takes fewer instructions than one by one */

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
    size_t size = feri_safetensors_get(q, out);
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

fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    fer_status st = feri_tensors_map(path, out, err);
    if (st == FER_OK && (st = feri_tensors_load(out, err)) != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_tensors_map(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_tensors){0};
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    bool zip = file.size >= 4 && memcmp(file.data, "PK\3\4", 4) == 0;
    bool pickle = file.size >= 2 && file.data[0] == 0x80 && file.data[1] >= 2 && file.data[1] <= 5;
    bool pth = zip || pickle;
    st = pth ? feri_pth_parse(file.data, file.size, out, err) : feri_safetensors_index(file.data, file.size, out, err);
    if (st == FER_OK && !pth) out->file = file;
    else feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

/* ---- half precision ---- */

/* Bits of a half to those of the float. In a float's place exponent and mantissa tell 2^-112 times the value, subnormal
 * or not; infinity and NaN get the exponent's other bits. Without branches: weights are read in blocks. */
static inline uint32_t widen(uint32_t h)
{
    uint32_t bits = (h & 0x7FFF) << 13, special = (h & 0x7C00) == 0x7C00 ? 0x7F800000 : 0;
    float value;
    memcpy(&value, &bits, sizeof value);
    value *= 0x1p112f;
    memcpy(&bits, &value, sizeof bits);
    return bits | special | (h & 0x8000) << 16;
}

float feri_half_to_float(uint16_t h)
{
    uint32_t bits = widen(h);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

void feri_halves_to_floats(const uint8_t *halves, size_t n, float *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        uint32_t bits[LANES];
        for (size_t l = 0; l < LANES; l++)
            bits[l] = widen((uint32_t)halves[2 * (i + l)] | (uint32_t)halves[2 * (i + l) + 1] << 8);
        memcpy(out + i, bits, sizeof bits);
    }
    for (; i < n; i++) out[i] = feri_half_to_float((uint16_t)(halves[2 * i] | halves[2 * i + 1] << 8));
}

uint16_t feri_float_to_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000) return (uint16_t)(sign | 0x7E00 | (rest >> 13 & 0x1FF)); /* NaN */
    if (rest >= 0x477FF000) return (uint16_t)(sign | 0x7C00);                       /* rounds to 65536 or more */
    if (rest < 0x38800000) {                                                        /* below 2^-14: subnormal */
        float magnitude;
        memcpy(&magnitude, &rest, sizeof magnitude);
        magnitude +=
            0.5f; /* the float's last place is now 2^-24, half's smallest step: the addition rounds to nearest even */
        uint32_t rounded;
        memcpy(&rounded, &magnitude, sizeof rounded);
        return (uint16_t)(sign | (rounded - 0x3F000000));
    }
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest + 0xFFF + odd - 0x38000000) >> 13);
}
