#include "formats/riff.h"

#include "formats/exif.h"

#include <string.h>

size_t feri_riff_get(const struct feri_picture_file *p, size_t at, size_t n)
{
    size_t v = 0;
    if (p->size < n || at > p->size - n) return 0;
    while (n--) v = v << 8 | p->data[at + n];
    return v;
}

size_t feri_riff_chunk(const struct feri_picture_file *p, const char *name, size_t *length)
{
    for (size_t at = 12; at + 8 <= p->size; at += 8 + *length + (*length & 1)) {
        *length = feri_riff_get(p, at + 4, 4);
        if (*length > p->size - at - 8) break;
        if (memcmp(p->data + at, name, 4) == 0) return at + 8;
    }
    return 0;
}

/* Some writers keep the prefix that EXIF has in a JPEG. */
unsigned feri_riff_orientation(const struct feri_picture_file *p)
{
    size_t length, at = feri_riff_chunk(p, "EXIF", &length);
    if (at == 0) return 0;
    size_t skip = length >= 6 && memcmp(p->data + at, "Exif\0\0", 6) == 0 ? 6 : 0;
    return feri_tiff_orientation(p->data + at + skip, length - skip);
}
