#include "formats/npy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fer_npy npy;
    fer_error err = {0};
    if (succeeded(feri_npy_parse(data, size, &npy, &err), &err)) {
        size_t count = 1;
        for (size_t i = 0; i < npy.n_dims; i++) count *= npy.dims[i];
        demand(count == npy.count);
        touch(npy.data, npy.count);
    }
    fer_npy_free(&npy);
    return 0;
}
