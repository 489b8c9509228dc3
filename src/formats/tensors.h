/* Named tensors, as every checkpoint format holds them: name, shape, float32 data in PyTorch's row-major order. */
#ifndef FERI_FORMATS_TENSORS_H
#define FERI_FORMATS_TENSORS_H

#include "base/file.h"

#include <stdbool.h>

#define FERI_TENSOR_DIMS_MAX 8

struct feri_tensor {
    char *name;
    size_t n_dims, dims[FERI_TENSOR_DIMS_MAX]; /* n_dims 0: a scalar, count 1 */
    size_t count;
    float *data; /* [count]; integers of the file are converted. NULL: still in the file, see feri_tensors_map() */
    const uint8_t *bytes; /* the file's, where data is NULL */
    unsigned char type;   /* of bytes */
    bool integral;        /* an int64 in the file (batch norm's counters); written as I64 again */
};

struct feri_pair {
    char *key, *value;
};

struct feri_tensors {
    struct feri_tensor *items;
    size_t n, cap;
    struct feri_pair *meta; /* string -> string */
    size_t n_meta, cap_meta;
    struct feri_bytes file; /* what tensors without data lie in */
};

void feri_tensors_free(struct feri_tensors *t);
/** Append a tensor without data; NULL when out of memory or the product overflows. */
struct feri_tensor *feri_tensors_declare(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims);
/** Append a tensor with uninitialised data of dims' product; NULL when out of memory or the product overflows. */
struct feri_tensor *feri_tensors_add(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims);
const struct feri_tensor *feri_tensors_find(const struct feri_tensors *t, const char *name);
/** Set or replace a metadata entry; false when out of memory. */
bool feri_tensors_set_meta(struct feri_tensors *t, const char *key, const char *value);
/** NULL if there is none. */
const char *feri_tensors_meta(const struct feri_tensors *t, const char *key);

enum feri_dtype { FERI_DTYPE_F32, FERI_DTYPE_F16 };

/** Read / write safetensors (u64 LE header length, JSON header, data; F32, F16, BF16, F64, I64, I32, U8, BOOL are
 * read). */
fer_status feri_safetensors_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
fer_status feri_safetensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** Atomic. F16: floating tensors are rounded to half, to nearest even; a value beyond its range is FER_ERR_NUMERIC.
 * Same input, same bytes. */
fer_status feri_safetensors_write(const char *path, const struct feri_tensors *t, enum feri_dtype dtype,
                                  fer_error *err);

/** Read a PyTorch .pt / .pth: the zip format with its pickle, through a restricted unpickler that executes nothing.
 * Accepts a plain state_dict, OrderedDict, or one wrapped in {"state_dict" | "model" | "model_state_dict" | "net" ...:
 * ...}; "module." prefixes are cut off. */
fer_status feri_pth_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
fer_status feri_pth_read(const char *path, struct feri_tensors *out, fer_error *err);

/** Whichever of the two the file's first bytes say. */
fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** The same, but the data of safetensors stay in the mapped file, which must not be changed in place, until
 * feri_tensor_get(). */
fer_status feri_tensors_map(const char *path, struct feri_tensors *out, fer_error *err);
/** The count floats of a tensor of t, from memory or from the file. */
void feri_tensor_get(const struct feri_tensors *t, const struct feri_tensor *q, float *out);

/** safetensors without its data: they stay in `data`, which must outlive out or its feri_tensors_load(). */
fer_status feri_safetensors_index(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
/** Convert a tensor's bytes; returns how many they are. */
size_t feri_safetensors_get(const struct feri_tensor *q, float *out);
/** Read what is still in the file, and let go of it. */
fer_status feri_tensors_load(struct feri_tensors *t, fer_error *err);

/** Half precision bits to float and back (IEEE 754 binary16, round to nearest even, overflow to infinity). */
float feri_half_to_float(uint16_t h);
void feri_halves_to_floats(const uint8_t *halves, size_t n, float *out); /* little endian, as files have them */
uint16_t feri_float_to_half(float f);

#endif
