#include "image/randaugment.h"

#include "base/angle.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAST (FERI_RANDAUGMENT_BINS - 1) /* the magnitude of the strongest effect */

static size_t size_of(const struct feri_pixels *px)
{
    return px->w * px->h * px->c;
}

/* A copy of px as it is now, for operations that read neighbours. Free it with free(). */
static fer_status copy_of(const struct feri_pixels *px, uint8_t **out, fer_error *err)
{
    size_t size = size_of(px);
    *out = malloc(size);
    if (!*out) return feri_fail_memory(err, size);
    memcpy(*out, px->data, size);
    return FER_OK;
}

/* ---- geometry ---- */

/* The point (x, y) of the new picture shows the point (a x + b y + tx, c x + d y + ty) of the old. */
struct map {
    double a, b, tx, c, d, ty;
};

/* 16 bits of fraction, as in Pillow. With more bits, points close to the border of a pixel would be assigned to its
 * neighbour. */
static int64_t fixed(double v)
{
    return (int64_t)floor(v * 65536 + 0.5);
}

/* Fill one row of px from `old`, beginning at the point (u, v) with steps of (du, dv). channels equals px->c; passing
 * it separately lets it be a constant. */
static inline void move_row(const struct feri_pixels *px, const uint8_t *old, size_t channels, int64_t u, int64_t v,
                            int64_t du, int64_t dv, uint8_t *dst)
{
    for (size_t x = 0; x < px->w; x++, dst += channels, u += du, v += dv) {
        uint64_t sx = (uint64_t)u >> 16, sy = (uint64_t)v >> 16; /* a negative value becomes huge */
        bool inside = sx < px->w && sy < px->h;
        const uint8_t *from = inside ? old + ((size_t)sy * px->w + (size_t)sx) * channels : old;
        for (size_t ch = 0; ch < channels; ch++) dst[ch] = inside ? from[ch] : 0;
    }
}

static fer_status move(struct feri_pixels *px, struct map m, fer_error *err)
{
    uint8_t *old, *dst = px->data;
    fer_status st = copy_of(px, &old, err);
    if (st != FER_OK) return st;
    int64_t a = fixed(m.a), b = fixed(m.b), c = fixed(m.c), d = fixed(m.d);
    int64_t left = fixed(m.tx + m.a * 0.5 + m.b * 0.5),
            top = fixed(m.ty + m.c * 0.5 + m.d * 0.5); /* the source point of the first pixel's middle */
    for (size_t y = 0; y < px->h; y++, left += b, top += d, dst += px->w * px->c) {
        int64_t u = left, v = top;
        if (px->c == 3) move_row(px, old, 3, u, v, a, c, dst);
        else move_row(px, old, px->c, u, v, a, c, dst);
    }
    free(old);
    return FER_OK;
}

/* Up to 0.3. The top left corner stays in place, not the centre. */
static fer_status shear(struct feri_pixels *px, bool vertical, int signed_magnitude, fer_error *err)
{
    double slope = 0.3 * signed_magnitude / LAST;
    return move(px, vertical ? (struct map){1, 0, 0, slope, 1, 0} : (struct map){1, slope, 0, 0, 1, 0}, err);
}

/* Whole pixels, up to 150 of 331 (the published policies are for pictures of 331 x 331). */
static fer_status translate(struct feri_pixels *px, bool vertical, int signed_magnitude, fer_error *err)
{
    int64_t side = (int64_t)(vertical ? px->h : px->w), shift = 150 * side * signed_magnitude / (331 * LAST);
    return move(
        px, vertical ? (struct map){1, 0, 0, 0, 1, -(double)shift} : (struct map){1, 0, -(double)shift, 0, 1, 0}, err);
}

/* Up to 30 degrees, counter-clockwise around the centre. */
static fer_status rotate(struct feri_pixels *px, int signed_magnitude, fer_error *err)
{
    double angle = 30.0 * signed_magnitude / LAST * FERI_PI / 180, c = cos(angle), s = sin(angle);
    double cx = (double)px->w / 2, cy = (double)px->h / 2;
    return move(px, (struct map){c, -s, cx - c * cx + s * cy, s, c, cy - s * cx - c * cy}, err);
}

