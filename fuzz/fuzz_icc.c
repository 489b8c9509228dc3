/* Colour profiles: the first byte chooses the kind of picture that has it. */
#include "fuzz_decoder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_picture picture = {0};
    fer_error err = {0};
    if (size < 2) return 0;
    size_t c = data[0] % 5, samples = c ? c : 4; /* 0: ink */
    if (feri_pixels_new(8, 8, samples, &picture.px, &err) != FER_OK) return 0;
    for (size_t i = 0; i < 8 * 8 * samples; i++) picture.px.data[i] = (uint8_t)(i * 37);
    picture.ink = c == 0;
    feri_picture_set_icc(&picture, data + 1, size - 1);
    finish(&picture);
    feri_picture_free(&picture);
    return 0;
}
