#include "base/angle.h"
#include "image/degrade.h"

#include <math.h>

#define DEGREES 15

static double within(double v, size_t n)
{
    return fmin(fmax(v, 0), (double)(n - 1));
}

/* Interpolate between the four pixels around (x, y). */
static uint8_t sample(const struct feri_pixels *px, double x, double y, size_t ch)
{
    size_t x0 = (size_t)x, y0 = (size_t)y, x1 = x0 + 1 < px->w ? x0 + 1 : x0, y1 = y0 + 1 < px->h ? y0 + 1 : y0;
    double u = x - (double)x0, v = y - (double)y0;
    const uint8_t *top = px->data + y0 * px->w * px->c + ch, *bottom = px->data + y1 * px->w * px->c + ch;
    double above = top[x0 * px->c] + (top[x1 * px->c] - top[x0 * px->c]) * u;
    double below = bottom[x0 * px->c] + (bottom[x1 * px->c] - bottom[x0 * px->c]) * u;
    return (uint8_t)(above + (below - above) * v + 0.5);
}

void feri_degrade_rotate(const struct feri_pixels *src, struct feri_pixels *out)
{
    double cosine = cos(DEGREES * FERI_PI / 180), sine = sin(DEGREES * FERI_PI / 180);
    double cx = ((double)src->w - 1) / 2, cy = ((double)src->h - 1) / 2;
    uint8_t *to = out->data;
    for (size_t r = 0; r < src->h; r++)
        for (size_t c = 0; c < src->w; c++) {
            double dx = (double)c - cx, dy = (double)r - cy;
            double x = within(cx + cosine * dx - sine * dy, src->w), y = within(cy + sine * dx + cosine * dy, src->h);
            for (size_t ch = 0; ch < src->c; ch++) *to++ = sample(src, x, y, ch);
        }
}
