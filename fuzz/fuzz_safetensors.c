#include "formats/safetensors.h"
#include "fuzz_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_tensors tensors;
    fer_error err = {0};
    if (succeeded(feri_safetensors_parse(data, size, &tensors, &err), &err)) check_tensors(&tensors);
    feri_tensors_free(&tensors);
    return 0;
}
