#include "formats/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ICC_MAX ((size_t)32 << 20)

void feri_picture_free(struct feri_picture *p)
{
    feri_pixels_free(&p->px);
    free(p->icc);
    *p = (struct feri_picture){0};
}

void feri_picture_note(struct feri_picture *p, const char *text)
{
    size_t n = strlen(p->note.text);
    snprintf(p->note.text + n, sizeof p->note.text - n, "%s%s", n ? "; " : "", text);
}

void feri_picture_set_icc(struct feri_picture *p, const void *data, size_t size)
{
    if (size == 0) return;
    free(p->icc);
    p->icc = size <= ICC_MAX ? malloc(size) : NULL;
    p->icc_size = p->icc ? size : 0;
    if (p->icc) memcpy(p->icc, data, size);
    else feri_picture_note(p, "its colour profile is too large and was left aside");
}

static bool holds(const uint8_t *data, size_t size, const void *bytes, size_t n)
{
    for (size_t at = 0; at + n <= size; at++)
        if (memcmp(data + at, bytes, n) == 0) return true;
    return false;
}

void feri_picture_leave_profile(struct feri_picture *p, const char *why)
{
    char text[sizeof p->note.text];
    if (holds(p->icc, p->icc_size, "sRGB", 4) || holds(p->icc, p->icc_size, "s\0R\0G\0B", 7)) return;
    snprintf(text, sizeof text, "its colour profile was left aside: %s", why);
    feri_picture_note(p, text);
}
