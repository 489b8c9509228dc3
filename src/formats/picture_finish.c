/* What is the same for pictures of every kind once they are decoded. */
#include "formats/exif.h"
#include "formats/picture.h"

#include <stdlib.h>

/* Over black, because a transparent pixel's colour is arbitrary. */
static void compose(struct feri_pixels *px)
{
    size_t c = px->c - 1;
    const uint8_t *src = px->data, *end = src + px->w * px->h * px->c;
    for (uint8_t *dst = px->data; src < end; src += px->c, dst += c)
        for (size_t ch = 0; ch < c; ch++) dst[ch] = (uint8_t)((src[ch] * src[c] + 127) / 255);
    px->c = c;
}

/* Ink that no profile describes. */
static void mix_ink(struct feri_pixels *px)
{
    const uint8_t *src = px->data, *end = src + px->w * px->h * 4;
    for (uint8_t *dst = px->data; src < end; src += 4, dst += 3)
        for (size_t ch = 0; ch < 3; ch++) dst[ch] = (uint8_t)(src[ch] * src[3] / 255);
    px->c = 3;
}

/* Give back what the channels that are gone took. */
static void shrink(struct feri_pixels *px)
{
    uint8_t *smaller = realloc(px->data, px->w * px->h * px->c);
    if (smaller) px->data = smaller;
}

fer_status feri_picture_finish(struct feri_picture *p, fer_error *err)
{
    size_t before = p->px.c;
    if (p->icc) feri_picture_to_srgb(p);
    if (p->ink) mix_ink(&p->px);
    else if (p->px.c % 2 == 0) compose(&p->px);
    p->ink = false;
    if (p->px.c < before) shrink(&p->px);
    return feri_pixels_upright(&p->px, p->orientation ? p->orientation : 1, err);
}
