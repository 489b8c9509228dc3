/* Colours to sRGB by lcms2. */
#include "formats/library.h"
#include "formats/picture.h"

#include <lcms2.h>
#include <stdlib.h>
#include <string.h>

#define LCMS(f)                                                                                                    \
    f(cmsOpenProfileFromMem) f(cmsCloseProfile) f(cmsCreate_sRGBProfile) f(cmsGetColorSpace) f(cmsCreateTransform) \
        f(cmsDeleteTransform) f(cmsDoTransform)

struct lcms {
#define FIELD(name) __typeof__(name) *name;
    LCMS(FIELD)
#undef FIELD
};

static bool find(struct lcms *out)
{
#define NAME(name) #name,
    static const char *const names[] = {LCMS(NAME)};
#undef NAME
    static const struct feri_library library = {FER_LIBLCMS, FER_LIBLCMS_PACKAGE, "converts colours"};
    fer_error unimportant = {0};
    return feri_library_find(&library, names, sizeof names / sizeof *names, out, &unimportant) == FER_OK;
}

/* What rounding moves; a profile that moves no colour farther is sRGB's, and its pixels stay as they are. */
#define NEAR 2

static bool is_near(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (abs(a[i] - b[i]) > NEAR) return false;
    return true;
}

static bool is_srgb(const struct lcms *l, cmsHTRANSFORM t)
{
    enum { STEPS = 9, N = STEPS * STEPS * STEPS };
    uint8_t from[N * 3], to[N * 3];
    for (size_t i = 0; i < N; i++) {
        from[i * 3] = (uint8_t)(i % STEPS * 255 / (STEPS - 1));
        from[i * 3 + 1] = (uint8_t)(i / STEPS % STEPS * 255 / (STEPS - 1));
        from[i * 3 + 2] = (uint8_t)(i / STEPS / STEPS * 255 / (STEPS - 1));
    }
    l->cmsDoTransform(t, from, to, N);
    return is_near(from, to, sizeof from);
}

/* RGB, with alpha or without, in place. */
static bool convert_rgb(const struct lcms *l, cmsHPROFILE profile, cmsHPROFILE srgb, struct feri_pixels *px)
{
    cmsUInt32Number form = px->c == 4 ? TYPE_RGBA_8 : TYPE_RGB_8;
    cmsHTRANSFORM plain = l->cmsCreateTransform(profile, TYPE_RGB_8, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    cmsHTRANSFORM t = plain ? l->cmsCreateTransform(profile, form, srgb, form, INTENT_PERCEPTUAL, 0) : NULL;
    if (t && !is_srgb(l, plain))
        for (size_t y = 0; y < px->h; y++) {
            uint8_t *row = px->data + y * px->w * px->c;
            l->cmsDoTransform(t, row, row, (cmsUInt32Number)px->w);
        }
    if (plain) l->cmsDeleteTransform(plain);
    if (t) l->cmsDeleteTransform(t);
    return t != NULL;
}

/* Grey by a table, under a profile of grey or of RGB. */
static bool convert_grey(const struct lcms *l, cmsHPROFILE profile, cmsHPROFILE srgb, struct feri_pixels *px)
{
    bool rgb = l->cmsGetColorSpace(profile) == cmsSigRgbData;
    uint8_t from[256 * 3], to[256 * 3], level[256], table[256];
    size_t c = rgb ? 3 : 1;
    for (size_t i = 0; i < 256 * c; i++) from[i] = (uint8_t)(i / c);
    for (size_t i = 0; i < 256; i++) level[i] = (uint8_t)i;
    cmsHTRANSFORM t =
        l->cmsCreateTransform(profile, rgb ? TYPE_RGB_8 : TYPE_GRAY_8, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    if (!t) return false;
    l->cmsDoTransform(t, from, to, 256);
    l->cmsDeleteTransform(t);
    for (size_t i = 0; i < 256; i++) table[i] = to[i * 3 + 1];
    if (is_near(table, level, 256)) return true;
    for (size_t i = 0; i < px->w * px->h; i++) px->data[i * px->c] = table[px->data[i * px->c]];
    return true;
}

static bool convert_ink(const struct lcms *l, cmsHPROFILE profile, cmsHPROFILE srgb, struct feri_picture *p)
{
    struct feri_pixels *px = &p->px;
    uint8_t *row = malloc(px->w * 3);
    cmsHTRANSFORM t =
        row ? l->cmsCreateTransform(profile, TYPE_CMYK_8_REV, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0) : NULL;
    for (size_t y = 0; t && y < px->h; y++) {
        l->cmsDoTransform(t, px->data + y * px->w * 4, row, (cmsUInt32Number)px->w);
        memcpy(px->data + y * px->w * 3, row, px->w * 3); /* never past what is read next */
    }
    free(row);
    if (!t) return false;
    l->cmsDeleteTransform(t);
    px->c = 3;
    p->ink = false;
    return true;
}

static bool convert(const struct lcms *l, cmsHPROFILE profile, cmsHPROFILE srgb, struct feri_picture *p)
{
    cmsColorSpaceSignature space = l->cmsGetColorSpace(profile);
    if (p->ink) return space == cmsSigCmykData && convert_ink(l, profile, srgb, p);
    if (p->px.c > 2) return space == cmsSigRgbData && convert_rgb(l, profile, srgb, &p->px);
    return (space == cmsSigGrayData || space == cmsSigRgbData) && convert_grey(l, profile, srgb, &p->px);
}

void feri_picture_to_srgb(struct feri_picture *p)
{
    struct lcms l;
    if (!find(&l)) {
        feri_picture_leave_profile(p, "needs " FER_LIBLCMS " (Debian's package " FER_LIBLCMS_PACKAGE ")");
        return;
    }
    cmsHPROFILE profile = l.cmsOpenProfileFromMem(p->icc, (cmsUInt32Number)p->icc_size);
    cmsHPROFILE srgb = profile ? l.cmsCreate_sRGBProfile() : NULL;
    if (!srgb || !convert(&l, profile, srgb, p))
        feri_picture_note(p, "its colour profile is damaged or does not fit and was left aside");
    if (srgb) l.cmsCloseProfile(srgb);
    if (profile) l.cmsCloseProfile(profile);
}
