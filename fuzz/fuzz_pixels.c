/* Pictures of all kinds. Pictures that declare more than a million pixels are skipped: they are legal but slow, and
 * find nothing that small ones do not. */
#include "formats/exif.h"
#include "formats/picture_file.h"
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

static uint64_t little_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    while (n--) v = v << 8 | p[n];
    return v;
}

static uint64_t bmp_pixels(const uint8_t *data)
{
    int64_t h = (int32_t)little_endian(data + 22, 4);
    return data[14] == 12 ? little_endian(data + 18, 2) * little_endian(data + 20, 2)
                          : little_endian(data + 18, 4) * (uint64_t)(h < 0 ? -h : h);
}

static uint64_t webp_pixels(const uint8_t *data)
{
    if (data[15] == 'L')
        return ((little_endian(data + 21, 4) & 0x3FFF) + 1) * ((little_endian(data + 21, 4) >> 14 & 0x3FFF) + 1);
    if (data[15] == 'X') return (little_endian(data + 24, 3) + 1) * (little_endian(data + 27, 3) + 1);
    return (little_endian(data + 26, 2) & 0x3FFF) * (little_endian(data + 28, 2) & 0x3FFF);
}

static uint64_t declared_pixels(const uint8_t *data, size_t size)
{
    if (size >= 24 && data[0] == 0x89) return big_endian(data + 16) * big_endian(data + 20);
    if (size >= 30 && data[0] == 'B') return bmp_pixels(data);
    if (size >= 10 && data[0] == 'G') return little_endian(data + 6, 2) * little_endian(data + 8, 2);
    if (size >= 30 && data[0] == 'R') return webp_pixels(data);
    if (size >= 8 && (data[0] == 'I' || data[0] == 'M'))
        return (uint64_t)feri_tiff_value(data, size, 256, 0) * feri_tiff_value(data, size, 257, 0);
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
