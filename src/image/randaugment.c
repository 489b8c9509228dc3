#include "image/randaugment.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum operation { IDENTITY, SHEAR_X, SHEAR_Y, TRANSLATE_X, TRANSLATE_Y, ROTATE, BRIGHTNESS, COLOR, CONTRAST, SHARPNESS, POSTERIZE, SOLARIZE,
                 AUTO_CONTRAST, EQUALIZE, OPERATIONS };

static uint8_t sample(float v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* ---- geometry: output (x, y), from the centre, looks at (a x + b y + tx, c x + d y + ty) -------------------------------------------- */

struct map {
    float a, b, c, d, tx, ty;
};

static fer_status move(struct feri_pixels *px, struct map m, fer_error *err)
{
    size_t size = px->w * px->h * px->c;
    uint8_t *old = malloc(size), *dst = px->data;
    if (!old) return feri_fail_memory(err, size);
    memcpy(old, px->data, size);
    float cx = ((float)px->w - 1) / 2, cy = ((float)px->h - 1) / 2;
    for (size_t y = 0; y < px->h; y++)
        for (size_t x = 0; x < px->w; x++, dst += px->c) {
            float u = (float)x - cx, v = (float)y - cy;
            float sx = floorf(m.a * u + m.b * v + m.tx + cx + 0.5f), sy = floorf(m.c * u + m.d * v + m.ty + cy + 0.5f);
            if (sx < 0 || sy < 0 || sx >= (float)px->w || sy >= (float)px->h)
                memset(dst, 0, px->c);
            else
                memcpy(dst, old + ((size_t)sy * px->w + (size_t)sx) * px->c, px->c);
        }
    free(old);
    return FER_OK;
}

/* ---- colour: blend(x, other, f) = f x + (1 - f) other --------------------------------------------------------------------------------- */

static float grey_at(const struct feri_pixels *px, size_t i)
{
    const uint8_t *p = px->data + i * px->c;
    return px->c == 1 ? (float)p[0] : 0.2989f * (float)p[0] + 0.587f * (float)p[1] + 0.114f * (float)p[2];
}

static void color(struct feri_pixels *px, float f)
{
    for (size_t i = 0; i < px->w * px->h; i++) {
        float grey = grey_at(px, i);
        for (size_t ch = 0; ch < px->c; ch++) px->data[i * px->c + ch] = sample(f * (float)px->data[i * px->c + ch] + (1 - f) * grey);
    }
}

static void blend_constant(struct feri_pixels *px, float f, float other)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++) table[v] = sample(f * (float)v + (1 - f) * other);
    for (size_t i = 0; i < px->w * px->h * px->c; i++) px->data[i] = table[px->data[i]];
}

static void contrast(struct feri_pixels *px, float f)
{
    double sum = 0;
    for (size_t i = 0; i < px->w * px->h; i++) sum += (double)floorf(grey_at(px, i));
    blend_constant(px, f, (float)(sum / (double)(px->w * px->h)));
}

/* Against the 3 x 3 smoothing (1 1 1, 1 5 1, 1 1 1) / 13; the border stays. */
static fer_status sharpness(struct feri_pixels *px, float f, fer_error *err)
{
    size_t size = px->w * px->h * px->c, line = px->w * px->c;
    if (px->w < 3 || px->h < 3) return FER_OK;
    uint8_t *old = malloc(size);
    if (!old) return feri_fail_memory(err, size);
    memcpy(old, px->data, size);
    for (size_t y = 1; y + 1 < px->h; y++)
        for (size_t i = px->c; i < line - px->c; i++) {
            const uint8_t *p = old + y * line + i;
            int sum = 4 * *p;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++) sum += p[dy * (ptrdiff_t)line + dx * (ptrdiff_t)px->c];
            px->data[y * line + i] = sample(f * (float)*p + (1 - f) * roundf((float)sum / 13));
        }
    free(old);
    return FER_OK;
}

