/* Half precision bits to float and back (IEEE 754 binary16, round to nearest even, overflow to infinity). */
#ifndef FERI_FORMATS_HALF_H
#define FERI_FORMATS_HALF_H

#include <stddef.h>
#include <stdint.h>

float feri_half_to_float(uint16_t h);
void feri_halves_to_floats(const uint8_t *halves, size_t n, float *out); /* little-endian, as in files */
uint16_t feri_float_to_half(float f);

#endif
