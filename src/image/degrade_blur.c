#include "base/error.h"
#include "base/mem.h"
#include "image/degrade.h"

#include <math.h>
#include <stdlib.h>

struct kernel {
    size_t radius;  /* four standard deviations */
    double *weight; /* [radius + 1], from the middle outwards; both sides together sum to 1 */
};

static fer_status new_kernel(double sigma, struct kernel *out, fer_error *err)
{
    double sum = 0;
    size_t radius = (size_t)(4 * sigma + 0.5);
    *out = (struct kernel){radius, malloc((radius + 1) * sizeof *out->weight)};
    if (!out->weight) return feri_fail_memory(err, (radius + 1) * sizeof *out->weight);
    for (size_t i = 0; i <= radius; i++) {
        out->weight[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        sum += i ? 2 * out->weight[i] : out->weight[i];
    }
    for (size_t i = 0; i <= radius; i++) out->weight[i] /= sum;
    return FER_OK;
}

/* One line of n values, a stride apart. Beyond its ends, the last values are repeated. */
static void blur_line(const struct kernel *k, size_t n, size_t stride, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++) {
        double sum = k->weight[0] * (double)x[i * stride];
        for (size_t d = 1; d <= k->radius; d++) {
            size_t left = i > d ? i - d : 0, right = i + d < n ? i + d : n - 1;
            sum += k->weight[d] * ((double)x[left * stride] + (double)x[right * stride]);
        }
        y[i * stride] = (float)sum;
    }
}

fer_status feri_degrade_blur(const struct feri_pixels *src, double share, struct feri_pixels *out, fer_error *err)
{
    struct kernel k;
    size_t line = src->w * src->c, size = src->h * line;
    fer_status st = new_kernel(share * (double)(src->w < src->h ? src->w : src->h), &k, err);
    if (st != FER_OK) return st;
    float *x = malloc(2 * size * sizeof *x), *y = x ? x + size : NULL;
    if (!x) st = feri_fail_memory(err, 2 * size * sizeof *x);
    for (size_t i = 0; x && i < size; i++) x[i] = (float)src->data[i];
    for (size_t r = 0; x && r < src->h; r++)
        for (size_t ch = 0; ch < src->c; ch++) blur_line(&k, src->w, src->c, x + r * line + ch, y + r * line + ch);
    for (size_t i = 0; x && i < line; i++) blur_line(&k, src->h, line, y + i, x + i);
    for (size_t i = 0; x && i < size; i++) out->data[i] = (uint8_t)(x[i] + 0.5f);
    free(x);
    free(k.weight);
    return st;
}
