/* NumPy's .npy, versions 1 to 3. Reads <f4 <f8 <f2 <i4 <i8 |u1 |i1 |b1 and big-endian ones, and numbers written as
 * strings (<U12, |S12), C or Fortran order, into float32; refuses object dtypes. Writes <f4, version 1. */
#ifndef FERI_FORMATS_NPY_H
#define FERI_FORMATS_NPY_H

#include "fer/npy.h"

/** The array is freed by fer_npy_free(). */
fer_status feri_npy_parse(const uint8_t *data, size_t size, fer_npy *out, fer_error *err);

#endif
