#include "formats/picture_file.h"

#include "base/error.h"
#include "base/file.h"
#include "formats/not_pictures.h"
#include "formats/picture_codec.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct decoder {
    fer_status (*ready)(fer_error *err); /* NULL: always */
    fer_status (*decode)(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err);
};

struct codec {
    enum feri_picture_kind kind;
    const char *name;
    struct {
        size_t at;
        const char *bytes;
        size_t n;
    } magic[2];                /* all of them */
    struct decoder decoder[2]; /* the first that is ready */
};

#define PNG_WAY                   \
    {                             \
        {                         \
            NULL, feri_png_decode \
        }                         \
    }
#define JPEG_WAY                   \
    {                              \
        {                          \
            NULL, feri_jpeg_decode \
        }                          \
    }
#define FFMPEG_WAY                                \
    {                                             \
        {                                         \
            feri_ffmpeg_ready, feri_ffmpeg_decode \
        }                                         \
    }
#define TIFF_WAY                                  \
    {                                             \
        {feri_tiff_ready, feri_tiff_decode},      \
        {                                         \
            feri_ffmpeg_ready, feri_ffmpeg_decode \
        }                                         \
    }
#define BIG_WAY                               \
    {                                         \
        {                                     \
            feri_tiff_ready, feri_tiff_decode \
        }                                     \
    }
#define WEBP_WAY                                  \
    {                                             \
        {feri_webp_ready, feri_webp_decode},      \
        {                                         \
            feri_ffmpeg_ready, feri_ffmpeg_decode \
        }                                         \
    }
#define HEIF_WAY                              \
    {                                         \
        {                                     \
            feri_heif_ready, feri_heif_decode \
        }                                     \
    }
#define JXL_WAY                             \
    {                                       \
        {                                   \
            feri_jxl_ready, feri_jxl_decode \
        }                                   \
    }
#define HEIF(name, brand)                                 \
    {                                                     \
        FERI_HEIF, name, {{4, "ftyp" brand, 8}}, HEIF_WAY \
    }

static const struct codec codecs[] = {
    {FERI_PNG, "PNG", {{0, "\x89PNG\r\n\x1A\n", 8}}, PNG_WAY},
    {FERI_JPEG, "JPEG", {{0, "\xFF\xD8\xFF", 3}}, JPEG_WAY},
    {FERI_BMP, "BMP", {{0, "BM", 2}}, FFMPEG_WAY},
    {FERI_GIF, "GIF", {{0, "GIF87a", 6}}, FFMPEG_WAY},
    {FERI_GIF, "GIF", {{0, "GIF89a", 6}}, FFMPEG_WAY},
    {FERI_TIFF, "TIFF", {{0, "II*\0", 4}}, TIFF_WAY},
    {FERI_TIFF, "TIFF", {{0, "MM\0*", 4}}, TIFF_WAY},
    {FERI_TIFF, "BigTIFF", {{0, "II+\0", 4}}, BIG_WAY},
    {FERI_TIFF, "BigTIFF", {{0, "MM\0+", 4}}, BIG_WAY},
    {FERI_WEBP, "WebP", {{0, "RIFF", 4}, {8, "WEBP", 4}}, WEBP_WAY},
    HEIF("AVIF", "avif"),
    HEIF("AVIF", "avis"),
    HEIF("HEIC", "heic"),
    HEIF("HEIC", "heix"),
    HEIF("HEIC", "heim"),
    HEIF("HEIC", "heis"),
    HEIF("HEIC", "hevc"),
    HEIF("HEIC", "hevx"),
    HEIF("HEIF", "mif1"),
    HEIF("HEIF", "mif2"),
    HEIF("HEIF", "msf1"),
    {FERI_JXL, "JPEG XL", {{0, "\xFF\x0A", 2}}, JXL_WAY},
    {FERI_JXL, "JPEG XL", {{0, "\0\0\0\x0CJXL \r\n\x87\n", 12}}, JXL_WAY},
};

static bool is(const struct codec *c, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < 2 && c->magic[i].bytes; i++)
        if (size < c->magic[i].at + c->magic[i].n ||
            memcmp(data + c->magic[i].at, c->magic[i].bytes, c->magic[i].n) != 0)
            return false;
    return true;
}

static fer_status try_decoders(const struct codec *c, const struct feri_picture_file *p, struct feri_picture *out,
                               fer_error *err)
{
    const struct decoder *d = c->decoder;
    fer_status st = d->ready ? d->ready(err) : FER_OK;
    if (st != FER_OK) {
        fer_error unimportant = {0};
        d++;
        if (!d->decode || d->ready(&unimportant) != FER_OK) return feri_fail_in(err, st, "%s", c->name);
    }
    st = d->decode(p, out, err);
    return st == FER_OK ? feri_picture_finish(out, err) : st;
}

/* Decoders of other libraries call a picture damaged when memory runs out: then it was malloc() that set errno. */
static fer_status decode(const struct codec *c, const struct feri_picture_file *p, struct feri_picture *out,
                         fer_error *err)
{
    fer_error why = {0};
    errno = 0;
    fer_status st = try_decoders(c, p, out, &why);
    if (st == FER_OK) return st;
    if (st != FER_ERR_MEMORY && errno == ENOMEM)
        return feri_fail(err, FER_ERR_MEMORY, "out of memory while decoding: %s", why.text);
    return feri_fail(err, st, "%s", why.text);
}

fer_status feri_picture_decode(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                               struct feri_picture_note *note, fer_error *err)
{
    struct feri_picture picture = {0};
    *out = (struct feri_pixels){0};
    if (note) *note = (struct feri_picture_note){0};
    for (const struct codec *c = codecs; c < codecs + sizeof codecs / sizeof *codecs; c++) {
        if (!is(c, data, size)) continue;
        struct feri_picture_file p = {c->kind, c->name, data, size,
                                      most > 0 && most < FERI_PIXELS_MAX ? most : FERI_PIXELS_MAX};
        fer_status st = decode(c, &p, &picture, err);
        if (st == FER_OK) {
            *out = picture.px;
            picture.px = (struct feri_pixels){0};
            if (note) *note = picture.note;
        }
        feri_picture_free(&picture);
        return st;
    }
    return feri_not_a_picture(data, size, err);
}

fer_status feri_picture_read(const char *path, size_t most, struct feri_pixels *out, struct feri_picture_note *note,
                             fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_pixels){0};
    fer_status st = feri_file_load(path, &file, err);
    if (st != FER_OK) return feri_maybe_address(path, st, err);
    st = feri_picture_decode(file.data, file.size, most, out, note, err);
    feri_bytes_free(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

fer_status feri_pixels_decode_within(const uint8_t *data, size_t size, size_t most, struct feri_pixels *out,
                                     fer_error *err)
{
    return feri_picture_decode(data, size, most, out, NULL, err);
}

fer_status feri_pixels_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    return feri_picture_decode(data, size, 0, out, NULL, err);
}

fer_status feri_pixels_read_within(const char *path, size_t most, struct feri_pixels *out, fer_error *err)
{
    return feri_picture_read(path, most, out, NULL, err);
}

fer_status feri_pixels_read(const char *path, struct feri_pixels *out, fer_error *err)
{
    return feri_picture_read(path, 0, out, NULL, err);
}
