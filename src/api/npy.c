#include "fer/npy.h"

#include "base/error.h"
#include "formats/npy.h"

#include <string.h>

_Static_assert(FER_NPY_DIMS_MAX == FERI_TENSOR_DIMS_MAX, "the public and the internal array hold the same shapes");

fer_status fer_npy_read(const char *path, fer_npy *out, fer_error *err)
{
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_read: path and out must not be NULL");
    *out = (fer_npy){0};
    struct feri_npy npy;
    fer_status st = feri_npy_read(path, &npy, err);
    if (st != FER_OK) return st;
    *out = (fer_npy){.n_dims = npy.n_dims, .count = npy.count, .data = npy.data};
    memcpy(out->dims, npy.dims, sizeof out->dims);
    return FER_OK;
}

void fer_npy_free(fer_npy *a)
{
    if (!a) return;
    struct feri_npy npy = {.data = a->data};
    feri_npy_free(&npy);
    *a = (fer_npy){0};
}

fer_status fer_npy_write(const char *path, size_t n_dims, const size_t *dims, const float *data, fer_error *err)
{
    if (!path || !data || (n_dims > 0 && !dims))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_write: path, dims and data must not be NULL");
    if (n_dims > FER_NPY_DIMS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_write: %zu dimensions, at most %d are possible", n_dims,
                         FER_NPY_DIMS_MAX);
    return feri_npy_write(path, n_dims, dims, data, err);
}
