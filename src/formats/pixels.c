#include "formats/pixels.h"

#include "base/error.h"

#include <stdlib.h>

fer_status feri_pixels_check_size(size_t w, size_t h, size_t most, fer_error *err)
{
    if (w == 0 || h == 0) return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels", w, h);
    if (w <= most / h) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels, expected at most %zu in all", w, h, most);
}

fer_status feri_pixels_new(size_t w, size_t h, size_t c, struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    fer_status st = feri_pixels_check_size(w, h, FERI_PIXELS_MAX, err);
    if (st != FER_OK) return st;
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
