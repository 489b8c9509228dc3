/* Named tensors, as every checkpoint format has them: name, shape, float32 data in PyTorch's row-major order. */
#ifndef FERI_FORMATS_TENSORS_H
#define FERI_FORMATS_TENSORS_H

#include "base/hash.h"
#include "base/open_file.h"

#include <stdatomic.h>
#include <stdbool.h>

#define FERI_TENSOR_DIMS_MAX 8

struct feri_tensor {
    char *name;
    size_t n_dims, dims[FERI_TENSOR_DIMS_MAX]; /* n_dims 0: a scalar, count 1 */
    size_t count;
    /* [count]; integers in the file are converted. NULL: the numbers are still at `at` */
    float *data;
    bool integral;            /* an int64 in the file (batch norm's counters); written as I64 again */
    uint64_t at;              /* position of its first byte in the file, or in memory */
    unsigned char size, type; /* of a number there: size in bytes, and the format's own code */
    void (*convert)(unsigned type, const uint8_t *from, size_t n, float *out);
};

struct feri_pair {
    char *key, *value;
};

struct feri_tensors {
    struct feri_tensor *items;
    size_t n, cap;
    struct feri_pair *meta; /* string -> string */
    size_t n_meta, cap_meta;
    struct feri_hash by_name, by_key;
    /* Where tensors without data are: */
    struct feri_open_file file; /* in this file, read on demand, */
    const uint8_t *memory;      /* or in the caller's memory */
    atomic_bool failed;         /* a read failed in a function that could not return the error */
};

void feri_tensors_free(struct feri_tensors *t);
/** Append a tensor without data. NULL when out of memory or if the product overflows. */
struct feri_tensor *feri_tensors_declare(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims);
/** Append a tensor with uninitialised data of the size of dims' product. NULL when out of memory or if the product
 * overflows. */
struct feri_tensor *feri_tensors_add(struct feri_tensors *t, const char *name, size_t n_dims, const size_t *dims);
/** Find tensors by their present names: after tensors were renamed or removed. False when out of memory. */
bool feri_tensors_index(struct feri_tensors *t);
const struct feri_tensor *feri_tensors_find(const struct feri_tensors *t, const char *name);
/** Set or replace a metadata entry. False when out of memory. */
bool feri_tensors_set_meta(struct feri_tensors *t, const char *key, const char *value);
/** NULL if there is none. */
const char *feri_tensors_meta(const struct feri_tensors *t, const char *key);

/** The `count` floats of a tensor of t, from memory or from the file. */
fer_status feri_tensor_get(const struct feri_tensors *t, const struct feri_tensor *q, float *out, fer_error *err);
/** Returns st, or the error of a read that could not return it (t->failed). */
fer_status feri_tensors_check_reads(const struct feri_tensors *t, fer_status st, fer_error *err);
/** Read the remaining data from the file, and close it. */
fer_status feri_tensors_load(struct feri_tensors *t, fer_error *err);

#endif
