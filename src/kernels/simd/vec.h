/* One vector type, as wide as the instruction set this file is compiled for, in compiler vector extensions. */
#ifndef FERI_KERNELS_SIMD_VEC_H
#define FERI_KERNELS_SIMD_VEC_H

#include "kernels/kernels.h"

#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#define VL 16 /* floats in a vector */
#elif defined(__AVX2__)
#include <immintrin.h>
#define VL 8
#else
#define VL 4
#endif

#define GEMM_NV 2 /* vectors in a row of a packed panel */
#if VL == 16
/* No more: 8 rows with a stride of a power of two must fit the 8 ways of a first-level cache. */
#define GEMM_MR 8
#elif defined(__wasm_simd128__)
/* Without fused multiply-adds each product needs a register before it is added, and engines keep one for themselves. */
#define GEMM_MR 4
#else
#define GEMM_MR 6
#endif

typedef float vec __attribute__((vector_size(VL * 4)));
typedef int32_t ivec __attribute__((vector_size(VL * 4)));
typedef uint32_t uvec __attribute__((vector_size(VL * 4)));

#define FERI_CAT2(a, b) a##__##b
#define FERI_CAT(a, b)  FERI_CAT2(a, b)
/* The name of an external symbol for this instruction set, for example f__avx2 for NAME(f). */
#define NAME(f) FERI_CAT(f, FERI_ISA_NAME)

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

/* Not (vec){0} + s: the compiler must keep that addition, because x + 0 is not x for x = -0. */
INLINE vec splat(float s)
{
#if VL == 16
    return (vec){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s};
#elif VL == 8
    return (vec){s, s, s, s, s, s, s, s};
#else
    return (vec){s, s, s, s};
#endif
}

/* Unroll the loop that follows, of at most n rounds: then an array of sums is a set of registers. */
#define FERI_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) FERI_PRAGMA(clang loop unroll(full))
#else
#define UNROLL(n) FERI_PRAGMA(GCC unroll n)
#endif

/* mask ? a : b, lane by lane. */
INLINE vec choose(ivec mask, vec a, vec b)
{
    return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

/* a > b ? a : b and a < b ? a : b; both return b if either is NaN. Uses a single instruction where one exists, because
 * compilers do not find it themselves. */
INLINE vec vmax(vec a, vec b)
{
#if defined(__AVX512F__)
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__wasm_simd128__)
    return __builtin_wasm_pmax_f32x4(b, a);
#else
    return choose(a > b, a, b);
#endif
}

