/* JPEG by libjpeg-turbo. A warning about missing or corrupt data is an error here. The EXIF orientation is applied. */
#include "base/error.h"
#include "formats/exif.h"
#include "formats/picture_codec.h"

#include <stdbool.h>
#include <string.h>
#include <turbojpeg.h>

/* EXIF is the TIFF block in APP1. */
static unsigned exif_orientation(const uint8_t *data, size_t size)
{
    for (size_t at = 2; at + 4 <= size && data[at] == 0xFF && data[at + 1] != 0xDA;) {
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (length < 2 || at + 2 + length > size) break;
        if (data[at + 1] == 0xE1 && length >= 16 && memcmp(data + at + 4, "Exif\0\0", 6) == 0)
            return feri_tiff_orientation(data + at + 10, length - 8);
        at += 2 + length;
    }
    return 1;
}

/* A warning is an error in any case. Without this flag, a few bytes that claim 16000 x 16000 pixels would first be
 * filled with grey. */
#define FLAGS (TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)

/* CMYK is stored inverted, as Adobe writes it: R = C K / 255. */
static fer_status decode_cmyk(tjhandle tj, const uint8_t *data, size_t size, struct feri_pixels *out, fer_error *err)
{
    struct feri_pixels ink;
    fer_status st = feri_pixels_new(out->w, out->h, 4, &ink, err);
    if (st != FER_OK) return st;
    int bad = tjDecompress2(tj, data, size, ink.data, (int)out->w, 0, (int)out->h, TJPF_CMYK, FLAGS);
    for (size_t i = 0; !bad && i < out->w * out->h; i++)
        for (size_t ch = 0; ch < 3; ch++)
            out->data[i * 3 + ch] = (uint8_t)(ink.data[i * 4 + ch] * ink.data[i * 4 + 3] / 255);
    feri_pixels_free(&ink);
    return bad ? FER_ERR_FORMAT : FER_OK;
}

static fer_status decode(tjhandle tj, const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err)
{
    int w, h, subsampling, space;
    if (tjDecompressHeader3(tj, p->data, p->size, &w, &h, &subsampling, &space) != 0)
        return feri_fail(err, FER_ERR_FORMAT, "JPEG: %s", tjGetErrorStr2(tj));
    bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK, grey = space == TJCS_GRAY;
    fer_status st = feri_picture_check_size(p, (size_t)w, (size_t)h, err);
    if (st == FER_OK) st = feri_pixels_new((size_t)w, (size_t)h, grey ? 1 : 3, out, err);
    if (st != FER_OK) return st;
    if (cmyk) st = decode_cmyk(tj, p->data, p->size, out, err);
    else if (tjDecompress2(tj, p->data, p->size, out->data, w, 0, h, grey ? TJPF_GRAY : TJPF_RGB, FLAGS) != 0)
        st = FER_ERR_FORMAT;
    return st == FER_ERR_FORMAT ? feri_fail(err, st, "JPEG: %s", tjGetErrorStr2(tj)) : st;
}

fer_status feri_jpeg_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err)
{
    tjhandle tj = tjInitDecompress();
    *out = (struct feri_pixels){0};
    if (!tj) return feri_fail(err, FER_ERR_MEMORY, "JPEG: out of memory");
    fer_status st = decode(tj, p, out, err);
    tjDestroy(tj);
    if (st == FER_OK) st = feri_pixels_upright(out, exif_orientation(p->data, p->size), err);
    if (st != FER_OK) feri_pixels_free(out);
    return st;
}
