/* TIFF and BigTIFF by libtiff: strips and tiles, every compression that it was built with, the first page. */
#include "base/error.h"
#include "formats/library.h"
#include "formats/picture_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#define LIBTIFF(f)                                                                                                    \
    f(TIFFOpenOptionsAlloc) f(TIFFOpenOptionsFree) f(TIFFOpenOptionsSetErrorHandlerExtR)                              \
        f(TIFFOpenOptionsSetWarningHandlerExtR) f(TIFFClientOpenExt) f(TIFFClose) f(TIFFGetField)                     \
            f(TIFFGetFieldDefaulted) f(TIFFIsTiled) f(TIFFNumberOfStrips) f(TIFFNumberOfTiles) f(TIFFGetStrileOffset) \
                f(TIFFGetStrileByteCount) f(TIFFStripSize64) f(TIFFTileSize64) f(TIFFLastDirectory)                   \
                    f(TIFFReadEncodedStrip) f(TIFFReadEncodedTile) f(TIFFRGBAImageBegin) f(TIFFRGBAImageGet)          \
                        f(TIFFRGBAImageEnd)

struct libtiff {
#define FIELD(name) __typeof__(name) *name;
    LIBTIFF(FIELD)
#undef FIELD
};

static fer_status find(struct libtiff *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBTIFF(NAME)};
#undef NAME
    static const struct feri_library library = {FER_LIBTIFF, FER_LIBTIFF_PACKAGE, "reads TIFF pictures"};
    return feri_library_find(&library, names, sizeof names / sizeof *names, out, err);
}

fer_status feri_tiff_ready(fer_error *err)
{
    struct libtiff unused;
    return find(&unused, err);
}

struct reading {
    struct libtiff lib;
    const struct feri_picture_file *file;
    uint64_t at;
    char why[120]; /* libtiff's first complaint */
    TIFF *tiff;
    uint32_t w, h;
    uint16_t bits, samples, photometric, form, planes;
};

/* ---- the file's bytes ---- */

static tmsize_t read_bytes(thandle_t user, void *to, tmsize_t n)
{
    struct reading *r = user;
    uint64_t left = r->at < r->file->size ? r->file->size - r->at : 0;
    tmsize_t take = (uint64_t)n < left ? n : (tmsize_t)left;
    if (take > 0) memcpy(to, r->file->data + r->at, (size_t)take);
    r->at += (uint64_t)take;
    return take;
}

static tmsize_t write_bytes(thandle_t user, void *from, tmsize_t n)
{
    (void)user, (void)from, (void)n;
    return 0;
}

static toff_t seek_bytes(thandle_t user, toff_t offset, int whence)
{
    struct reading *r = user;
    return r->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? r->at + offset : r->file->size + offset;
}

static int close_bytes(thandle_t user)
{
    (void)user;
    return 0;
}

static toff_t size_of(thandle_t user)
{
    return ((struct reading *)user)->file->size;
}

/* Mapped files are read in place; of others libtiff 4.5 takes its buffer's size for the tile's and refuses the tile. */
static int map_bytes(thandle_t user, void **base, toff_t *size)
{
    const struct feri_picture_file *p = ((struct reading *)user)->file;
    *base = (void *)(uintptr_t)p->data; /* it is only read */
    *size = p->size;
    return 1;
}

static void unmap_bytes(thandle_t user, void *base, toff_t size)
{
    (void)user, (void)base, (void)size;
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    struct reading *r = user;
    (void)tiff, (void)module;
    if (!r->why[0]) vsnprintf(r->why, sizeof r->why, format, arguments);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
    return 1;
}

static fer_status open_file(struct reading *r, fer_error *err)
{
    TIFFOpenOptions *options = r->lib.TIFFOpenOptionsAlloc();
    if (!options) return feri_fail_memory(err, 0);
    r->lib.TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, r);
    r->lib.TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, r);
    r->tiff = r->lib.TIFFClientOpenExt("TIFF", "r", r, read_bytes, write_bytes, seek_bytes, close_bytes, size_of,
                                       map_bytes, unmap_bytes, options);
    r->lib.TIFFOpenOptionsFree(options);
    return r->tiff ? FER_OK : feri_fail(err, FER_ERR_FORMAT, "%s", r->why[0] ? r->why : "it has no directory");
}

/* ---- what may be missing ---- */

static uint64_t number(const struct feri_picture_file *p, size_t at, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n && at + n <= p->size; i++) v = v << 8 | p->data[at + (p->data[0] == 'M' ? i : n - 1 - i)];
    return v;
}

/* Writers put the directory after the pixels, so a cut file lacks the directory first. */
static fer_status check_directory(const struct feri_picture_file *p, fer_error *err)
{
    bool big = number(p, 2, 2) == 43;
    uint64_t at = big ? number(p, 8, 8) : number(p, 4, 4);
    if (p->size >= (big ? 16 : 8) && at < p->size) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the file is cut off: its directory should stand at byte %llu of %zu",
                     (unsigned long long)at, p->size);
}

