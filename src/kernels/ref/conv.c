#include "kernels/ref/ref.h"

/* The input at tap (i, j) of output (oh, ow), all channels. NULL in the padding. */
static const float *input_at(const struct feri_conv_few *d, const float *x, size_t oh, size_t ow, size_t i, size_t j)
{
    size_t ih = oh * d->stride + i, iw = ow * d->stride + j; /* in padded coordinates */
    if (ih < d->pad || ih - d->pad >= d->h || iw < d->pad || iw - d->pad >= d->w) return NULL;
    return x + ((ih - d->pad) * d->w + iw - d->pad) * d->ci;
}

static float sum_at(const struct feri_conv_few *d, const float *x, size_t oh, size_t ow, size_t o)
{
    float sum = 0;
    for (size_t i = 0; i < d->k; i++)
        for (size_t j = 0; j < d->k; j++) {
            const float *in = input_at(d, x, oh, ow, i, j), *w = d->weight + ((o * d->k + i) * d->k + j) * d->ci;
            for (size_t ch = 0; in && ch < d->ci; ch++) sum += in[ch] * w[ch];
        }
    return sum;
}

void feri_conv_few__ref(const struct feri_conv_few *d, const float *x, float *y, size_t oh0, size_t oh1,
                        const struct feri_epilogue *epi, float *scratch)
{
    (void)scratch;
    for (size_t oh = oh0; oh < oh1; oh++)
        for (size_t ow = 0; ow < d->ow; ow++)
            for (size_t o = 0; o < d->co; o++) {
                size_t m = oh * d->ow + ow;
                y[m * d->co + o] = feri_ref_finish(epi, sum_at(d, x, oh, ow, o), m, o);
            }
}

void feri_conv_few_backward_weight__ref(const struct feri_conv_few *d, const float *x, const float *dy, float *dweight,
                                        float *scratch)
{
    (void)scratch;
    for (size_t m = 0; m < d->oh * d->ow; m++)
        for (size_t o = 0; o < d->co; o++)
            for (size_t t = 0; t < d->k * d->k; t++) {
                const float *in = input_at(d, x, m / d->ow, m % d->ow, t / d->k, t % d->k);
                for (size_t ch = 0; in && ch < d->ci; ch++)
                    dweight[(o * d->k * d->k + t) * d->ci + ch] += in[ch] * dy[m * d->co + o];
            }
}

size_t feri_conv_few_scratch__ref(const struct feri_conv_few *d)
{
    (void)d;
    return 0;
}
