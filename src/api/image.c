#include "api/image.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

fer_status feri_image_wrap(struct feri_pixels *px, fer_image **out, fer_error *err)
{
    fer_image *im = malloc(sizeof *im);
    if (!im) {
        feri_pixels_free(px);
        return feri_fail_memory(err, sizeof *im);
    }
    im->pixels = *px;
    *out = im;
    return FER_OK;
}

fer_status fer_image_load(const char *path, fer_image **out, fer_error *err)
{
    if (!path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_load: path and out must not be NULL");
    *out = NULL;
    struct feri_pixels px = {0};
    fer_status st = feri_pixels_read(path, &px, err);
    return st == FER_OK ? feri_image_wrap(&px, out, err) : st;
}

fer_status fer_image_decode(const void *data, size_t size, fer_image **out, fer_error *err)
{
    if (!data || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_decode: data and out must not be NULL");
    *out = NULL;
    struct feri_pixels px = {0};
    fer_status st = feri_pixels_decode(data, size, &px, err);
    return st == FER_OK ? feri_image_wrap(&px, out, err) : st;
}

struct source {
    size_t bytes; /* per pixel */
    bool swapped; /* blue first */
};

static bool describe(fer_pixel_format format, struct source *out)
{
    switch (format) {
    case FER_GRAY8: *out = (struct source){1, false}; return true;
    case FER_RGB8: *out = (struct source){3, false}; return true;
    case FER_BGR8: *out = (struct source){3, true}; return true;
    case FER_RGBA8: *out = (struct source){4, false}; return true;
    case FER_BGRA8: *out = (struct source){4, true}; return true;
    }
    return false;
}

static fer_status check_pixels(size_t width, size_t height, size_t stride, size_t bytes, fer_error *err)
{
    size_t area;
    if (width == 0 || height == 0 || !feri_size_mul(width, height, &area) || area > FERI_PIXELS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "an image of %zu x %zu pixels: it must have 1 to %zu", width,
                         height, FERI_PIXELS_MAX);
    if (stride < width * bytes)
        return feri_fail(err, FER_ERR_ARGUMENT, "a stride of %zu bytes is shorter than a row of %zu", stride,
                         width * bytes);
    return FER_OK;
}

static void copy_row(const uint8_t *from, size_t width, struct source source, uint8_t *to)
{
    if (source.bytes == 1) {
        memcpy(to, from, width);
        return;
    }
    size_t red = source.swapped ? 2 : 0;
    for (size_t x = 0; x < width; x++, from += source.bytes, to += 3) {
        to[0] = from[red];
        to[1] = from[1];
        to[2] = from[2 - red];
    }
}

fer_status fer_image_from_pixels(const void *data, size_t width, size_t height, size_t stride,
                                 fer_pixel_format format, fer_image **out, fer_error *err)
{
    if (!data || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_from_pixels: data and out must not be NULL");
    *out = NULL;
    struct source source;
    if (!describe(format, &source))
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a pixel format", (int)format);
    fer_status st = check_pixels(width, height, stride, source.bytes, err);
    if (st != FER_OK) return st;

    struct feri_pixels px = {.w = width, .h = height, .c = source.bytes == 1 ? 1 : 3};
    px.data = malloc(width * height * px.c);
    if (!px.data) return feri_fail_memory(err, width * height * px.c);
    for (size_t y = 0; y < height; y++)
        copy_row((const uint8_t *)data + y * stride, width, source, px.data + y * width * px.c);
    return feri_image_wrap(&px, out, err);
}

void fer_image_free(fer_image *im)
{
    if (!im) return;
    feri_pixels_free(&im->pixels);
    free(im);
}

size_t fer_image_width(const fer_image *im)
{
    return im ? im->pixels.w : 0;
}

size_t fer_image_height(const fer_image *im)
{
    return im ? im->pixels.h : 0;
}

size_t fer_image_channels(const fer_image *im)
{
    return im ? im->pixels.c : 0;
}

const uint8_t *fer_image_pixels(const fer_image *im)
{
    return im ? im->pixels.data : NULL;
}
