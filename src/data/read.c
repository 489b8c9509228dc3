/* Reads a sample's picture and landmarks on demand. */
#include "data/rows.h"
#include "formats/npy.h"

#include "base/decimal.h"
#include "formats/picture_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

static fer_status read_own_file(const struct feri_dataset *ds, size_t i, const char *folder, uint8_t **data,
                                size_t *size, fer_error *err)
{
    char path[8192];
    struct feri_bytes bytes;
    const char *name = feri_dataset_file(ds, i);
    int n = *name == '/' ? snprintf(path, sizeof path, "%s", name) : snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) return feri_fail(err, FER_ERR_IO, "%s: a path is too long", name);
    fer_status st = feri_file_load(path, &bytes, err);
    if (st != FER_OK) return st;
    *data = malloc(bytes.size + 1);
    *size = bytes.size;
    if (*data) memcpy(*data, bytes.data, bytes.size);
    feri_bytes_free(&bytes);
    return *data ? FER_OK : feri_fail_memory(err, *size);
}

static fer_status read_packed(const struct feri_pack *pack, const struct feri_sample *s, uint8_t **data, size_t *size,
                              fer_error *err)
{
    *size = s->size;
    *data = malloc(s->size + (size_t)1);
    if (!*data) return feri_fail_memory(err, s->size);
    fer_status st = feri_pack_read(pack, s->at, s->size, *data, err);
    if (st == FER_OK) return FER_OK;
    free(*data);
    *data = NULL;
    return st;
}

static fer_status read_bytes(const struct feri_dataset *ds, size_t i, uint8_t **data, size_t *size, fer_error *err)
{
    const struct feri_sample *s = &ds->samples[i];
    const struct feri_source *source = &ds->sources[s->source];
    switch (source->kind) {
    case FERI_SOURCE_ARCHIVE: return feri_archive_read(source->archive, s->entry, data, size, err);
    case FERI_SOURCE_PACK: return read_packed(source->pack, s, data, size, err);
    case FERI_SOURCE_FILES: break;
    }
    return read_own_file(ds, i, source->path, data, size, err);
}

fer_status feri_dataset_read_file(const struct feri_dataset *ds, size_t i, uint8_t **data, size_t *size, fer_error *err)
{
    const struct feri_sample *s = &ds->samples[i];
    *data = NULL;
    *size = 0;
    if (s->in_row || s->width)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: '%s' has no file of its own", ds->path,
                         feri_dataset_file(ds, i));
    return read_bytes(ds, i, data, size, err);
}

/* ---- pixels ---- */

#define ROW_SIDE 48 /* FER2013: 48 x 48 grey values, separated by blanks */

static fer_status pixels_of_row(const struct feri_dataset *ds, const struct feri_sample *s, struct feri_pixels *out,
                                fer_error *err)
{
    char *text, *p;
    fer_status st = feri_row_field(ds, &s->row, (size_t)s->in_row - 1, &text, err);
    if (st != FER_OK) return st;
    st = feri_pixels_new(ROW_SIDE, ROW_SIDE, 1, out, err);
    p = text;
    for (size_t i = 0; i < ROW_SIDE * ROW_SIDE && st == FER_OK; i++) {
        char *end;
        long v = strtol(p, &end, 10);
        if (end == p || v < 0 || v > 255)
            st = feri_fail(err, FER_ERR_FORMAT, "pixel %zu of %d: '%.12s' is not a number from 0 to 255", i + 1,
                           ROW_SIDE * ROW_SIDE, p);
        else out->data[i] = (uint8_t)v;
        p = end;
    }
    if (st == FER_OK && p[strspn(p, " ")])
        st = feri_fail(err, FER_ERR_FORMAT, "more than %d pixels", ROW_SIDE * ROW_SIDE);
    if (st != FER_OK) feri_pixels_free(out);
    free(text);
    return st;
}

static fer_status whole_picture(const struct feri_dataset *ds, size_t i, struct feri_pixels *out, fer_error *err)
{
    const struct feri_sample *s = &ds->samples[i];
    uint8_t *data;
    size_t size;
    if (s->in_row) return pixels_of_row(ds, s, out, err);
    fer_status st = read_bytes(ds, i, &data, &size, err);
    if (st != FER_OK) return st;
    if (!s->width) {
        st = feri_pixels_decode(data, size, out, err);
    } else if ((st = feri_pixels_new(s->width, s->height, s->channels, out, err)) == FER_OK) {
        memcpy(out->data, data, size);
    }
    free(data);
    return st;
}

