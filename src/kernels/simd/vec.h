/* One vector type, as wide as the instruction set this file is compiled for, in compiler vector extensions. */
#ifndef FERI_KERNELS_SIMD_VEC_H
#define FERI_KERNELS_SIMD_VEC_H

#include "kernels/kernels.h"

#include <string.h>

#if defined(__AVX512F__)
#define VL 16 /* floats in a vector */
#elif defined(__AVX2__)
#define VL 8
#else
#define VL 4
#endif

#define GEMM_NV 2 /* vectors in a row of a packed panel */
#if VL == 16
#define GEMM_MR 8 /* not more: 8 rows with a stride of a power of two still fit the 8 ways of a first-level cache */
#else
#define GEMM_MR 6
#endif

typedef float vec __attribute__((vector_size(VL * 4)));
typedef int32_t ivec __attribute__((vector_size(VL * 4)));

#define FERI_CAT2(a, b) a##__##b
#define FERI_CAT(a, b) FERI_CAT2(a, b)
/* The name of an external symbol of this instruction set: NAME(f) is f__avx2, say. */
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

/* Not (vec){0} + s: that costs a real addition, for x + 0 is not the identity at -0. */
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

/* mask ? a : b, lane by lane. */
INLINE vec choose(ivec mask, vec a, vec b)
{
    return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

INLINE vec vmax(vec a, vec b)
{
    return choose(a > b, a, b);
}

INLINE vec vmin(vec a, vec b)
{
    return choose(a < b, a, b);
}

/* n < VL floats, the other lanes 0. */
INLINE vec load_part(const float *p, size_t n)
{
    float t[VL] = {0};
    memcpy(t, p, n * sizeof *t);
    return load(t);
}

INLINE void store_part(float *p, vec v, size_t n)
{
    float t[VL];
    store(t, v);
    memcpy(p, t, n * sizeof *t);
}

/* Walk over c floats in vectors: ch is where, n how many lanes count (fewer than VL in the last). */
#define EACH(ch, n, c) for (size_t ch = 0, n = (c) < VL ? (c) : VL; ch < (c); ch += VL, n = (c) - ch < VL ? (c) - ch : VL)

INLINE vec get(const float *p, size_t n)
{
    return __builtin_expect(n == VL, 1) ? load(p) : load_part(p, n);
}

INLINE void put(float *p, vec v, size_t n)
{
    if (__builtin_expect(n == VL, 1))
        store(p, v);
    else
        store_part(p, v, n);
}

/* = or += */
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

/* exp(x): 2^n times a polynomial of the remainder (Cephes expf), relative error below 2e-7. Saturates beyond +-87.3; a NaN stays one. */
INLINE vec vexp(vec x0)
{
    vec x = vmin(vmax(x0, splat(-87.3f)), splat(88.3f));
    x = choose(x0 != x0, x0, x);
    vec n = x * splat(1.44269504f) + splat(12582912.0f); /* 1.5 * 2^23: rounds to an integer in the low bits */
    ivec i = (ivec)n - (ivec)splat(12582912.0f);
    n -= splat(12582912.0f);
    vec r = x - n * splat(0.693359375f);
    r -= n * splat(-2.12194440e-4f);
    vec p = splat(1.9875691500e-4f);
    p = p * r + splat(1.3981999507e-3f);
    p = p * r + splat(8.3334519073e-3f);
    p = p * r + splat(4.1665795894e-2f);
    p = p * r + splat(1.6666665459e-1f);
    p = p * r + splat(5.0000001201e-1f);
    p = p * r * r + r + splat(1.0f);
    return (vec)((ivec)p + (i << 23));
}

INLINE vec vsigmoid(vec x)
{
    return splat(1.0f) / (splat(1.0f) + vexp(-x));
}

/* 1 - erf(|x|) = t (a1 + ... ) exp(-x^2) with 1.2e-7 relative error (Numerical Recipes' erfcc is rational-exponential; the
 * exponent's polynomial below is that one). */
INLINE vec verfc_abs(vec a)
{
    vec t = splat(1.0f) / (splat(1.0f) + splat(0.5f) * a);
    vec p = splat(0.17087277f);
    p = p * t + splat(-0.82215223f);
    p = p * t + splat(1.48851587f);
    p = p * t + splat(-1.13520398f);
    p = p * t + splat(0.27886807f);
    p = p * t + splat(-0.18628806f);
    p = p * t + splat(0.09678418f);
    p = p * t + splat(0.37409196f);
    p = p * t + splat(1.00002368f);
    p = p * t + splat(-1.26551223f);
    return t * vexp(p - a * a);
}

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2, relatively exact in the left tail too. */
INLINE vec vphi(vec x)
{
    vec u = x * splat(0.70710678f), a = choose(u < splat(0.0f), -u, u), half = splat(0.5f) * verfc_abs(a);
    return choose(u < splat(0.0f), half, splat(1.0f) - half);
}

INLINE vec vact(enum feri_act act, vec x, vec slope)
{
    const vec zero = splat(0.0f);
    switch (act) {
    case FERI_ACT_RELU: return choose(x <= zero, zero, x); /* a NaN stays */
    case FERI_ACT_PRELU: return choose(x > zero, x, slope * x);
    case FERI_ACT_GELU: return x * vphi(x);
    case FERI_ACT_HSWISH: {
        vec t = x + splat(3.0f);
        t = choose(t < zero, zero, t);
        t = choose(t > splat(6.0f), splat(6.0f), t);
        return x * t * splat(1.0f / 6.0f);
    }
    case FERI_ACT_SIGMOID: return vsigmoid(x);
    case FERI_ACT_NONE: break;
    }
    return x;
}

INLINE vec vact_derivative(enum feri_act act, vec x, vec slope)
{
    const vec zero = splat(0.0f), one = splat(1.0f);
    switch (act) {
    case FERI_ACT_RELU: return choose(x > zero, one, zero);
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
    case FERI_ACT_NONE: break;
    }
    return one;
}

#endif
