/* JPEG by libjpeg-turbo. A warning that data ran out or is corrupt is an error here; EXIF orientation is applied. */
#include "base/error.h"
#include "formats/codecs.h"

#include <stdbool.h>
#include <string.h>
#include <turbojpeg.h>

/* ---- EXIF: the orientation tag (0x0112) of the first directory of APP1's TIFF block --------------------------------------------- */

static unsigned get16(const uint8_t *p, bool big)
{
    return big ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[1] << 8 | p[0]);
}

static size_t get32(const uint8_t *p, bool big)
{
    return big ? (size_t)get16(p, big) << 16 | get16(p + 2, big) : (size_t)get16(p + 2, big) << 16 | get16(p, big);
}

static unsigned tiff_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8) return 1;
    bool big = tiff[0] == 'M';
    size_t at = get32(tiff + 4, big);
    if (at > size - 2) return 1;
    size_t n = get16(tiff + at, big);
    for (at += 2; n-- && at + 12 <= size; at += 12)
        if (get16(tiff + at, big) == 0x0112) {
            unsigned v = get16(tiff + at + 8, big);
            return v >= 1 && v <= 8 ? v : 1;
        }
    return 1;
}

static unsigned exif_orientation(const uint8_t *data, size_t size)
{
    for (size_t at = 2; at + 4 <= size && data[at] == 0xFF && data[at + 1] != 0xDA;) {
        size_t length = get16(data + at + 2, true);
        if (length < 2 || at + 2 + length > size) break;
        if (data[at + 1] == 0xE1 && length >= 16 && memcmp(data + at + 4, "Exif\0\0", 6) == 0)
            return tiff_orientation(data + at + 10, length - 8);
        at += 2 + length;
    }
    return 1;
}

/* Where pixel (x, y) of the upright picture w x h stands in the stored one. */
static size_t stored_at(unsigned o, size_t x, size_t y, size_t w, size_t h)
{
    switch (o) {
    case 2: return y * w + (w - 1 - x);
    case 3: return (h - 1 - y) * w + (w - 1 - x);
    case 4: return (h - 1 - y) * w + x;
    case 5: return x * h + y;
    case 6: return (w - 1 - x) * h + y;
    case 7: return (w - 1 - x) * h + (h - 1 - y);
    case 8: return x * h + (h - 1 - y);
    default: return y * w + x;
    }
}

static fer_status upright(struct feri_pixels *px, unsigned o, fer_error *err)
{
    struct feri_pixels turned;
    if (o == 1) return FER_OK;
    fer_status st = feri_pixels_new(o >= 5 ? px->h : px->w, o >= 5 ? px->w : px->h, px->c, &turned, err);
    if (st != FER_OK) return st;
    for (size_t y = 0; y < turned.h; y++)
        for (size_t x = 0; x < turned.w; x++)
            memcpy(turned.data + (y * turned.w + x) * px->c, px->data + stored_at(o, x, y, turned.w, turned.h) * px->c, px->c);
    feri_pixels_free(px);
    *px = turned;
    return FER_OK;
}

/* ---- decode ----------------------------------------------------------------------------------------------------------------------- */

/* A warning fails the picture in any case; without the flag a few bytes that say 16000 x 16000 would first be filled with grey. */
#define FLAGS (TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)

/* CMYK stored inverted, as Adobe writes it: R = C K / 255. */
static fer_status decode_cmyk(tjhandle tj, const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    struct feri_pixels ink;
    fer_status st = feri_pixels_new(out->w, out->h, 4, &ink, err);
    if (st != FER_OK) return st;
    int bad = tjDecompress2(tj, data, size, ink.data, (int)out->w, 0, (int)out->h, TJPF_CMYK, FLAGS);
    for (size_t i = 0; !bad && i < out->w * out->h; i++)
        for (size_t ch = 0; ch < 3; ch++) out->data[i * 3 + ch] = (uint8_t)(ink.data[i * 4 + ch] * ink.data[i * 4 + 3] / 255);
    feri_pixels_free(&ink);
    return bad ? FER_ERR_FORMAT : FER_OK;
}

static fer_status decode(tjhandle tj, const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    int w, h, subsampling, space;
    if (tjDecompressHeader3(tj, data, size, &w, &h, &subsampling, &space) != 0)
        return feri_fail(err, FER_ERR_FORMAT, "JPEG: %s", tjGetErrorStr2(tj));
    bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK, grey = space == TJCS_GRAY;
    fer_status st = feri_pixels_new((size_t)w, (size_t)h, grey ? 1 : 3, out, err);
    if (st != FER_OK) return st;
    if (cmyk)
        st = decode_cmyk(tj, data, size, out, err);
    else if (tjDecompress2(tj, data, size, out->data, w, 0, h, grey ? TJPF_GRAY : TJPF_RGB, FLAGS) != 0)
        st = FER_ERR_FORMAT;
    return st == FER_ERR_FORMAT ? feri_fail(err, st, "JPEG: %s", tjGetErrorStr2(tj)) : st;
}

fer_status feri_jpeg_decode(const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    tjhandle tj = tjInitDecompress();
    *out = (struct feri_pixels){0};
    if (!tj) return feri_fail(err, FER_ERR_MEMORY, "JPEG: out of memory");
    fer_status st = decode(tj, data, size, out, err);
    tjDestroy(tj);
    if (st == FER_OK) st = upright(out, exif_orientation(data, size), err);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