/* Edges lo..hi (exclusive) of the box's side [at, at + size), widened by the margin and clipped to the picture. */
static bool cut(float at, float size, float margin, size_t length, size_t *lo, size_t *hi)
{
    float a = floorf(at - margin * size), b = ceilf(at + size + margin * size), n = (float)length;
    if (!(a < n && b > 0)) return false;
    *lo = a > 0 ? (size_t)a : 0;
    *hi = b < n ? (size_t)b : length;
    return *hi > *lo;
}

static fer_status crop(const float box[4], float margin, struct feri_pixels *px, fer_error *err)
{
    size_t x0, x1, y0, y1;
    struct feri_pixels out;
    if (!cut(box[0], box[2], margin, px->w, &x0, &x1) || !cut(box[1], box[3], margin, px->h, &y0, &y1))
        return feri_fail(err, FER_ERR_FORMAT, "the face's box (%g, %g, %g x %g) is outside the picture of %zu x %zu",
                         (double)box[0], (double)box[1], (double)box[2], (double)box[3], px->w, px->h);
    fer_status st = feri_pixels_new(x1 - x0, y1 - y0, px->c, &out, err);
    if (st != FER_OK) return st;
    for (size_t y = 0; y < out.h; y++)
        memcpy(out.data + y * out.w * out.c, px->data + ((y0 + y) * px->w + x0) * px->c, out.w * out.c);
    feri_pixels_free(px);
    *px = out;
    return FER_OK;
}

fer_status feri_dataset_read(const struct feri_dataset *ds, size_t i, struct feri_pixels *out, fer_error *err)
{
    const float *box = ds->samples[i].annotation.box;
    *out = (struct feri_pixels){0};
    fer_status st = whole_picture(ds, i, out, err);
    if (st == FER_OK && box[2] > 0) st = crop(box, ds->opt.margin, out, err);
    if (st == FER_OK) return FER_OK;
    feri_pixels_free(out);
    return feri_fail_in(err, st, "%s: '%s'", ds->path, feri_dataset_file(ds, i));
}

/* ---- landmarks ---- */

static fer_status landmarks_of_npy(const struct feri_dataset *ds, const struct feri_sample *s, float *out,
                                   fer_error *err)
{
    uint8_t *data;
    size_t size;
    fer_npy npy;
    const struct feri_archive *a = ds->sources[s->source].archive;
    fer_status st = feri_archive_read(a, s->landmarks, &data, &size, err);
    if (st != FER_OK) return st;
    st = feri_npy_parse(data, size, &npy, err);
    free(data);
    if (st != FER_OK) return st;
    if (npy.count != 2 * FERI_LANDMARKS)
        st = feri_fail(err, FER_ERR_FORMAT, "%zu numbers, expected %d", npy.count, 2 * FERI_LANDMARKS);
    else memcpy(out, npy.data, npy.count * sizeof *out);
    fer_npy_free(&npy);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: '%s'", ds->path, feri_archive_name(a, s->landmarks));
}

static fer_status landmarks_of_row(const struct feri_dataset *ds, const struct feri_sample *s, float *out, bool *has,
                                   fer_error *err)
{
    char *text, *p;
    fer_status st = feri_row_field(ds, &s->row, ds->landmarks_column, &text, err);
    if (st != FER_OK) return st;
    p = text;
    *has = *p != '\0';
    for (size_t i = 0; *has && i < 2 * FERI_LANDMARKS && st == FER_OK; i++) {
        char *end;
        out[i] = feri_strtof(p, &end);
        if (end == p || (*end && *end != ';'))
            st = feri_fail(err, FER_ERR_FORMAT, "%s: '%s': landmark %zu: '%.16s' is not a number", ds->path,
                           ds->names + s->name, i, p);
        p = *end ? end + 1 : end;
    }
    free(text);
    return st;
}

bool feri_dataset_has_landmarks(const struct feri_dataset *ds, size_t i)
{
    return ds->samples[i].landmarks != FERI_NONE || (ds->has_landmarks && ds->samples[i].row.size);
}

fer_status feri_dataset_landmarks(const struct feri_dataset *ds, size_t i, float out[2 * FERI_LANDMARKS], bool *has,
                                  fer_error *err)
{
    const struct feri_sample *s = &ds->samples[i];
    *has = s->landmarks != FERI_NONE;
    if (*has) return landmarks_of_npy(ds, s, out, err);
    if (s->row.size && ds->has_landmarks) return landmarks_of_row(ds, s, out, has, err);
    return FER_OK;
}
