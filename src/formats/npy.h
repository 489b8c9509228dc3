/* NumPy's .npy, versions 1 to 3. Reads into float32: <f4 <f8 <f2 <i4 <i8 |u1 |i1 |b1, the big-endian ones, and numbers
 * as strings (<U12, |S12), in C or Fortran order. Refuses object dtypes. Writes <f4, version 1. */
#ifndef FERI_FORMATS_NPY_H
#define FERI_FORMATS_NPY_H

#include "fer/npy.h"

/** Free the array by fer_npy_free(). */
fer_status feri_npy_parse(const uint8_t *data, size_t size, fer_npy *out, fer_error *err);

#endif
