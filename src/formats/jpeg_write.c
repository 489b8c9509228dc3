/* JPEG as a loss of quality: written and read again, in memory. */
#include "base/error.h"
#include "formats/codecs.h"

#include <stdbool.h>
#include <turbojpeg.h>

static fer_status read_again(unsigned char *data, unsigned long size, struct feri_pixels *out, fer_error *err)
{
    fer_status st = feri_jpeg_decode(data, size, out, err);
    tjFree(data);
    return st;
}

fer_status feri_pixels_through_jpeg(const struct feri_pixels *px, int quality, struct feri_pixels *out, fer_error *err)
{
    unsigned char *data = NULL;
    unsigned long size = 0;
    bool grey = px->c == 1;
    *out = (struct feri_pixels){0};
    tjhandle tj = tjInitCompress();
    if (!tj) return feri_fail(err, FER_ERR_MEMORY, "JPEG: out of memory");
    int bad = tjCompress2(tj, px->data, (int)px->w, 0, (int)px->h, grey ? TJPF_GRAY : TJPF_RGB, &data, &size,
                          grey ? TJSAMP_GRAY : TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
    fer_status st = bad ? feri_fail(err, FER_ERR_UNSUPPORTED, "JPEG of %zu x %zu: %s", px->w, px->h, tjGetErrorStr2(tj)) : FER_OK;
    tjDestroy(tj);
    if (st == FER_OK) return read_again(data, size, out, err);
    tjFree(data);
    return st;
}
