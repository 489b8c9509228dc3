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
    float *data;   /* [count]; integers of the file are converted. NULL: still in the file, as `bytes` */
    bool integral; /* an int64 in the file (batch norm's counters); written as I64 again */
    const uint8_t *bytes;
    unsigned char type;                                              /* of bytes */
    size_t (*convert)(const struct feri_tensor *tensor, float *out); /* all of bytes; returns how many they are */
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

/** The count floats of a tensor of t, from memory or from the file. */
void feri_tensor_get(const struct feri_tensors *t, const struct feri_tensor *q, float *out);
/** Read what is still in the file, and let go of it. */
fer_status feri_tensors_load(struct feri_tensors *t, fer_error *err);

#endif
