/* What the fuzz targets of single decoders of pictures share. */
#ifndef FUZZ_DECODER_H
#define FUZZ_DECODER_H

#include "formats/picture_codec.h"
#include "fuzz.h"

/* Larger pictures are legal, slow, and find nothing that small ones do not. */
#define FUZZ_PIXELS_MAX ((size_t)1 << 16)

static inline void finish(struct feri_picture *picture)
{
    fer_error err = {0};
    if (succeeded(feri_picture_finish(picture, &err), &err)) {
        const struct feri_pixels *px = &picture->px;
        volatile uint8_t sink = 0;
        demand(px->w > 0 && px->h > 0 && (px->c == 1 || px->c == 3) && px->w * px->h <= FUZZ_PIXELS_MAX);
        for (size_t i = 0; i < px->w * px->h * px->c; i++) sink = px->data[i];
        (void)sink;
    }
}

static inline int decode_as(enum feri_picture_kind kind,
                            fer_status (*decode)(const struct feri_picture_file *p, struct feri_picture *out,
                                                 fer_error *err),
                            const uint8_t *data, size_t size)
{
    struct feri_picture_file file = {kind, "picture", data, size, FUZZ_PIXELS_MAX};
    struct feri_picture picture = {0};
    fer_error err = {0};
    if (size < 12) return 0; /* what finds out the kind has looked at more */
    if (succeeded(decode(&file, &picture, &err), &err)) finish(&picture);
    feri_picture_free(&picture);
    return 0;
}

#endif
