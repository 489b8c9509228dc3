/* Colour conversion, and conversion from pixel values to network input. */
#include "base/error.h"
#include "base/words.h"
#include "fer/image.h"
#include "image/image.h"

#include <math.h>
#include <string.h>

fer_status feri_image_convert(const struct feri_pixels *src, size_t c, struct feri_pixels *out, fer_error *err)
{
    fer_status st = feri_pixels_new(src->w, src->h, c, out, err);
    if (st != FER_OK) return st;
    const uint8_t *s = src->data;
    if (src->c == c) {
        memcpy(out->data, s, src->w * src->h * c);
        return FER_OK;
    }
    for (size_t i = 0; i < src->w * src->h; i++, s += src->c) {
        uint8_t grey = src->c == 1 ? s[0] : (uint8_t)((299 * s[0] + 587 * s[1] + 114 * s[2] + 500) / 1000);
        for (size_t ch = 0; ch < c; ch++) out->data[i * c + ch] = grey;
    }
    return FER_OK;
}

const char *const feri_preprocess_words[] = {"imagenet", "imagenet-255", "unit", "half", NULL};
static const struct feri_preprocess meanings[] = {
    {1.0f / 255.0f, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
    {1.0f, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
    {1.0f / 255.0f, {0, 0, 0}, {1, 1, 1}},
    {1.0f / 255.0f, {0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}},
};

const char *const *fer_preprocess_names(void)
{
    return feri_preprocess_words;
}

fer_status feri_preprocess_find(const char *name, size_t channels, struct feri_preprocess *out, fer_error *err)
{
    char known[80];
    size_t i;
    feri_words_text(feri_preprocess_words, known, sizeof known);
    if (!feri_word_find(feri_preprocess_words, name, &i))
        return feri_fail(err, FER_ERR_ARGUMENT, "preprocessing '%s' is unknown, expected one of %s", name, known);
    *out = meanings[i];
    if (channels == 1) {
        out->mean[0] = (out->mean[0] + out->mean[1] + out->mean[2]) / 3;
        out->std[0] = (out->std[0] + out->std[1] + out->std[2]) / 3;
    }
    return FER_OK;
}

void feri_preprocess_apply(const struct feri_preprocess *p, const struct feri_pixels *px, float *dst)
{
    float table[3][256];
    for (size_t ch = 0; ch < px->c; ch++)
        for (int v = 0; v < 256; v++) table[ch][v] = ((float)v * p->scale - p->mean[ch]) / p->std[ch];
    size_t n = px->w * px->h;
    const uint8_t *s = px->data;
    if (px->c == 3)
        for (size_t i = 0; i < n; i++, s += 3, dst += 3)
            dst[0] = table[0][s[0]], dst[1] = table[1][s[1]], dst[2] = table[2][s[2]];
    else
        for (size_t i = 0; i < n; i++) dst[i] = table[0][s[i]];
}

void feri_preprocess_undo(const struct feri_preprocess *p, const float *src, const struct feri_pixels *px)
{
    for (size_t i = 0; i < px->w * px->h * px->c; i++) {
        size_t ch = i % px->c;
        px->data[i] = (uint8_t)lrintf(fminf(fmaxf((src[i] * p->std[ch] + p->mean[ch]) / p->scale, 0), 255));
    }
}

void feri_preprocess_scale(const struct feri_preprocess *p, size_t n, size_t c, float *x)
{
    float gain[3], offset[3];
    for (size_t ch = 0; ch < c; ch++) {
        gain[ch] = p->scale / p->std[ch];
        offset[ch] = p->mean[ch] / p->std[ch];
    }
    if (c == 3)
        for (size_t i = 0; i < n; i++, x += 3)
            x[0] = x[0] * gain[0] - offset[0], x[1] = x[1] * gain[1] - offset[1], x[2] = x[2] * gain[2] - offset[2];
    else
        for (size_t i = 0; i < n; i++) x[i] = x[i] * gain[0] - offset[0];
}
