/* PNG and JPEG. Pictures that say they have more than a million pixels are left out: they are legal, slow, and find
 * nothing that small ones do not. */
#include "formats/pixels.h"
#include "fuzz.h"

#include <string.h>
#include <turbojpeg.h>

#define PIXELS_MAX ((uint64_t)1 << 20)

static uint64_t big_endian(const uint8_t *p)
{
    return (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
}

static uint64_t jpeg_pixels(const uint8_t *data, size_t size)
{
    static tjhandle tj;
    int w = 0, h = 0, subsampling, space;
    if (!tj) tj = tjInitDecompress();
    if (tjDecompressHeader3(tj, data, size, &w, &h, &subsampling, &space) != 0) return 0;
    return (uint64_t)w * (uint64_t)h;
}

static uint64_t declared_pixels(const uint8_t *data, size_t size)
{
    if (size >= 24 && data[0] == 0x89) return big_endian(data + 16) * big_endian(data + 20);
    return size >= 3 && data[0] == 0xFF ? jpeg_pixels(data, size) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_pixels px;
    fer_error err = {0};
    if (declared_pixels(data, size) > PIXELS_MAX) return 0;
    if (succeeded(feri_pixels_decode(data, size, &px, &err), &err)) {
        volatile uint8_t sink = 0;
        demand(px.w > 0 && px.h > 0 && (px.c == 1 || px.c == 3));
        for (size_t i = 0; i < px.w * px.h * px.c; i++) sink = px.data[i];
        (void)sink;
    }
    feri_pixels_free(&px);
    return 0;
}
