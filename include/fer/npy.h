/**
 * @file fer/npy.h
 * NumPy's .npy files, for raw tensors in and out.
 */
#ifndef FER_NPY_H
#define FER_NPY_H

#include "fer/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FER_NPY_DIMS_MAX 8

/** A row-major array of float32. */
typedef struct fer_npy {
    size_t n_dims, dims[FER_NPY_DIMS_MAX]; /**< n_dims 0: a scalar */
    size_t count;                          /**< the product of dims */
    float *data;
} fer_npy;

/** Read any array of numbers into float32. On success the caller frees it with fer_npy_free(). */
FER_API fer_status fer_npy_read(const char *path, fer_npy *out, fer_error *err);
FER_API void fer_npy_free(fer_npy *a);
/** Write float32, row-major, atomically. */
FER_API fer_status fer_npy_write(const char *path, size_t n_dims, const size_t *dims, const float *data,
                                 fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
