#include "fuzz_decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_as(FERI_TIFF, feri_tiff_decode, data, size);
}
