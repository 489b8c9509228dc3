#include "formats/pixels.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/codecs.h"

#include <stdlib.h>
#include <string.h>

fer_status feri_pixels_new(size_t w, size_t h, size_t c, struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    if (w == 0 || h == 0) return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels", w, h);
    if (w > FERI_PIXELS_MAX / h)
        return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels, expected at most %zu in all", w, h, FERI_PIXELS_MAX);
    uint8_t *data = malloc(w * h * c);
    if (!data) return feri_fail_memory(err, w * h * c);
    *out = (struct feri_pixels){w, h, c, data};
    return FER_OK;
}

void feri_pixels_free(struct feri_pixels *px)
{
    free(px->data);
    *px = (struct feri_pixels){0};
}

fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    if (size >= 8 && memcmp(data, "\x89PNG\r\n\x1A\n", 8) == 0) return feri_png_decode(data, size, out, err);
    if (size >= 3 && memcmp(data, "\xFF\xD8\xFF", 3) == 0) return feri_jpeg_decode(data, size, out, err);
    return feri_fail(err, FER_ERR_FORMAT, "neither a PNG nor a JPEG picture (%zu bytes)", size);
}

fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_pixels){0};
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_pixels_decode(file.data, file.size, out, err);
    feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}