static fer_status check_pieces(const struct reading *r, fer_error *err)
{
    bool tiled = r->lib.TIFFIsTiled(r->tiff);
    uint32_t n = tiled ? r->lib.TIFFNumberOfTiles(r->tiff) : r->lib.TIFFNumberOfStrips(r->tiff), missing = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t at = r->lib.TIFFGetStrileOffset(r->tiff, i), size = r->lib.TIFFGetStrileByteCount(r->tiff, i);
        if (at > r->file->size || size > r->file->size - at) missing++;
    }
    if (missing == 0) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the file is cut off: %u of its %u %s are missing", (unsigned)missing,
                     (unsigned)n, tiled ? "tiles" : "strips");
}

/* A piece may be padded, but what is far larger than the picture is a lie that costs memory. */
static fer_status check_piece_size(const struct reading *r, fer_error *err)
{
    const uint64_t slack = (uint64_t)4 << 20;
    uint64_t size = r->lib.TIFFIsTiled(r->tiff) ? r->lib.TIFFTileSize64(r->tiff) : r->lib.TIFFStripSize64(r->tiff);
    if (size <= slack + (uint64_t)r->w * r->h * 16) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "its strips or tiles are larger than the picture");
}

static fer_status check(struct reading *r, fer_error *err)
{
    r->lib.TIFFGetField(r->tiff, TIFFTAG_IMAGEWIDTH, &r->w);
    r->lib.TIFFGetField(r->tiff, TIFFTAG_IMAGELENGTH, &r->h);
    r->lib.TIFFGetFieldDefaulted(r->tiff, TIFFTAG_BITSPERSAMPLE, &r->bits);
    r->lib.TIFFGetFieldDefaulted(r->tiff, TIFFTAG_SAMPLESPERPIXEL, &r->samples);
    r->lib.TIFFGetFieldDefaulted(r->tiff, TIFFTAG_SAMPLEFORMAT, &r->form);
    r->lib.TIFFGetFieldDefaulted(r->tiff, TIFFTAG_PLANARCONFIG, &r->planes);
    if (!r->lib.TIFFGetField(r->tiff, TIFFTAG_PHOTOMETRIC, &r->photometric)) r->photometric = PHOTOMETRIC_MINISBLACK;
    fer_status st = feri_picture_check_size(r->file, r->w, r->h, err);
    if (st == FER_OK) st = check_piece_size(r, err);
    if (st == FER_OK) st = check_pieces(r, err);
    if (st != FER_OK) return st;
    if (r->bits <= 16 && r->form != SAMPLEFORMAT_IEEEFP && r->form != SAMPLEFORMAT_INT) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED, "its pixels are %s of %u bits, expected unsigned integers of up to 16",
                     r->form == SAMPLEFORMAT_IEEEFP ? "floats" : "integers", (unsigned)r->bits);
}

/* ---- pixels ---- */

static bool is_grey(const struct reading *r)
{
    return r->photometric == PHOTOMETRIC_MINISBLACK || r->photometric == PHOTOMETRIC_MINISWHITE;
}

static fer_status fail_read(const struct reading *r, fer_error *err)
{
    return feri_fail(err, FER_ERR_FORMAT, "cut off or corrupt: %s", r->why[0] ? r->why : "its pixels cannot be read");
}

/* libtiff's own converter makes 8 bits of everything, but cuts grey of 16 bits where it rounds colours. */
static void take_rgba(const struct reading *r, const TIFFRGBAImage *image, const uint32_t *from, struct feri_pixels *px)
{
    bool straight = is_grey(r) && image->alpha == EXTRASAMPLE_UNASSALPHA;
    for (size_t i = 0; i < (size_t)r->w * r->h; i++) {
        uint8_t *p = px->data + i * px->c;
        p[0] = (uint8_t)TIFFGetR(from[i]);
        if (straight) p[0] = (uint8_t)((p[0] * TIFFGetA(from[i]) + 127) / 255);
        if (px->c == 1) continue;
        p[1] = (uint8_t)TIFFGetG(from[i]);
        p[2] = (uint8_t)TIFFGetB(from[i]);
    }
}

static fer_status read_rgba(struct reading *r, struct feri_pixels *px, fer_error *err)
{
    TIFFRGBAImage image;
    char why[1024] = "";
    uint32_t *raster = malloc((size_t)r->w * r->h * sizeof *raster);
    if (!raster) return feri_fail_memory(err, (size_t)r->w * r->h * sizeof *raster);
    if (!r->lib.TIFFRGBAImageBegin(&image, r->tiff, 1, why)) {
        free(raster);
        return feri_fail(err, FER_ERR_UNSUPPORTED, "this kind of TIFF is not read: %.200s", why[0] ? why : r->why);
    }
    image.req_orientation = image.orientation; /* as it is stored */
    bool good = r->lib.TIFFRGBAImageGet(&image, raster, r->w, r->h);
    if (good) take_rgba(r, &image, raster, px);
    r->lib.TIFFRGBAImageEnd(&image);
    free(raster);
    return good ? FER_OK : fail_read(r, err);
}