/* ---- colour: every sample moves on the line from `other` (0) through its own value (1) ---- */

static inline uint8_t blend(int other, int v, float factor)
{
    float new = (float)other + factor *(float)(v - other);
    return (uint8_t)(int)(new < 0 ? 0 : new > 255 ? 255 : new);
}

/* 0.1 to 1.9. The steps are counted from the nearer end in single precision, as in torch.linspace. Where a product is a
 * whole number, the last bit decides to which value blend() truncates it. */
static float factor_of(int signed_magnitude)
{
    const float end = 0.9f, step = end / LAST;
    int k = abs(signed_magnitude);
    float v = k < (LAST + 1) / 2 ? step * (float)k : end - step * (float)(LAST - k);
    return (float)(1 + (signed_magnitude < 0 ? -(double)v : (double)v));
}

/* ITU-R BT.601 with 16 bits of fraction, rounded. */
static uint8_t grey_at(const struct feri_pixels *px, size_t i)
{
    const uint8_t *p = px->data + i * px->c;
    return px->c == 1 ? p[0] : (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16);
}

static void color(struct feri_pixels *px, float factor)
{
    size_t n = px->w * px->h;
    uint8_t *p = px->data;
    for (size_t i = 0; px->c == 3 && i < n; i++, p += 3) {
        uint8_t grey = grey_at(px, i);
        p[0] = blend(grey, p[0], factor);
        p[1] = blend(grey, p[1], factor);
        p[2] = blend(grey, p[2], factor);
    }
}

static void blend_constant(struct feri_pixels *px, uint8_t other, float factor)
{
    uint8_t table[256];
    size_t n = size_of(px);
    uint8_t *p = px->data;
    for (int v = 0; v < 256; v++) table[v] = blend(other, (uint8_t)v, factor);
    for (size_t i = 0; i < n; i++) p[i] = table[p[i]];
}

static void contrast(struct feri_pixels *px, float factor)
{
    uint64_t sum = 0, n = px->w * px->h;
    for (size_t i = 0; i < n; i++) sum += grey_at(px, i);
    blend_constant(px, (uint8_t)((2 * sum + n) / (2 * n)), factor);
}

/* sums [line]: scratch. */
static void sharpen_row(const uint8_t *restrict p, size_t line, size_t c, float factor, uint16_t *restrict sums,
                        uint8_t *restrict dst)
{
    const uint8_t *restrict above = p - line, *restrict below = p + line;
    for (size_t i = 0; i < line; i++) sums[i] = (uint16_t)(above[i] + p[i] + below[i]);
    for (size_t i = c; i < line - c; i++) {
        unsigned sum = 4u * p[i] + sums[i - c] + sums[i] + sums[i + c];
        dst[i] = blend((int)((2 * sum + 13) / 26), p[i], factor);
    }
}

/* Compare with the 3 x 3 smoothing (1 1 1, 1 5 1, 1 1 1) / 13. The border does not change. */
static fer_status sharpness(struct feri_pixels *px, float factor, fer_error *err)
{
    size_t line = px->w * px->c, c = px->c;
    uint8_t *old;
    if (px->w < 3 || px->h < 3) return FER_OK;
    uint16_t *sums = malloc(line * sizeof *sums); /* of three rows, sample by sample */
    fer_status st = sums ? copy_of(px, &old, err) : feri_fail_memory(err, line * sizeof *sums);
    if (st != FER_OK) {
        free(sums);
        return st;
    }
    for (size_t y = 1; y + 1 < px->h; y++) sharpen_row(old + y * line, line, c, factor, sums, px->data + y * line);
    free(old);
    free(sums);
    return FER_OK;
}

/* ---- tone: a table that maps the values of one channel ---- */

static void look_up(struct feri_pixels *px, size_t ch, const uint8_t table[256])
{
    size_t n = size_of(px), c = px->c;
    uint8_t *p = px->data;
    for (size_t i = ch; i < n; i += c) p[i] = table[p[i]];
}

