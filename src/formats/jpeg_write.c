/* JPEG written to a file, and JPEG as a degradation: encoded and decoded in memory. */
#include "base/error.h"
#include "base/file.h"
#include "formats/picture_codec.h"
#include "formats/picture_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

struct jpeg {
    unsigned char *data; /* freed by tjFree() */
    unsigned long size;
};

static fer_status compress(const struct feri_pixels *px, int quality, int sampling, struct jpeg *out, fer_error *err)
{
    bool grey = px->c == 1;
    *out = (struct jpeg){0};
    if (px->w > 65500 || px->h > 65500) /* libjpeg's own limit; the sizes below are ints */
        return feri_fail(err, FER_ERR_UNSUPPORTED, "JPEG of %zu x %zu: at most 65500 pixels a side", px->w, px->h);
    tjhandle tj = tjInitCompress();
    if (!tj) return feri_fail(err, FER_ERR_MEMORY, "JPEG: out of memory");
    int bad = tjCompress2(tj, px->data, (int)px->w, 0, (int)px->h, grey ? TJPF_GRAY : TJPF_RGB, &out->data, &out->size,
                          grey ? TJSAMP_GRAY : sampling, quality, TJFLAG_ACCURATEDCT);
    fer_status st =
        bad ? feri_fail(err, FER_ERR_UNSUPPORTED, "JPEG of %zu x %zu: %s", px->w, px->h, tjGetErrorStr2(tj)) : FER_OK;
    tjDestroy(tj);
    return st;
}

static fer_status write_bytes(const char *path, const struct jpeg *jpeg, fer_error *err)
{
    struct feri_atomic_file file;
    fer_status st = feri_atomic_open(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_atomic_write(&file, jpeg->data, jpeg->size, err);
    if (st == FER_OK) return feri_atomic_commit(&file, err);
    feri_atomic_abort(&file);
    return st;
}

fer_status feri_pixels_write_jpeg(const char *path, const struct feri_pixels *px, int quality, fer_error *err)
{
    struct jpeg jpeg;
    fer_status st = compress(px, quality, TJSAMP_444, &jpeg, err);
    if (st == FER_OK) st = write_bytes(path, &jpeg, err);
    else feri_fail_in(err, st, "%s", path);
    tjFree(jpeg.data);
    return st;
}

fer_status feri_pixels_encode_jpeg(const struct feri_pixels *px, int quality, uint8_t **data_out, size_t *size_out,
                                   fer_error *err)
{
    struct jpeg jpeg;
    *data_out = NULL;
    fer_status st = compress(px, quality, TJSAMP_444, &jpeg, err);
    /* tjFree() is not always free(). */
    if (st == FER_OK && !(*data_out = malloc(jpeg.size))) st = feri_fail_memory(err, jpeg.size);
    if (st == FER_OK) memcpy(*data_out, jpeg.data, *size_out = jpeg.size);
    tjFree(jpeg.data);
    return st;
}

fer_status feri_pixels_through_jpeg(const struct feri_pixels *px, int quality, struct feri_pixels *out, fer_error *err)
{
    struct jpeg jpeg;
    *out = (struct feri_pixels){0};
    fer_status st = compress(px, quality, TJSAMP_420, &jpeg, err);
    if (st == FER_OK) st = feri_pixels_decode(jpeg.data, jpeg.size, out, err);
    tjFree(jpeg.data);
    return st;
}
