#include "formats/picture_file.h"

#include "base/error.h"
#include "base/file.h"
#include "formats/file_kind.h"
#include "formats/picture_codec.h"

#include <stdbool.h>
#include <string.h>

struct codec {
    enum feri_picture_kind kind;
    const char *name;
    struct {
        size_t at;
        const char *bytes;
        size_t n;
    } magic[2]; /* all of them */
    fer_status (*decode)(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err);
};

static const struct codec codecs[] = {
    {FERI_PNG, "PNG", {{0, "\x89PNG\r\n\x1A\n", 8}}, feri_png_decode},
    {FERI_JPEG, "JPEG", {{0, "\xFF\xD8\xFF", 3}}, feri_jpeg_decode},
    {FERI_BMP, "BMP", {{0, "BM", 2}}, feri_ffmpeg_decode},
    {FERI_GIF, "GIF", {{0, "GIF87a", 6}}, feri_ffmpeg_decode},
    {FERI_GIF, "GIF", {{0, "GIF89a", 6}}, feri_ffmpeg_decode},
    {FERI_TIFF, "TIFF", {{0, "II*\0", 4}}, feri_ffmpeg_decode},
    {FERI_TIFF, "TIFF", {{0, "MM\0*", 4}}, feri_ffmpeg_decode},
    {FERI_WEBP, "WebP", {{0, "RIFF", 4}, {8, "WEBP", 4}}, feri_ffmpeg_decode},
};

static bool is(const struct codec *c, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < 2 && c->magic[i].bytes; i++)
        if (size < c->magic[i].at + c->magic[i].n ||
            memcmp(data + c->magic[i].at, c->magic[i].bytes, c->magic[i].n) != 0)
            return false;
    return true;
}

fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err)
{
    *out = (struct feri_pixels){0};
    for (const struct codec *c = codecs; c < codecs + sizeof codecs / sizeof *codecs; c++)
        if (is(c, data, size)) {
            struct feri_picture_file p = {c->kind, c->name, data, size,
                                          most > 0 && most < FERI_PIXELS_MAX ? most : FERI_PIXELS_MAX};
            return c->decode(&p, out, err);
        }
    return feri_fail(err, FER_ERR_FORMAT, "no picture that can be read: %s; expected %s",
                     feri_file_kind_text(data, size), feri_picture_kinds());
}

fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    return feri_pixels_decode_within(data, size, 0, out, err);
}

fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_pixels){0};
    fer_status st = feri_file_load(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_pixels_decode_within(file.data, file.size, most, out, err);
    feri_bytes_free(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err)
{
    return feri_pixels_read_within(path, 0, out, err);
}
