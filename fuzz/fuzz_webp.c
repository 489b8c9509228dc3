#include "fuzz_decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_as(FERI_WEBP, feri_webp_decode, data, size);
}