static void auto_contrast(struct feri_pixels *px, size_t ch)
{
    uint8_t lo = 255, hi = 0, table[256] = {0};
    const uint8_t *p = px->data;
    for (size_t i = ch, n = size_of(px), c = px->c; i < n; i += c) {
        lo = p[i] < lo ? p[i] : lo;
        hi = p[i] > hi ? p[i] : hi;
    }
    if (hi <= lo) return;
    double scale = 255.0 / (hi - lo), offset = -lo * scale;
    for (int v = lo; v <= hi; v++) {
        volatile double scaled =
            /* rounded before the sum: a fused sum would truncate to another level where the result is whole */
            v * scale;
        double level = scaled + offset;
        table[v] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
    }
    look_up(px, ch, table);
}

static void equalize(struct feri_pixels *px, size_t ch)
{
    size_t histogram[256] = {0}, n = px->w * px->h, last = 255, sum = 0;
    for (size_t i = 0; i < n; i++) histogram[px->data[i * px->c + ch]]++;
    while (histogram[last] == 0) last--;
    size_t step = (n - histogram[last]) / 255;
    if (step == 0) return;
    uint8_t table[256];
    for (int v = 0; v < 256; v++) {
        size_t level = (sum + step / 2) / step;
        table[v] = (uint8_t)(level > 255 ? 255 : level);
        sum += histogram[v];
    }
    look_up(px, ch, table);
}

/* Clears up to four low bits. */
static void posterize(struct feri_pixels *px, int magnitude)
{
    int bits = (2 * 4 * magnitude + LAST) / (2 * LAST); /* rounded; no magnitude is exactly halfway */
    for (size_t i = 0; i < size_of(px); i++) px->data[i] &= (uint8_t)(0xFF << bits);
}

/* Inverts values that are not below 255 (1 - magnitude / LAST). */
static void solarize(struct feri_pixels *px, int magnitude)
{
    for (size_t i = 0; i < size_of(px); i++)
        if (px->data[i] * LAST >= 255 * (LAST - magnitude)) px->data[i] = (uint8_t)(255 - px->data[i]);
}

fer_status feri_randaugment_apply(struct feri_pixels *px, enum feri_randaugment_op op, int magnitude, bool negative,
                                  fer_error *err)
{
    int toward = negative ? -magnitude : magnitude;
    switch (op) {
    case FERI_RANDAUGMENT_SHEAR_X: return shear(px, false, toward, err);
    case FERI_RANDAUGMENT_SHEAR_Y: return shear(px, true, toward, err);
    case FERI_RANDAUGMENT_TRANSLATE_X: return translate(px, false, toward, err);
    case FERI_RANDAUGMENT_TRANSLATE_Y: return translate(px, true, toward, err);
    case FERI_RANDAUGMENT_ROTATE: return rotate(px, toward, err);
    case FERI_RANDAUGMENT_BRIGHTNESS: blend_constant(px, 0, factor_of(toward)); break;
    case FERI_RANDAUGMENT_COLOR: color(px, factor_of(toward)); break;
    case FERI_RANDAUGMENT_CONTRAST: contrast(px, factor_of(toward)); break;
    case FERI_RANDAUGMENT_SHARPNESS: return sharpness(px, factor_of(toward), err);
    case FERI_RANDAUGMENT_POSTERIZE: posterize(px, magnitude); break;
    case FERI_RANDAUGMENT_SOLARIZE: solarize(px, magnitude); break;
    case FERI_RANDAUGMENT_AUTO_CONTRAST:
        for (size_t ch = 0; ch < px->c; ch++) auto_contrast(px, ch);
        break;
    case FERI_RANDAUGMENT_EQUALIZE:
        for (size_t ch = 0; ch < px->c; ch++) equalize(px, ch);
        break;
    case FERI_RANDAUGMENT_IDENTITY:
    case FERI_RANDAUGMENT_OPS: break;
    }
    return FER_OK;
}

fer_status feri_randaugment(struct feri_pixels *px, int ops, int magnitude, struct feri_rng *rng, fer_error *err)
{
    fer_status st = FER_OK;
    for (int i = 0; i < ops && st == FER_OK; i++) {
        enum feri_randaugment_op op = (enum feri_randaugment_op)feri_rng_below(rng, FERI_RANDAUGMENT_OPS);
        bool negative = feri_rng_below(rng, 2) == 1;
        st = feri_randaugment_apply(px, op, magnitude, negative, err);
    }
    return st;
}
