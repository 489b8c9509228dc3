/* Random numbers that depend on a place, not on a moment. A generator is seeded from (seed, stream, index). So the
 * augmentation of a sample or the initial value of a weight never depends on what ran before or on the thread. */
#ifndef FERI_BASE_RNG_H
#define FERI_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct feri_rng {
    uint64_t state;
};

/* SplitMix64 finaliser (Steele, Lea, Flood 2014): a bijection of 64 bits that mixes all of them. */
static inline uint64_t feri_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/** Mix a text into h. */
static inline uint64_t feri_mix_text(uint64_t h, const char *text)
{
    for (; *text; text++) h = feri_mix64(h ^ (uint8_t)*text);
    return h;
}

/* 24 random bits of element i under a key, in 32-bit steps that a vector can do in every lane. An odd multiple of i is
 * combined with the key and passed through Wellons' "lowbias32", with the other half of the key between its
 * multiplications. Elements 2^32 apart share their bits. */
static inline uint32_t feri_bits24(uint64_t key, uint64_t i)
{
    uint32_t x = (uint32_t)i * UINT32_C(0x9E3779B9) + (uint32_t)key;
    x = (x ^ (x >> 16)) * UINT32_C(0x7FEB352D) + (uint32_t)(key >> 32);
    x = (x ^ (x >> 15)) * UINT32_C(0x846CA68B);
    return (x ^ (x >> 16)) >> 8;
}

static inline struct feri_rng feri_rng_new(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (struct feri_rng){feri_mix64(feri_mix64(feri_mix64(seed + UINT64_C(0x9E3779B97F4A7C15)) + stream) + index)};
}

static inline uint64_t feri_rng_u64(struct feri_rng *r)
{
    return feri_mix64(r->state += UINT64_C(0x9E3779B97F4A7C15));
}

/** Uniform in [0, 1), 24 random bits. */
static inline float feri_rng_uniform(struct feri_rng *r)
{
    return (float)(feri_rng_u64(r) >> 40) * 0x1p-24f;
}

/** Uniform in [lo, hi). */
static inline float feri_rng_range(struct feri_rng *r, float lo, float hi)
{
    return lo + (hi - lo) * feri_rng_uniform(r);
}

/** Uniform in 0..n-1, n > 0 (multiply-shift; the bias is below n / 2^32). */
static inline uint32_t feri_rng_below(struct feri_rng *r, uint32_t n)
{
    return (uint32_t)(((feri_rng_u64(r) >> 32) * n) >> 32);
}

#endif