INLINE vec vmin(vec a, vec b)
{
#if defined(__AVX512F__)
    return (vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#elif defined(__wasm_simd128__)
    return __builtin_wasm_pmin_f32x4(b, a);
#else
    return choose(a < b, a, b);
#endif
}

/* 0, 1, 2, ... */
INLINE uvec lane_numbers(void)
{
#if VL == 16
    return (uvec){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif VL == 8
    return (uvec){0, 1, 2, 3, 4, 5, 6, 7};
#else
    return (uvec){0, 1, 2, 3};
#endif
}

/* Dropout's mask of these elements: v where feri_bits24(key, element) >= threshold, otherwise 0. */
INLINE vec keep_some(vec v, uint64_t key, uvec element, uint32_t threshold)
{
    uvec x = element * UINT32_C(0x9E3779B9) + (uint32_t)key;
    x = (x ^ (x >> 16)) * UINT32_C(0x7FEB352D) + (uint32_t)(key >> 32);
    x = (x ^ (x >> 15)) * UINT32_C(0x846CA68B);
    x = (x ^ (x >> 16)) >> 8;
    return (vec)((ivec)v & ((ivec)x >= (int32_t)threshold));
}

/* Load n < VL floats; the other lanes are 0 and not read. */
INLINE vec load_part(const float *p, size_t n)
{
#if defined(__AVX512F__)
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    float t[VL] = {0};
    memcpy(t, p, n * sizeof *t);
    return load(t);
#endif
}

INLINE void store_part(float *p, vec v, size_t n)
{
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
    float t[VL];
    store(t, v);
    memcpy(p, t, n * sizeof *t);
#endif
}

/* Loop over c floats in vectors: ch is the position, n the number of valid lanes (fewer than VL only in the last). */
#define EACH(ch, n, c) for (size_t ch = 0, n = (c) < VL ? (c) : VL; ch < (c); ch += VL, n = (c)-ch < VL ? (c)-ch : VL)

INLINE vec get(const float *p, size_t n)
{
    return __builtin_expect(n == VL, 1) ? load(p) : load_part(p, n);
}

INLINE void put(float *p, vec v, size_t n)
{
    if (__builtin_expect(n == VL, 1)) store(p, v);
    else store_part(p, v, n);
}

/* = or, with accumulate, += */
INLINE void put_or_add(float *p, vec v, size_t n, bool accumulate)
{
    put(p, accumulate ? get(p, n) + v : v, n);
}

/* Sum of the lanes, always in the same order. */
INLINE float lane_sum(vec v)
{
    float t[VL], s = 0;
    store(t, v);
    for (int i = 0; i < VL; i++) s += t[i];
    return s;
}

INLINE float lane_max(vec v)
{
    float t[VL];
    store(t, v);
    float m = t[0];
    for (int i = 1; i < VL; i++) m = t[i] > m ? t[i] : m;
    return m;
}

/* exp(x) = 2^n e^r, |r| <= ln 2 / 2, by a minimax polynomial: relative error 3e-9 before rounding, 1e-7 after.
 * Saturates beyond +-87.3. A NaN stays a NaN. */
INLINE vec vexp(vec x0)
{
    /* In this order a NaN stays a NaN. Its low bits are zero, so nothing is shifted into p. */
    vec x = vmin(splat(88.3f), vmax(splat(-87.3f), x0));
    /* Adding 1.5 * 2^23 rounds to an integer in the low bits; the constant itself is shifted out below. */
    vec i = x * splat(1.44269504f) + splat(12582912.0f);
    vec n = i - splat(12582912.0f);
#if defined(__FMA__)
    vec r = x - n * splat(0.69314718f); /* the product is exact inside, and this float is ln 2 to within 2e-9 */
#else
    vec r = x - n * splat(0.693359375f);
    r -= n * splat(-2.12194440e-4f);
#endif
    vec p = splat(1.381459878757596e-3f);
    p = p * r + splat(8.368716575205326e-3f);
    p = p * r + splat(4.166838899254799e-2f);
    p = p * r + splat(1.666652113199234e-1f);
    p = p * r + splat(4.999999403953552e-1f);
    p = p * r + splat(1.0f);
    p = p * r + splat(1.0f);
    return (vec)((ivec)p + ((ivec)i << 23));
}

INLINE vec vsigmoid(vec x)
{
    return splat(1.0f) / (splat(1.0f) + vexp(-x));
}

/* The error is at most 1e-7, also where tanh itself is small. */
INLINE vec vtanh(vec x)
{
    return splat(1.0f) - splat(2.0f) / (splat(1.0f) + vexp(x + x));
}

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2 = 1/2 + t P(t^2) / Q(t^2). t is x clamped to +-5.54; beyond that erf is 1 in
 * floats. The minimax fit of erf has a relative error of 2e-8 before rounding, so Phi is off by up to 2e-7. (The sum
 * with 1/2 cancels in the left tail, as it does in PyTorch.) The bound was chosen so that the quotient is exactly 1/2,
 * with and without fused multiply-adds: x Phi(x) must vanish far out. */
INLINE vec vphi(vec x)
{
    vec t = vmin(splat(5.54360056f), vmax(splat(-5.54360056f), x)), s = t * t;
    vec p = splat(2.2650164807283018e-8f), q = splat(1.1903276829641836e-6f);
    p = p * s + splat(6.2946834828609472e-6f);
    q = q * s + splat(7.2650722797214256e-5f);
    p = p * s + splat(1.6639833038121707e-4f);
    q = q * s + splat(1.8710391543864378e-3f);
    p = p * s + splat(4.6622460616355388e-3f);
    q = q * s + splat(2.8526261007246905e-2f);
    p = p * s + splat(3.3657755820311268e-2f);
    q = q * s + splat(2.5103385412848461e-1f);
    p = p * s + splat(3.9894227305007179e-1f);
    q = q * s + splat(1.0f);
    return splat(0.5f) + t * p / q;
}

INLINE vec vact(enum feri_act act, vec x, vec slope)
{
    const vec zero = splat(0.0f);
    switch (act) {
    case FERI_ACT_RELU: return vmax(zero, x); /* a NaN stays a NaN */
    case FERI_ACT_RELU6: return vmin(splat(6.0f), vmax(zero, x));
    case FERI_ACT_PRELU: return choose(x > zero, x, slope * x);
    case FERI_ACT_GELU: return x * vphi(x);
    case FERI_ACT_HSWISH: {
        vec t = vmin(splat(6.0f), vmax(zero, x + splat(3.0f)));
        return x * t * splat(1.0f / 6.0f);
    }
    case FERI_ACT_SIGMOID: return vsigmoid(x);
    case FERI_ACT_TANH: return vtanh(x);
    case FERI_ACT_NONE: break;
    }
    return x;
}

INLINE vec vact_derivative(enum feri_act act, vec x, vec slope)
{
    const vec zero = splat(0.0f), one = splat(1.0f);
    switch (act) {
    case FERI_ACT_RELU: return choose(x > zero, one, zero);
    case FERI_ACT_RELU6: return choose(x > zero, choose(x < splat(6.0f), one, zero), zero);
    case FERI_ACT_PRELU: return choose(x > zero, one, slope);
    case FERI_ACT_GELU: return vphi(x) + x * splat(0.39894228f) * vexp(splat(-0.5f) * x * x);
    case FERI_ACT_HSWISH: {
        vec d = (splat(2.0f) * x + splat(3.0f)) * splat(1.0f / 6.0f);
        return choose(x < splat(-3.0f), zero, choose(x > splat(3.0f), one, d));
    }
    case FERI_ACT_SIGMOID: {
        vec y = vsigmoid(x);
        return y * (one - y);
    }
    case FERI_ACT_TANH: {
        vec y = vtanh(x);
        return (one - y) * (one + y);
    }
    case FERI_ACT_NONE: break;
    }
    return one;
}

#endif