static void auto_contrast(struct feri_pixels *px)
{
    for (size_t ch = 0; ch < px->c; ch++) {
        int lo = 255, hi = 0;
        for (size_t i = ch; i < px->w * px->h * px->c; i += px->c) {
            lo = px->data[i] < lo ? px->data[i] : lo;
            hi = px->data[i] > hi ? px->data[i] : hi;
        }
        for (size_t i = ch; hi > lo && i < px->w * px->h * px->c; i += px->c)
            px->data[i] = sample((float)(px->data[i] - lo) * 255.0f / (float)(hi - lo));
    }
}

static void equalize(struct feri_pixels *px)
{
    for (size_t ch = 0; ch < px->c; ch++) {
        size_t histogram[256] = {0}, n = px->w * px->h, last = 255, sum = 0;
        for (size_t i = 0; i < n; i++) histogram[px->data[i * px->c + ch]]++;
        while (histogram[last] == 0) last--;
        size_t step = (n - histogram[last]) / 255;
        if (step == 0) continue;
        uint8_t table[256];
        for (int v = 0; v < 256; v++) {
            size_t level = (sum + step / 2) / step;
            table[v] = (uint8_t)(level > 255 ? 255 : level);
            sum += histogram[v];
        }
        for (size_t i = 0; i < n; i++) px->data[i * px->c + ch] = table[px->data[i * px->c + ch]];
    }
}

static void solarize(struct feri_pixels *px, float threshold)
{
    for (size_t i = 0; i < px->w * px->h * px->c; i++)
        if ((float)px->data[i] >= threshold) px->data[i] = (uint8_t)(255 - px->data[i]);
}

static void posterize(struct feri_pixels *px, int bits)
{
    for (size_t i = 0; i < px->w * px->h * px->c; i++) px->data[i] &= (uint8_t)(0xFF << (8 - bits));
}

/* level: the magnitude's position in its 31 bins, 0 to 1; sign: +-1 for the operations that have one. */
static fer_status apply(struct feri_pixels *px, enum operation op, float level, float sign, fer_error *err)
{
    float radians = sign * level * 30 * 3.14159265f / 180, shear = sign * level * 0.3f, factor = 1 + sign * level * 0.9f;
    switch (op) {
    case SHEAR_X: return move(px, (struct map){1, shear, 0, 1, 0, 0}, err);
    case SHEAR_Y: return move(px, (struct map){1, 0, shear, 1, 0, 0}, err);
    case TRANSLATE_X: return move(px, (struct map){1, 0, 0, 1, -truncf(sign * level * 150.0f / 331.0f * (float)px->w), 0}, err);
    case TRANSLATE_Y: return move(px, (struct map){1, 0, 0, 1, 0, -truncf(sign * level * 150.0f / 331.0f * (float)px->h)}, err);
    case ROTATE: return move(px, (struct map){cosf(radians), -sinf(radians), sinf(radians), cosf(radians), 0, 0}, err);
    case BRIGHTNESS: blend_constant(px, factor, 0); break;
    case COLOR: color(px, factor); break;
    case CONTRAST: contrast(px, factor); break;
    case SHARPNESS: return sharpness(px, factor, err);
    case POSTERIZE: posterize(px, 8 - (int)roundf(level * 4)); break;
    case SOLARIZE: solarize(px, 255 * (1 - level)); break;
    case AUTO_CONTRAST: auto_contrast(px); break;
    case EQUALIZE: equalize(px); break;
    case IDENTITY:
    case OPERATIONS: break;
    }
    return FER_OK;
}

fer_status feri_randaugment(struct feri_pixels *px, int ops, int magnitude, struct feri_rng *rng, fer_error *err)
{
    fer_status st = FER_OK;
    for (int i = 0; i < ops && st == FER_OK; i++) {
        enum operation op = (enum operation)feri_rng_below(rng, OPERATIONS);
        float sign = feri_rng_below(rng, 2) ? -1.0f : 1.0f;
        st = apply(px, op, (float)magnitude / 30, sign, err);
    }
    return st;
}
