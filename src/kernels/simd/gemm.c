/* Matrix products. b is packed in panels of NR columns, k is the innermost loop, a tile of MR x NR sums stays in
 * registers, and sums run over TERMS products at a time. A panel is read from the second-level cache once per MR rows:
 * 4 / MR bytes per multiply-add, far below what that cache can deliver. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define NV    GEMM_NV
#define NR    (NV * VL)
#define MR    GEMM_MR
#define ROWS  256 /* rows of a block of gemm_tn */
#define TERMS 256 /* products per partial sum: the rounding error is like sqrt(256 + k / 256) instead of sqrt(k) */

/* Pack a panel of b whose columns are far apart. It works column by column, so that each cache line of b is used up
 * before the next is fetched, in blocks of rows that stay in the first-level cache. */
static void pack_columns(size_t k_total, size_t width, const float *src, size_t b_ks, size_t b_ns, float *panel)
{
    const size_t block = 64;
    for (size_t k0 = 0; k0 < k_total; k0 += block) {
        size_t k1 = k_total - k0 < block ? k_total : k0 + block;
        for (size_t j = 0; j < width; j++)
            for (size_t k = k0; k < k1; k++) panel[k * NR + j] = src[k * b_ks + j * b_ns];
        for (size_t k = k0; k < k1; k++)
            for (size_t j = width; j < NR; j++) panel[k * NR + j] = 0;
    }
}

/* The same if they are neighbours. */
static void pack_rows(size_t k_total, size_t width, const float *src, size_t b_ks, float *panel)
{
    for (size_t k = 0; k < k_total; k++, src += b_ks)
        for (size_t v = 0; v < NV; v++, panel += VL) {
            size_t n = v * VL < width ? width - v * VL : 0;
            store(panel, n >= VL ? load(src + v * VL) : n ? load_part(src + v * VL, n) : splat(0.0f));
        }
}

void NAME(feri_gemm_pack)(size_t k_total, size_t n_total, const float *b, size_t b_ks, size_t b_ns, float *out,
                          size_t n0, size_t n1)
{
    for (size_t n = n0; n < n1; n += NR) {
        size_t width = n_total - n < NR ? n_total - n : NR;
        float *panel = out + n * k_total;
        const float *src = b + n * b_ns;
        if (b_ns == 1) pack_rows(k_total, width, src, b_ks, panel);
        else pack_columns(k_total, width, src, b_ks, b_ns, panel);
    }
}

/* sums[mr][NR] (+)= rows a, a + rs, ... times the first nv vectors of a panel of b. */
INLINE void tile_sums(size_t mr, size_t nv, size_t kdim, const float *a, size_t rs, size_t ks, const float *b, bool add,
                      float *sums)
{
    vec sum[MR][NV];
    for (size_t i = 0; i < mr; i++)
        for (size_t v = 0; v < nv; v++) sum[i][v] = splat(0.0f);
    for (size_t k = 0; k < kdim; k++, a += ks, b += NR) {
        vec b0 = load(b), b1 = nv > 1 ? load(b + VL) : b0;
        UNROLL(8)
        for (size_t i = 0; i < mr; i++) {
            vec s = splat(a[i * rs]);
            sum[i][0] += s * b0;
            if (nv > 1) sum[i][1] += s * b1;
        }
    }
    UNROLL(8)
    for (size_t i = 0; i < mr; i++, sums += NR)
        for (size_t v = 0; v < nv; v++) store(sums + v * VL, add ? load(sums + v * VL) + sum[i][v] : sum[i][v]);
}

struct place {
    float *c;
    size_t ldc;
    bool accumulate;
    const struct feri_epilogue *epi; /* pointers are already moved to this tile; NULL: none */
};

