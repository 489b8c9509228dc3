#include "formats/half.h"

#include <string.h>

#define LANES 8 /* halves per block, which takes fewer instructions than single ones */

/* Convert the bits of a half to those of a float. In a float's place, exponent and mantissa mean 2^-112 times the
 * value, also for subnormals. Infinity and NaN get the remaining exponent bits. There are no branches, because weights
 * are read in blocks. */
static inline uint32_t widen(uint32_t h)
{
    uint32_t bits = (h & 0x7FFF) << 13, special = (h & 0x7C00) == 0x7C00 ? 0x7F800000 : 0;
    float value;
    memcpy(&value, &bits, sizeof value);
    value *= 0x1p112f;
    memcpy(&bits, &value, sizeof bits);
    return bits | special | (h & 0x8000) << 16;
}

float feri_half_to_float(uint16_t h)
{
    uint32_t bits = widen(h);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

void feri_halves_to_floats(const uint8_t *halves, size_t n, float *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        uint32_t bits[LANES];
        for (size_t l = 0; l < LANES; l++)
            bits[l] = widen((uint32_t)halves[2 * (i + l)] | (uint32_t)halves[2 * (i + l) + 1] << 8);
        memcpy(out + i, bits, sizeof bits);
    }
    for (; i < n; i++) out[i] = feri_half_to_float((uint16_t)(halves[2 * i] | halves[2 * i + 1] << 8));
}

uint16_t feri_float_to_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000) return (uint16_t)(sign | 0x7E00 | (rest >> 13 & 0x1FF)); /* NaN */
    if (rest >= 0x477FF000) return (uint16_t)(sign | 0x7C00);                       /* rounds to 65536 or more */
    if (rest < 0x38800000) {                                                        /* below 2^-14: subnormal */
        float magnitude;
        memcpy(&magnitude, &rest, sizeof magnitude);
        magnitude +=
            /* the float's last bit is now worth 2^-24, the smallest step of a half, so the addition rounds to nearest
             * even */
            0.5f;
        uint32_t rounded;
        memcpy(&rounded, &magnitude, sizeof rounded);
        return (uint16_t)(sign | (rounded - 0x3F000000));
    }
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest + 0xFFF + odd - 0x38000000) >> 13);
}
