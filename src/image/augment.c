/* Augmentation of one training image. Flip, random resized crop, shift, zoom and rotation are combined into one affine
 * map, so the image is sampled once. RandAugment, brightness, contrast and erasing follow. Every random number is drawn
 * whether or not its step is on, so switching off one step does not change the others. */
#include "base/angle.h"
#include "base/error.h"
#include "image/image.h"
#include "image/randaugment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI ((float)FERI_PI)

/* From output pixel to source pixel: x' = a x + b y + c, y' = d x + e y + f. */
struct affine {
    float a, b, c, d, e, f;
};

/* The part of the source that fills the output: centre and size in source pixels. */
struct window {
    float x, y, w, h;
};

/* torchvision's RandomResizedCrop: area in [min, 1], log-uniform aspect ratio in [3/4, 4/3]. If the result does not
 * fit, the whole image is used. */
static struct window draw_window(const fer_augment_options *a, struct feri_rng *rng, float w, float h)
{
    struct window whole = {w / 2, h / 2, w, h};
    float area = feri_rng_range(rng, a->crop_scale_min, 1), aspect = expf(feri_rng_range(rng, -0.2876821f, 0.2876821f));
    float u = feri_rng_uniform(rng), v = feri_rng_uniform(rng);
    if (a->crop_scale_min <= 0 || a->crop_scale_min >= 1) return whole;
    float cw = sqrtf(area * w * h * aspect), ch = sqrtf(area * w * h / aspect);
    if (cw > w || ch > h) return whole;
    return (struct window){cw / 2 + u * (w - cw), ch / 2 + v * (h - ch), cw, ch};
}

static struct affine draw_map(const fer_augment_options *a, struct feri_rng *rng, const struct feri_pixels *src,
                              size_t w, size_t h)
{
    struct window win = draw_window(a, rng, (float)src->w, (float)src->h);
    float flip = feri_rng_uniform(rng) < a->flip ? -1.0f : 1.0f;
    float zoom = 1 + feri_rng_range(rng, -a->zoom, a->zoom),
          angle = feri_rng_range(rng, -a->rotation, a->rotation) * PI / 180;
    win.x += feri_rng_range(rng, -a->shift, a->shift) * (float)src->w;
    win.y += feri_rng_range(rng, -a->shift, a->shift) * (float)src->h;
    float sx = win.w / (float)w / zoom, sy = win.h / (float)h / zoom, cosine = cosf(angle), sine = sinf(angle);
    struct affine m = {flip * sx * cosine, -flip * sy * sine, 0, sx * sine, sy * cosine, 0};
    /* Output pixel centres (x + 1/2) map to source pixel centres. */
    m.c = win.x - 0.5f - m.a * ((float)w / 2 - 0.5f) - m.b * ((float)h / 2 - 0.5f);
    m.f = win.y - 0.5f - m.d * ((float)w / 2 - 0.5f) - m.e * ((float)h / 2 - 0.5f);
    return m;
}

static float clamp(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void warp(const struct feri_pixels *src, const struct affine *m, struct feri_pixels *out)
{
    size_t c = src->c;
    uint8_t *dst = out->data;
    for (size_t y = 0; y < out->h; y++)
        for (size_t x = 0; x < out->w; x++, dst += c) {
            float sx = clamp(m->a * (float)x + m->b * (float)y + m->c, 0, (float)(src->w - 1));
            float sy = clamp(m->d * (float)x + m->e * (float)y + m->f, 0, (float)(src->h - 1));
            size_t x0 = (size_t)sx, y0 = (size_t)sy, x1 = x0 + 1 < src->w ? x0 + 1 : x0,
                   y1 = y0 + 1 < src->h ? y0 + 1 : y0;
            float u = sx - (float)x0, v = sy - (float)y0;
            for (size_t ch = 0; ch < c; ch++) {
                float p = src->data[(y0 * src->w + x0) * c + ch], q = src->data[(y0 * src->w + x1) * c + ch];
                float r = src->data[(y1 * src->w + x0) * c + ch], s = src->data[(y1 * src->w + x1) * c + ch];
                float top = p + (q - p) * u, bottom = r + (s - r) * u;
                dst[ch] = (uint8_t)(top + (bottom - top) * v + 0.5f);
            }
        }
}

static float mean_of(const struct feri_pixels *px)
{
    double sum = 0;
    size_t n = px->w * px->h * px->c;
    for (size_t i = 0; i < n; i++) sum += px->data[i];
    return (float)(sum / (double)n);
}

static void adjust(struct feri_pixels *px, float brightness, float contrast)
{
    uint8_t table[256];
    float mean = mean_of(px) * brightness;
    for (int v = 0; v < 256; v++)
        table[v] = (uint8_t)(clamp(((float)v * brightness - mean) * contrast + mean, 0, 255) + 0.5f);
    for (size_t i = 0; i < px->w * px->h * px->c; i++) px->data[i] = table[px->data[i]];
}

/* Zhong et al. 2020; the rectangle is filled with the image's mean. */
static void erase(struct feri_pixels *px, struct feri_rng *rng)
{
    float area = feri_rng_range(rng, 0.02f, 0.2f) * (float)(px->w * px->h),
          aspect = expf(feri_rng_range(rng, -1.2f, 1.2f));
    size_t w = (size_t)clamp(sqrtf(area * aspect), 1, (float)px->w),
           h = (size_t)clamp(sqrtf(area / aspect), 1, (float)px->h);
    size_t x = feri_rng_below(rng, (uint32_t)(px->w - w + 1)), y = feri_rng_below(rng, (uint32_t)(px->h - h + 1));
    int mean = (int)(mean_of(px) + 0.5f);
    for (size_t i = 0; i < h; i++) memset(px->data + ((y + i) * px->w + x) * px->c, mean, w * px->c);
}

static bool is_geometric(const fer_augment_options *a)
{
    return a->flip > 0 || (a->crop_scale_min > 0 && a->crop_scale_min < 1) || a->shift > 0 || a->zoom > 0 ||
           a->rotation > 0;
}

fer_status feri_augment_apply(const fer_augment_options *a, struct feri_rng *rng, const struct feri_pixels *src,
                              size_t w, size_t h, struct feri_pixels *out, fer_error *err)
{
    fer_status st;
    struct affine map = draw_map(a, rng, src, w, h);
    float brightness = 1 + feri_rng_range(rng, -a->brightness, a->brightness),
          contrast = 1 + feri_rng_range(rng, -a->contrast, a->contrast);
    bool erased = feri_rng_uniform(rng) < a->erase;
    if (!is_geometric(a)) {
        st = feri_image_resize(src, w, h, out, err);
    } else if ((st = feri_pixels_new(w, h, src->c, out, err)) == FER_OK) {
        warp(src, &map, out);
    }
    if (st == FER_OK && a->randaugment_ops > 0)
        st = feri_randaugment(out, a->randaugment_ops, a->randaugment_magnitude, rng, err);
    if (st != FER_OK) {
        feri_pixels_free(out);
        return st;
    }
    if (brightness != 1 || contrast != 1) adjust(out, brightness, contrast);
    if (erased) erase(out, rng);
    return FER_OK;
}