INLINE void store_rows(size_t mr, size_t width, const float *sums, const struct place *p, enum feri_act act)
{
    const struct feri_epilogue *e = p->epi;
    EACH(j, n, width)
    {
        vec bias = e && e->bias ? get(e->bias + j, n) : splat(0.0f);
        vec slope = act == FERI_ACT_PRELU ? get(e->slope + j, n) : splat(0.0f);
        for (size_t i = 0; i < mr; i++) {
            float *c = p->c + i * p->ldc + j;
            vec s = load(sums + i * NR + j);
            if (p->accumulate) s += get(c, n);
            if (e && e->bias) s += bias;
            s = vact(act, s, slope);
            if (e && e->residual) s += get(e->residual + i * e->ld_residual + j, n);
            put(c, s, n);
        }
    }
}

/* One function for tiles of all heights. Inlined into each caller it would fill the instruction cache several times. */
static __attribute__((noinline)) void store_tile(size_t mr, size_t width, const float *sums, const struct place *p)
{
    switch (p->epi ? p->epi->act : FERI_ACT_NONE) {
    case FERI_ACT_RELU: store_rows(mr, width, sums, p, FERI_ACT_RELU); break;
    case FERI_ACT_RELU6: store_rows(mr, width, sums, p, FERI_ACT_RELU6); break;
    case FERI_ACT_PRELU: store_rows(mr, width, sums, p, FERI_ACT_PRELU); break;
    case FERI_ACT_GELU: store_rows(mr, width, sums, p, FERI_ACT_GELU); break;
    case FERI_ACT_HSWISH: store_rows(mr, width, sums, p, FERI_ACT_HSWISH); break;
    case FERI_ACT_SIGMOID: store_rows(mr, width, sums, p, FERI_ACT_SIGMOID); break;
    case FERI_ACT_TANH: store_rows(mr, width, sums, p, FERI_ACT_TANH); break;
    case FERI_ACT_NONE: store_rows(mr, width, sums, p, FERI_ACT_NONE); break;
    }
}

INLINE void tile(size_t mr, size_t nv, size_t kdim, const float *a, size_t rs, size_t ks, const float *b, float *sums)
{
    size_t k = 0;
    do {
        size_t n = kdim - k < TERMS ? kdim - k : TERMS;
        if (ks == 1) tile_sums(mr, nv, n, a + k, rs, 1, b + k * NR, k > 0, sums);
        else tile_sums(mr, nv, n, a + k * ks, rs, ks, b + k * NR, k > 0, sums);
        k += n;
    } while (k < kdim);
}

INLINE void any_rows(size_t mr, size_t nv, size_t kdim, const float *a, size_t rs, size_t ks, const float *b,
                     float *sums)
{
    switch (mr) {
    case 1: tile(1, nv, kdim, a, rs, ks, b, sums); break;
    case 2: tile(2, nv, kdim, a, rs, ks, b, sums); break;
    case 3: tile(3, nv, kdim, a, rs, ks, b, sums); break;
#if MR > 4
    case 4: tile(4, nv, kdim, a, rs, ks, b, sums); break;
    case 5: tile(5, nv, kdim, a, rs, ks, b, sums); break;
#endif
#if MR > 6
    case 6: tile(6, nv, kdim, a, rs, ks, b, sums); break;
    case 7: tile(7, nv, kdim, a, rs, ks, b, sums); break;
#endif
    default: tile(MR, nv, kdim, a, rs, ks, b, sums); break;
    }
}

/* Up to VL columns: half the arithmetic. Not inlined, so that the common variant stays fast. */
static __attribute__((noinline)) void half_tile(size_t mr, size_t kdim, const float *a, size_t rs, size_t ks,
                                                const float *b, float *sums)
{
    any_rows(mr, 1, kdim, a, rs, ks, b, sums);
}

static void any_tile(size_t mr, size_t kdim, const float *a, size_t rs, size_t ks, const float *b,
                     const struct place *p, size_t width)
{
    float sums[MR * NR] __attribute__((aligned(64)));
    if (width <= VL) half_tile(mr, kdim, a, rs, ks, b, sums);
    else any_rows(mr, NV, kdim, a, rs, ks, b, sums);
    store_tile(mr, width, sums, p);
}

