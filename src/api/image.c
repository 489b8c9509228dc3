#include "api/image.h"

#include "base/error.h"
#include "base/names.h"
#include "fer/face.h"
#include "formats/picture_file.h"
#include "image/view.h"

#include <stdlib.h>
#include <string.h>

#define JPEG_QUALITY 95 /* quality of saved JPEG files */

fer_status feri_image_wrap(struct feri_pixels *px, fer_image **out, fer_error *err)
{
    fer_image *im = malloc(sizeof *im);
    if (!im) {
        feri_pixels_free(px);
        return feri_fail_memory(err, sizeof *im);
    }
    im->pixels = *px;
    im->note = (struct feri_picture_note){0};
    *out = im;
    return FER_OK;
}

static fer_status wrap_noted(struct feri_pixels *px, const struct feri_picture_note *note, fer_image **out,
                             fer_error *err)
{
    fer_status st = feri_image_wrap(px, out, err);
    if (st == FER_OK) (*out)->note = *note;
    return st;
}

fer_status fer_image_load_within(const char *path, size_t pixels_max, fer_image **out, fer_error *err)
{
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_load: path and out must not be NULL");
    *out = NULL;
    struct feri_pixels px = {0};
    struct feri_picture_note note = {0};
    fer_status st = feri_picture_read(path, pixels_max, &px, &note, err);
    return st == FER_OK ? wrap_noted(&px, &note, out, err) : st;
}

fer_status fer_image_load(const char *path, fer_image **out, fer_error *err)
{
    return fer_image_load_within(path, 0, out, err);
}

fer_status fer_image_decode_within(const void *data, size_t size, size_t pixels_max, fer_image **out, fer_error *err)
{
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_decode: data and out must not be NULL");
    *out = NULL;
    struct feri_pixels px = {0};
    struct feri_picture_note note = {0};
    fer_status st = feri_picture_decode(data, size, pixels_max, &px, &note, err);
    return st == FER_OK ? wrap_noted(&px, &note, out, err) : st;
}

fer_status fer_image_decode(const void *data, size_t size, fer_image **out, fer_error *err)
{
    return fer_image_decode_within(data, size, 0, out, err);
}

fer_status fer_image_from_view(const fer_view *view, fer_image **out, fer_error *err)
{
    if (!view || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_from_view: view and out must not be NULL");
    *out = NULL;
    fer_status st = feri_view_check(view, err);
    if (st != FER_OK) return st;
    struct feri_pixels px = {0};
    struct feri_rect all = {0, 0, view->width, view->height};
    st = feri_view_pixels(view, all, feri_view_channels(view), &px, err);
    return st == FER_OK ? feri_image_wrap(&px, out, err) : st;
}

fer_status fer_image_save(const fer_image *im, const char *path, fer_error *err)
{
    if (!im || !path) return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_save: im and path must not be NULL");
    if (feri_ends_in(path, ".png")) return feri_pixels_write_png(path, &im->pixels, err);
    if (feri_ends_in(path, ".jpg") || feri_ends_in(path, ".jpeg"))
        return feri_pixels_write_jpeg(path, &im->pixels, JPEG_QUALITY, err);
    return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: the name of a saved picture must end in .png, .jpg or .jpeg", path);
}

fer_status fer_image_encode(const fer_image *im, const char *ending, uint8_t **data_out, size_t *size_out,
                            fer_error *err)
{
    if (!im || !ending || !data_out || !size_out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_encode: no argument but err may be NULL");
    *data_out = NULL;
    *size_out = 0;
    if (strcmp(ending, ".png") == 0) return feri_pixels_encode_png(&im->pixels, data_out, size_out, err);
    if (strcmp(ending, ".jpg") == 0 || strcmp(ending, ".jpeg") == 0)
        return feri_pixels_encode_jpeg(&im->pixels, JPEG_QUALITY, data_out, size_out, err);
    return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: a picture can be encoded as .png, .jpg or .jpeg", ending);
}

fer_status fer_image_from_pixels(const void *data, size_t width, size_t height, size_t stride, fer_pixel_format format,
                                 fer_image **out, fer_error *err)
{
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_image_from_pixels: data and out must not be NULL");
    *out = NULL;
    if (format == FER_NV12 || format == FER_I420)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_image_from_pixels: %s has more than one plane; use fer_image_from_view()",
                         format == FER_NV12 ? "FER_NV12" : "FER_I420");
    fer_view view = {
        .format = format, .width = width, .height = height, .planes = {data, NULL, NULL}, .strides = {stride, 0, 0}};
    return fer_image_from_view(&view, out, err);
}

fer_view fer_image_view(const fer_image *im)
{
    return im ? feri_view_of(&im->pixels) : (fer_view){0};
}

void fer_image_free(fer_image *im)
{
    if (!im) return;
    feri_pixels_free(&im->pixels);
    free(im);
}

const char *fer_image_note(const fer_image *im)
{
    return im->note.text[0] ? im->note.text : NULL;
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
