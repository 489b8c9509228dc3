/* Shared by the kernel tests: arrays that end at a forbidden page, and comparison of every vector table with the
 * reference. */
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include "base/rng.h"
#include "kernels/kernels.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct block {
    void *base;
    size_t size;
};
static struct block blocks[256];
static size_t n_blocks;

/* n floats that end at a forbidden page: reading or writing one too many faults. */
static inline float *array(size_t n)
{
#if defined(__wasm__) /* has no pages to forbid */
    assert_true(n_blocks < sizeof blocks / sizeof *blocks);
    blocks[n_blocks].base = malloc(n * sizeof(float) + 1);
    return blocks[n_blocks++].base;
#else
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = n * sizeof(float),
           size = (bytes + page - 1) / page * page + page;
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(base != MAP_FAILED && n_blocks < sizeof blocks / sizeof *blocks);
    mprotect(base + size - page, page, PROT_NONE);
    blocks[n_blocks++] = (struct block){base, size};
    return (float *)(void *)(base + size - page - bytes);
#endif
}

static inline void release(void)
{
    while (n_blocks) {
        n_blocks--;
#if defined(__wasm__)
        free(blocks[n_blocks].base);
#else
        munmap(blocks[n_blocks].base, blocks[n_blocks].size);
#endif
    }
}

static inline float *noise(size_t n, uint64_t seed)
{
    float *x = array(n);
    struct feri_rng rng = feri_rng_new(seed, 7, n);
    for (size_t i = 0; i < n; i++) x[i] = feri_rng_range(&rng, -2, 2);
    return x;
}

static inline float *copy(const float *x, size_t n)
{
    float *y = array(n);
    memcpy(y, x, n * sizeof *y);
    return y;
}

static inline float *absolute(const float *x, size_t n)
{
    float *y = array(n);
    for (size_t i = 0; i < n; i++) y[i] = fabsf(x[i]);
    return y;
}

/* |a - b| <= slack * magnitude[i] + tiny, magnitude NULL: of b itself. NaN agrees with NaN, infinity with itself. */
static inline void same(const char *what, const struct feri_kernels *k, size_t n, const float *a, const float *b,
                        const float *magnitude, double slack)
{
    for (size_t i = 0; i < n; i++) {
        double bound = slack * (magnitude ? fabs((double)magnitude[i]) : fabs((double)b[i])) + 1e-30;
        if ((isnan(a[i]) && isnan(b[i])) || a[i] == b[i]) continue;
        if (!(fabs((double)a[i] - (double)b[i]) <= bound))
            fail_msg("%s, %s: element %zu of %zu is %.9g, reference %.9g, allowed %.3g", what, k->isa, i, n,
                     (double)a[i], (double)b[i], bound);
    }
}

/* Every table of this build and processor except the reference. */
static inline size_t tables(const struct feri_kernels *out[4])
{
    static const enum feri_isa all[] = {FERI_ISA_VEC128, FERI_ISA_AVX2, FERI_ISA_AVX512};
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        if (feri_kernels_get(all[i])) out[n++] = feri_kernels_get(all[i]);
    return n;
}

#define FOR_EACH_TABLE(k)                         \
    const struct feri_kernels *all_tables[4], *k; \
    size_t n_tables = tables(all_tables);         \
    for (size_t table = 0; table < n_tables && (k = all_tables[table]); table++)

#define REF feri_kernels_get(FERI_ISA_REF)
#define EPS FLT_EPSILON

#endif