/* The height of the next tile. Heights are nearly equal, since a tile of few rows takes as long as one of half of MR.
 */
static size_t next_height(size_t rows)
{
    size_t tiles = (rows + MR - 1) / MR;
    return (rows + tiles - 1) / tiles;
}

void NAME(feri_gemm)(const struct feri_gemm *g, size_t m0, size_t m1, size_t n0, size_t n1)
{
    for (size_t n = n0; n < n1; n += NR) {
        const float *b = g->b_packed + n * g->k;
        size_t width = n1 - n < NR ? n1 - n : NR;
        for (size_t m = m0, mr; m < m1; m += mr) {
            mr = next_height(m1 - m);
            struct feri_epilogue e = g->epi ? *g->epi : (struct feri_epilogue){0};
            if (e.bias) e.bias += n;
            if (e.slope) e.slope += n;
            if (e.residual) e.residual += m * e.ld_residual + n;
            struct place p = {g->c + m * g->ldc + n, g->ldc, g->accumulate, g->epi ? &e : NULL};
            any_tile(mr, g->k, g->a + m * g->a_rs, g->a_rs, g->a_ks, b, &p, width);
        }
    }
}

size_t NAME(feri_gemm_tn_scratch)(size_t m, size_t n)
{
    (void)n;
    return ROWS * (NR + (m + MR - 1) / MR * MR) + VL;
}

/* Pack k rows of a tile by tile, a row's columns of the tile together. Whole vectors are stored: what is too much is
 * overwritten by the next row, and the last row needs up to VL floats more. Where another row follows, whole vectors
 * are loaded too. */
static void pack_tiles(size_t k, size_t m, const float *a, size_t lda, float *out)
{
    for (size_t i = 0, mr; i < m; i += mr, out += MR * k) {
        size_t whole = k && lda + m - i >= MR + VL ? k - 1 : 0;
        mr = next_height(m - i);
        for (size_t r = 0; r < k; r++)
            for (size_t j = 0; j < mr; j += VL) {
                const float *from = a + r * lda + i + j;
                store(out + r * MR + j, r < whole || mr - j >= VL ? load(from) : load_part(from, mr - j));
            }
    }
}

/* Columns of c, from a block of rows whose a and b are packed. */
static void tn_panel(size_t k, size_t m, size_t width, const float *a, const float *b, const struct place *c)
{
    for (size_t i = 0, mr; i < m; i += mr, a += MR * k) {
        mr = next_height(m - i);
        struct place p = {c->c + i * c->ldc, c->ldc, c->accumulate, NULL};
        any_tile(mr, k, a, 1, MR, b, &p, width);
    }
}

/* Both factors are packed: rows are often a power of two apart, and then a tile's columns lie in few sets of a cache.
 */
void NAME(feri_gemm_tn)(size_t rows, size_t m, size_t n, const float *a, size_t lda, const float *b, size_t ldb,
                        float *c, size_t ldc, bool accumulate, float *scratch)
{
    float *a_packed = scratch + ROWS * NR;
    if (rows == 0 && !accumulate)
        for (size_t i = 0; i < m; i++) memset(c + i * ldc, 0, n * sizeof *c);
    for (size_t r = 0; r < rows; r += ROWS, accumulate = true) {
        size_t k = rows - r < ROWS ? rows - r : ROWS;
        pack_tiles(k, m, a + r * lda, lda, a_packed);
        for (size_t j = 0; j < n; j += NR) {
            size_t width = n - j < NR ? n - j : NR;
            NAME(feri_gemm_pack)(k, width, b + r * ldb + j, ldb, 1, scratch, 0, width);
            tn_panel(k, m, width, a_packed, scratch, &(struct place){c + j, ldc, accumulate, NULL});
        }
    }
}
