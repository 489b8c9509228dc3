#include "image/image.h"

void feri_mirror(size_t rows, size_t w, size_t c, float *x)
{
    for (size_t y = 0; y < rows; y++, x += w * c)
        for (size_t left = 0, right = w - 1; left < right; left++, right--)
            for (size_t ch = 0; ch < c; ch++) {
                float v = x[left * c + ch];
                x[left * c + ch] = x[right * c + ch];
                x[right * c + ch] = v;
            }
}
