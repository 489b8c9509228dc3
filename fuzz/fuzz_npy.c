#include "formats/npy.h"
#include "scratch.h"

#include <string.h>

/* What is written is read again. */
static void write_again(const fer_npy *npy)
{
    fer_npy back;
    fer_error err = {0};
    scratch_make();
    if (succeeded(fer_npy_write(scratch_file(), npy->n_dims, npy->dims, npy->data, &err), &err)) {
        demand(succeeded(fer_npy_read(scratch_file(), &back, &err), &err) && back.count == npy->count);
        demand(memcmp(back.data, npy->data, npy->count * sizeof *npy->data) == 0);
        fer_npy_free(&back);
    }
    scratch_remove();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fer_npy npy;
    fer_error err = {0};
    if (succeeded(feri_npy_parse(data, size, &npy, &err), &err)) {
        size_t count = 1;
        for (size_t i = 0; i < npy.n_dims; i++) count *= npy.dims[i];
        demand(count == npy.count);
        touch(npy.data, npy.count);
        write_again(&npy);
    }
    fer_npy_free(&npy);
    return 0;
}
