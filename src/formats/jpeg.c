/* JPEG by libjpeg-turbo. What it warns of is an error where pixels are missing, and none where they are all there. */
#include "base/error.h"
#include "formats/jpeg_markers.h"
#include "formats/picture_codec.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* Without STRICT, a few bytes that claim 16000 x 16000 pixels would first be filled with grey. */
#define LENIENT TJFLAG_LIMITSCANS
#define STRICT  (TJFLAG_STOPONWARNING | LENIENT)

struct reading {
    tjhandle tj;
    const uint8_t *data;
    size_t size;
    struct feri_pixels *px;
    int form;
};

static bool decode_with(const struct reading *r, int flags)
{
    return tjDecompress2(r->tj, r->data, r->size, r->px->data, (int)r->px->w, 0, (int)r->px->h, r->form, flags) == 0;
}

/* Bytes between the last pixel and the end mark, as some cameras write them, say nothing of the pixels. */
static bool is_padded(const struct reading *r)
{
    return tjGetErrorCode(r->tj) == TJERR_WARNING &&
           strstr(tjGetErrorStr2(r->tj), "extraneous bytes before marker 0xd9") != NULL;
}

/* ---- files without an end mark ---- */

/* A decoder fills what is missing with one colour: the share of the rows below that have it. */
static double flat_share(const struct feri_pixels *px)
{
    size_t row = px->w * px->c, flat = 0;
    const uint8_t *last = px->data + row * px->h - px->c;
    for (size_t y = px->h; y-- > 0; flat++)
        for (size_t x = 0; x < row; x++)
            if (px->data[y * row + x] != last[x % px->c]) return (double)flat / (double)px->h;
    return 1;
}

static fer_status fail_cut(struct reading *r, const struct feri_jpeg_facts *facts, fer_error *err)
{
    enum { MOST_PER_BYTE = 1024 }; /* pixels: no true picture has more, and one that claims them is not filled */
    if (facts->progressive)
        return feri_fail(err, FER_ERR_FORMAT, "JPEG: the file is cut off, its finer scans are missing");
    if (r->px->w * r->px->h / r->size > MOST_PER_BYTE ||
        (!decode_with(r, LENIENT) && tjGetErrorCode(r->tj) == TJERR_FATAL))
        return feri_fail(err, FER_ERR_FORMAT, "JPEG: the file is cut off: %s", tjGetErrorStr2(r->tj));
    return feri_fail(err, FER_ERR_FORMAT, "JPEG: the file is cut off, about %.0f %% of the picture is missing",
                     100 * flat_share(r->px));
}

/* The end mark is put where it is missing. If nothing else is, the picture is whole. */
static fer_status decode_unended(const struct reading *r, const struct feri_jpeg_facts *facts, struct feri_picture *out,
                                 fer_error *err)
{
    size_t n = r->size - (r->data[r->size - 1] == 0xFF); /* half of the mark */
    uint8_t *ended = malloc(n + 2);
    if (!ended) return feri_fail_memory(err, n + 2);
    memcpy(ended, r->data, n);
    memcpy(ended + n, "\xFF\xD9", 2);
    struct reading with_end = *r;
    with_end.data = ended;
    with_end.size = n + 2;
    fer_status st = FER_OK;
    if (!facts->all_scans || !decode_with(&with_end, STRICT)) st = fail_cut(&with_end, facts, err);
    else feri_picture_note(out, "its end mark is missing, the picture is complete");
    free(ended);
    return st;
}

/* ---- the whole ---- */

static fer_status decode(const struct reading *r, struct feri_picture *out, fer_error *err)
{
    struct feri_jpeg_facts facts = feri_jpeg_look(r->data, r->size);
    out->orientation = facts.orientation;
    if (!facts.ended) return decode_unended(r, &facts, out, err);
    if (decode_with(r, STRICT)) return FER_OK;
    if (is_padded(r) && (decode_with(r, LENIENT) || is_padded(r))) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "JPEG: %s", tjGetErrorStr2(r->tj));
}

static fer_status open_and_decode(tjhandle tj, const struct feri_picture_file *p, struct feri_picture *out,
                                  fer_error *err)
{
    int w, h, subsampling, space;
    if (tjDecompressHeader3(tj, p->data, p->size, &w, &h, &subsampling, &space) != 0)
        return feri_fail(err, FER_ERR_FORMAT, "JPEG: %s", tjGetErrorStr2(tj));
    bool ink = space == TJCS_CMYK || space == TJCS_YCCK,
         grey = space == TJCS_GRAY; /* ink as Adobe writes it: inverted */
    fer_status st = feri_picture_check_size(p, (size_t)w, (size_t)h, err);
    if (st == FER_OK) st = feri_pixels_new((size_t)w, (size_t)h, ink ? 4 : grey ? 1 : 3, &out->px, err);
    if (st != FER_OK) return st;
    out->ink = ink;
    struct reading r = {tj, p->data, p->size, &out->px, ink ? TJPF_CMYK : grey ? TJPF_GRAY : TJPF_RGB};
    st = decode(&r, out, err);
    if (st == FER_OK) feri_jpeg_take_profile(p->data, p->size, out);
    return st;
}

fer_status feri_jpeg_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    tjhandle tj = tjInitDecompress();
    if (!tj) return feri_fail(err, FER_ERR_MEMORY, "JPEG: out of memory");
    fer_status st = open_and_decode(tj, p, out, err);
    tjDestroy(tj);
    return st;
}