struct piece {
    uint32_t x, y, w, h; /* w: of its rows in memory */
    uint16_t *data;
};

static void take_grey16(const struct reading *r, const struct piece *p, struct feri_pixels *px)
{
    for (uint32_t y = 0; y < p->h && y < r->h - p->y; y++)
        for (uint32_t x = 0; x < p->w && x < r->w - p->x; x++) {
            uint32_t v = p->data[(size_t)y * p->w + x];
            uint8_t eight = (uint8_t)((v + 128) / 257);
            px->data[(size_t)(p->y + y) * r->w + p->x + x] =
                r->photometric == PHOTOMETRIC_MINISWHITE ? (uint8_t)(255 - eight) : eight;
        }
}

static bool read_strips16(struct reading *r, struct piece *p, struct feri_pixels *px)
{
    uint32_t rows = r->h;
    r->lib.TIFFGetFieldDefaulted(r->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    p->w = r->w;
    for (uint32_t i = 0; p->y < r->h; i++, p->y += p->h) {
        p->h = rows < r->h - p->y ? rows : r->h - p->y;
        tmsize_t size = (tmsize_t)p->w * p->h * 2;
        if (p->h == 0 || r->lib.TIFFReadEncodedStrip(r->tiff, i, p->data, size) != size) return false;
        take_grey16(r, p, px);
    }
    return true;
}

static bool read_tiles16(struct reading *r, struct piece *p, struct feri_pixels *px)
{
    if (!r->lib.TIFFGetField(r->tiff, TIFFTAG_TILEWIDTH, &p->w) ||
        !r->lib.TIFFGetField(r->tiff, TIFFTAG_TILELENGTH, &p->h) || p->w == 0 || p->h == 0)
        return false;
    tmsize_t size = (tmsize_t)p->w * p->h * 2;
    uint32_t i = 0;
    for (p->y = 0; p->y < r->h; p->y = p->h < r->h - p->y ? p->y + p->h : r->h)
        for (p->x = 0; p->x < r->w; p->x = p->w < r->w - p->x ? p->x + p->w : r->w) {
            if (r->lib.TIFFReadEncodedTile(r->tiff, i++, p->data, size) != size) return false;
            take_grey16(r, p, px);
        }
    return true;
}

static fer_status read_grey16(struct reading *r, struct feri_pixels *px, fer_error *err)
{
    bool tiled = r->lib.TIFFIsTiled(r->tiff);
    uint64_t size = tiled ? r->lib.TIFFTileSize64(r->tiff) : r->lib.TIFFStripSize64(r->tiff);
    struct piece p = {.data = size ? malloc((size_t)size) : NULL};
    if (!p.data) return size ? feri_fail_memory(err, (size_t)size) : fail_read(r, err);
    bool good = tiled ? read_tiles16(r, &p, px) : read_strips16(r, &p, px);
    free(p.data);
    return good ? FER_OK : fail_read(r, err);
}

static fer_status decode(struct reading *r, struct feri_picture *out, fer_error *err)
{
    uint16_t orientation = 1;
    uint32_t size = 0;
    void *profile = NULL;
    fer_status st = check(r, err);
    if (st == FER_OK) st = feri_pixels_new(r->w, r->h, is_grey(r) ? 1 : 3, &out->px, err);
    if (st != FER_OK) return st;
    r->why[0] = '\0'; /* of tags that pixels do not depend on */
    st = is_grey(r) && r->bits == 16 && r->samples == 1 ? read_grey16(r, &out->px, err) : read_rgba(r, &out->px, err);
    if (st != FER_OK) return st;
    if (r->lib.TIFFGetField(r->tiff, TIFFTAG_ORIENTATION, &orientation) && orientation <= 8)
        out->orientation = orientation;
    if (r->photometric != PHOTOMETRIC_SEPARATED && r->lib.TIFFGetField(r->tiff, TIFFTAG_ICCPROFILE, &size, &profile))
        feri_picture_set_icc(out, profile, size);
    if (!r->lib.TIFFLastDirectory(r->tiff)) feri_picture_note(out, "the first of several pages was taken");
    return FER_OK;
}

fer_status feri_tiff_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    struct reading r = {.file = p};
    fer_status st = find(&r.lib, err);
    if (st == FER_OK) st = check_directory(p, err);
    if (st == FER_OK) st = open_file(&r, err);
    if (st == FER_OK) st = decode(&r, out, err);
    if (r.tiff) r.lib.TIFFClose(r.tiff);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", p->kind_name);
}
