#include "formats/exif.h"

#include <stdbool.h>
#include <string.h>

static unsigned get16(const uint8_t *p, bool big)
{
    return big ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[1] << 8 | p[0]);
}

static size_t get32(const uint8_t *p, bool big)
{
    return big ? (size_t)get16(p, big) << 16 | get16(p + 2, big) : (size_t)get16(p + 2, big) << 16 | get16(p, big);
}

enum { ENTRY = 12, LONG = 4 };

/* Position of the first directory's entries, and how many of them are inside the block. */
static size_t directory(const uint8_t *tiff, size_t size, size_t *n)
{
    *n = 0;
    if (size < 8) return 0;
    bool big = tiff[0] == 'M';
    size_t at = get32(tiff + 4, big);
    if (at > size - 2) return 0;
    size_t said = get16(tiff + at, big), held = (size - at - 2) / ENTRY;
    *n = said < held ? said : held;
    return at + 2;
}

size_t feri_tiff_value(const uint8_t *tiff, size_t size, unsigned tag, size_t otherwise)
{
    bool big = size > 0 && tiff[0] == 'M';
    size_t n, at = directory(tiff, size, &n);
    for (; n--; at += ENTRY)
        if (get16(tiff + at, big) == tag)
            return get16(tiff + at + 2, big) == LONG ? get32(tiff + at + 8, big) : get16(tiff + at + 8, big);
    return otherwise;
}

static bool is_among(const unsigned *tags, size_t n, unsigned tag)
{
    for (size_t i = 0; i < n; i++)
        if (tags[i] == tag) return true;
    return false;
}

void feri_tiff_keep(uint8_t *tiff, size_t size, const unsigned *keep, size_t n)
{
    bool big = size > 0 && tiff[0] == 'M';
    size_t entries, kept = 0, start = directory(tiff, size, &entries);
    for (size_t i = 0; i < entries; i++) {
        const uint8_t *entry = tiff + start + i * ENTRY;
        if (is_among(keep, n, get16(entry, big))) memmove(tiff + start + kept++ * ENTRY, entry, ENTRY);
    }
    if (start == 0) return;
    tiff[start - 2] = (uint8_t)(big ? kept >> 8 : kept);
    tiff[start - 1] = (uint8_t)(big ? kept : kept >> 8);
}

unsigned feri_tiff_orientation(const uint8_t *tiff, size_t size)
{
    size_t v = feri_tiff_value(tiff, size, 0x0112, 1);
    return v >= 1 && v <= 8 ? (unsigned)v : 1;
}

/* Position in the stored picture of pixel (x, y) of the upright picture w x h. */
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

fer_status feri_pixels_upright(struct feri_pixels *px, unsigned o, fer_error *err)
{
    struct feri_pixels turned;
    if (o == 1) return FER_OK;
    fer_status st = feri_pixels_new(o >= 5 ? px->h : px->w, o >= 5 ? px->w : px->h, px->c, &turned, err);
    if (st != FER_OK) return st;
    for (size_t y = 0; y < turned.h; y++)
        for (size_t x = 0; x < turned.w; x++)
            memcpy(turned.data + (y * turned.w + x) * px->c, px->data + stored_at(o, x, y, turned.w, turned.h) * px->c,
                   px->c);
    feri_pixels_free(px);
    *px = turned;
    return FER_OK;
}
