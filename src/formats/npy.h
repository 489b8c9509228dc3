/* NumPy's .npy, versions 1 to 3. Reads <f4 <f8 <f2 <i4 <i8 |u1 |i1 |b1 and big-endian ones, and numbers written as
 * strings (<U12, |S12), C or Fortran order, into float32; refuses object dtypes. Writes <f4, version 1. */
#ifndef FERI_FORMATS_NPY_H
#define FERI_FORMATS_NPY_H

#include "formats/tensors.h"

struct feri_npy {
    size_t n_dims, dims[FERI_TENSOR_DIMS_MAX], count;
    float *data; /* row-major; freed by feri_npy_free() */
};

fer_status feri_npy_parse(const uint8_t *data, size_t size, struct feri_npy *out, fer_error *err);
fer_status feri_npy_read(const char *path, struct feri_npy *out, fer_error *err);
fer_status feri_npy_write(const char *path, size_t n_dims, const size_t *dims, const float *data,
                          fer_error *err); /* atomic */
void feri_npy_free(struct feri_npy *npy);

#endif
