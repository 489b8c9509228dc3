/* A checksum of bytes: FNV-1a, 64 bits (Fowler, Noll, Vo). It finds what broke by accident, not what somebody forged.
 */
#ifndef FERI_BASE_FNV_H
#define FERI_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FERI_FNV_START UINT64_C(0xCBF29CE484222325)

/** Continue a checksum, which begins with FERI_FNV_START, with some bytes. */
uint64_t feri_fnv(uint64_t h, const void *data, size_t size);

#endif
