#include "formats/pixels.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/codecs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static fer_status check_size(size_t w, size_t h, size_t most, fer_error *err)
{
    if (w == 0 || h == 0) return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels", w, h);
    if (w <= most / h) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels, expected at most %zu in all", w, h, most);
}

fer_status feri_picture_check_size(const struct feri_picture_file *p, size_t w, size_t h, fer_error *err)
{
    return check_size(w, h, p->most, err);
}

fer_status feri_pixels_new(size_t w, size_t h, size_t c, struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    fer_status st = check_size(w, h, FERI_PIXELS_MAX, err);
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

/* ---- kinds ---- */

#ifdef FER_LIBAVCODEC
#define READABLE "PNG, JPEG, BMP, GIF, TIFF or WebP"
#else
#define READABLE "PNG or JPEG"
#endif

static const char *const kind_names[] = {"none", "PNG", "JPEG", "BMP", "GIF", "TIFF", "WebP"};

const char *feri_picture_kind_name(enum feri_picture_kind kind)
{
    return kind_names[kind];
}

static bool begins(const uint8_t *data, size_t size, const char *magic, size_t length)
{
    return size >= length && memcmp(data, magic, length) == 0;
}

static enum feri_picture_kind kind_of(const uint8_t *data, size_t size)
{
    if (begins(data, size, "\x89PNG\r\n\x1A\n", 8)) return FERI_PNG;
    if (begins(data, size, "\xFF\xD8\xFF", 3)) return FERI_JPEG;
    if (begins(data, size, "BM", 2)) return FERI_BMP;
    if (begins(data, size, "GIF87a", 6) || begins(data, size, "GIF89a", 6)) return FERI_GIF;
    if (begins(data, size, "II*\0", 4) || begins(data, size, "MM\0*", 4)) return FERI_TIFF;
    if (begins(data, size, "RIFF", 4) && size >= 12 && memcmp(data + 8, "WEBP", 4) == 0) return FERI_WEBP;
    return FERI_NO_PICTURE;
}

fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err)
{
    struct feri_picture_file p = {kind_of(data, size), data, size,
                                  most > 0 && most < FERI_PIXELS_MAX ? most : FERI_PIXELS_MAX};
    *out = (struct feri_pixels){0};
    switch (p.kind) {
    case FERI_NO_PICTURE: return feri_fail(err, FER_ERR_FORMAT, "no picture (%zu bytes), expected " READABLE, size);
    case FERI_PNG: return feri_png_decode(&p, out, err);
    case FERI_JPEG: return feri_jpeg_decode(&p, out, err);
#ifdef FER_LIBAVCODEC
    default: return feri_other_decode(&p, out, err);
#else
    default:
        return feri_fail(err, FER_ERR_UNSUPPORTED, "a %s picture, expected " READABLE ": built without FFmpeg",
                         kind_names[p.kind]);
#endif
    }
}

fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    return feri_pixels_decode_within(data, size, 0, out, err);
}

fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_pixels){0};
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_pixels_decode_within(file.data, file.size, most, out, err);
    feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err)
{
    return feri_pixels_read_within(path, 0, out, err);
}
