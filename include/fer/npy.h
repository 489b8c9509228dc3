/**
 * @file fer/npy.h
 * NumPy's .npy files, for raw tensors.
 *
 * Thread safety: every call may run in any thread.
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
    size_t n_dims;                 /**< 0: a scalar */
    size_t dims[FER_NPY_DIMS_MAX]; /**< [n_dims] */
    size_t count;                  /**< the product of dims */
    float *data;                   /**< [count] */
} fer_npy;

/** Read any array of numbers and convert it to float32. The caller frees its data with fer_npy_free(). */
FER_API fer_status fer_npy_read(const char *path, fer_npy *out, fer_error *err);
/** Free the data, not the structure itself. */
FER_API void fer_npy_free(fer_npy *a);
/** Write row-major float32. The file appears only when it is complete. */
FER_API fer_status fer_npy_write(const char *path, size_t n_dims, const size_t *dims, const float *data,
                                 fer_error *err);

#ifdef __cplusplus
}
#endif
#endif
