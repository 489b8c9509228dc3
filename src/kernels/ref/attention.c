#include "kernels/ref/ref.h"

#include <math.h>
#include <string.h>

size_t feri_attention_scratch__ref(size_t t, size_t width)
{
    (void)width;
    return t;
}

void feri_attention__ref(const struct feri_attention *a, float *scratch)
{
    for (size_t i = 0; i < a->t; i++) {
        float top = -INFINITY, total = 0, *out = a->out + i * a->ld_out;
        for (size_t j = 0; j < a->t; j++) {
            float dot = 0;
            for (size_t c = 0; c < a->width; c++) dot += a->q[i * a->ld + c] * a->k[j * a->ld + c];
            scratch[j] = a->scale * dot;
            top = scratch[j] > top ? scratch[j] : top;
        }
        for (size_t j = 0; j < a->t; j++) total += scratch[j] = expf(scratch[j] - top);
        memset(out, 0, a->width * sizeof *out);
        for (size_t j = 0; j < a->t; j++)
            for (size_t c = 0; c < a->width; c++) out[c] += scratch[j] / total * a->v[j * a->ld + c];
    }
}
