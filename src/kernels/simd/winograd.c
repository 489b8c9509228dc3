/* Winograd's F(4x4, 3x3): the transforms around the products, a vector of channels at a time. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define N FERI_WINOGRAD_IN
#define M FERI_WINOGRAD_OUT

static const float a1 = (float)FERI_WINOGRAD_A, a2 = (float)(FERI_WINOGRAD_A * FERI_WINOGRAD_A);
static const float b1 = (float)FERI_WINOGRAD_B, b2 = (float)(FERI_WINOGRAD_B * FERI_WINOGRAD_B);

/* out = B' d. The rows of +-a are (d4 - b2 d2) +- a (d3 - b2 d1); those of +-b have a and b exchanged. */
INLINE void input_line(const vec d[N], vec out[N])
{
    vec even_a = d[4] - splat(b2) * d[2], odd_a = splat(a1) * (d[3] - splat(b2) * d[1]);
    vec even_b = d[4] - splat(a2) * d[2], odd_b = splat(b1) * (d[3] - splat(a2) * d[1]);
    out[0] = d[4] - splat(a2 + b2) * d[2] + splat(a2 * b2) * d[0];
    out[1] = even_a + odd_a;
    out[2] = even_a - odd_a;
    out[3] = even_b + odd_b;
    out[4] = even_b - odd_b;
    out[5] = d[5] - splat(a2 + b2) * d[3] + splat(a2 * b2) * d[1];
}

/* out = A' m. */
INLINE void output_line(const vec m[N], vec out[M])
{
    vec even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    out[0] = m[0] + even_a + even_b;
    out[1] = splat(a1) * odd_a + splat(b1) * odd_b;
    out[2] = splat(a2) * even_a + splat(b2) * even_b;
    out[3] = splat(a2 * a1) * odd_a + splat(b2 * b1) * odd_b + m[5];
}

/* The position of a tile: its first output pixel, which is also the first padded row and column of its patch. */
struct corner {
    size_t row, col;
};

INLINE struct corner corner_of(const struct feri_winograd *g, size_t tile)
{
    size_t per_row = (g->w + M - 1) / M;
    return (struct corner){tile / per_row * M, tile % per_row * M};
}

/* Load the patch of one tile. Outside the image it is 0. */
INLINE void load_patch(const struct feri_winograd *g, const float *x, struct corner at, size_t n, vec d[N][N])
{
    bool inside = at.row >= 1 && at.col >= 1 && at.row + N - 1 <= g->h && at.col + N - 1 <= g->w;
    if (inside) {
        const float *p = x + ((at.row - 1) * g->w + at.col - 1) * g->ld_pixel;
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < N; i++) d[j][i] = get(p + (i * g->w + j) * g->ld_pixel, n);
        return;
    }
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < N; i++) {
            size_t row = at.row + i, col = at.col + j; /* padded by 1 */
            bool in = row >= 1 && row <= g->h && col >= 1 && col <= g->w;
            d[j][i] = in ? get(x + ((row - 1) * g->w + col - 1) * g->ld_pixel, n) : splat(0.0f);
        }
}

INLINE void input_tile(const struct feri_winograd *g, const float *x, struct corner at, size_t n, float *v)
{
    vec d[N][N], t[N][N], line[N]; /* d[column][row], t[column][point] */
    load_patch(g, x, at, n, d);
    for (size_t j = 0; j < N; j++) input_line(d[j], t[j]);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) line[j] = t[j][i];
        input_line(line, d[0]);
        for (size_t j = 0; j < N; j++) put(v + (i * N + j) * g->ld_point, d[0][j], n);
    }
}

void NAME(feri_winograd_input)(const struct feri_winograd *g, const float *x, size_t tile0, size_t tile1, float *v)
{
    for (size_t tile = tile0; tile < tile1; tile++, v += g->ld_tile) {
        struct corner at = corner_of(g, tile);
        size_t ch = 0;
        for (; ch + VL <= g->c; ch += VL) input_tile(g, x + ch, at, VL, v + ch);
        if (ch < g->c) input_tile(g, x + ch, at, g->c - ch, v + ch);
    }
}

/* The epilogue with its pointers moved to channel ch and the residual moved to the tile's first pixel. */
INLINE struct feri_epilogue epilogue_at(const struct feri_winograd *g, const struct feri_epilogue *epi,
                                        struct corner at, size_t ch)
{
    struct feri_epilogue e = epi ? *epi : (struct feri_epilogue){0};
    if (e.bias) e.bias += ch;
    if (e.slope) e.slope += ch;
    if (e.residual) e.residual += (at.row * g->w + at.col) * e.ld_residual + ch;
    return e;
}

/* rows x cols pixels of the tile are inside the image; for whole tiles they are constants. */
INLINE void output_pixels(const struct feri_winograd *g, vec t[N][M], size_t rows, size_t cols, size_t n,
                          const struct feri_epilogue *e, float *y)
{
    vec bias = e->bias ? get(e->bias, n) : splat(0.0f),
        slope = e->act == FERI_ACT_PRELU ? get(e->slope, n) : splat(0.0f), line[N], out[M];
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < N; j++) line[j] = t[j][i];
        output_line(line, out);
        for (size_t j = 0; j < cols; j++) {
            vec s = vact(e->act, out[j] + bias, slope);
            if (e->residual) s += get(e->residual + (i * g->w + j) * e->ld_residual, n);
            put(y + (i * g->w + j) * g->ld_pixel, s, n);
        }
    }
}

INLINE void output_tile(const struct feri_winograd *g, const float *m, struct corner at, size_t n,
                        const struct feri_epilogue *e, float *y)
{
    vec in[N], t[N][M]; /* t[column][row] */
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < N; i++) in[i] = get(m + (i * N + j) * g->ld_point, n);
        output_line(in, t[j]);
    }
    size_t rows = g->h - at.row < M ? g->h - at.row : M, cols = g->w - at.col < M ? g->w - at.col : M;
    y += (at.row * g->w + at.col) * g->ld_pixel;
    if (rows == M && cols == M) output_pixels(g, t, M, M, n, e, y);
    else output_pixels(g, t, rows, cols, n, e, y);
}

void NAME(feri_winograd_output)(const struct feri_winograd *g, const float *m, size_t tile0, size_t tile1,
                                const struct feri_epilogue *epi, float *y)
{
    for (size_t tile = tile0; tile < tile1; tile++, m += g->ld_tile) {
        struct corner at = corner_of(g, tile);
        size_t ch = 0;
        for (; ch + VL <= g->c; ch += VL) {
            struct feri_epilogue e = epilogue_at(g, epi, at, ch);
            output_tile(g, m + ch, at, VL, &e, y + ch);
        }
        if (ch < g->c) {
            struct feri_epilogue e = epilogue_at(g, epi, at, ch);
            output_tile(g, m + ch, at, g->c - ch, &e, y + ch);
        }
    }
}

/* out = A d: the transpose of output_line(). */
INLINE void output_line_transposed(const vec d[M], vec out[N])
{
    vec even_a = d[0] + splat(a2) * d[2], odd_a = splat(a1) * d[1] + splat(a2 * a1) * d[3];
    vec even_b = d[0] + splat(b2) * d[2], odd_b = splat(b1) * d[1] + splat(b2 * b1) * d[3];
    out[0] = d[0];
    out[1] = even_a + odd_a;
    out[2] = even_a - odd_a;
    out[3] = even_b + odd_b;
    out[4] = even_b - odd_b;
    out[5] = d[3];
}

/* rows x cols pixels of the tile are inside the image. */
INLINE void output_tile_transposed(const struct feri_winograd *g, const float *y, size_t rows, size_t cols, size_t n,
                                   float *m)
{
    vec d[M], t[M][N], line[M], out[N]; /* t[column][point] */
    for (size_t j = 0; j < M; j++) {
        for (size_t i = 0; i < M; i++)
            d[i] = i < rows && j < cols ? get(y + (i * g->w + j) * g->ld_pixel, n) : splat(0.0f);
        output_line_transposed(d, t[j]);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < M; j++) line[j] = t[j][i];
        output_line_transposed(line, out);
        for (size_t j = 0; j < N; j++) put(m + (i * N + j) * g->ld_point, out[j], n);
    }
}

void NAME(feri_winograd_output_transposed)(const struct feri_winograd *g, const float *y, size_t tile0, size_t tile1,
                                           float *m)
{
    for (size_t tile = tile0; tile < tile1; tile++, m += g->ld_tile) {
        struct corner at = corner_of(g, tile);
        size_t rows = g->h - at.row < M ? g->h - at.row : M, cols = g->w - at.col < M ? g->w - at.col : M, ch = 0;
        const float *p = y + (at.row * g->w + at.col) * g->ld_pixel;
        if (rows == M && cols == M)
            for (; ch + VL <= g->c; ch += VL) output_tile_transposed(g, p + ch, M, M, VL, m + ch);
        for (; ch + VL <= g->c; ch += VL) output_tile_transposed(g, p + ch, rows, cols, VL, m + ch);
        if (ch < g->c) output_tile_transposed(g, p + ch, rows, cols, g->c - ch, m + ch);
    }
}

/* 1 over the product of (p - the other points), for p = +-a and p = +-b. */
#define SQUARES (FERI_WINOGRAD_A * FERI_WINOGRAD_A - FERI_WINOGRAD_B * FERI_WINOGRAD_B)
static const float ga = (float)(1 / (2 * FERI_WINOGRAD_A * FERI_WINOGRAD_A * SQUARES));
static const float gb = (float)(-1 / (2 * FERI_WINOGRAD_B * FERI_WINOGRAD_B * SQUARES));

/* out = G d. The product over the points, a a b b, is 1. */
INLINE void weight_line(const vec d[3], vec out[N])
{
    vec even_a = splat(ga) * d[0] + splat(ga * a2) * d[2], odd_a = splat(ga * a1) * d[1];
    vec even_b = splat(gb) * d[0] + splat(gb * b2) * d[2], odd_b = splat(gb * b1) * d[1];
    out[0] = d[0];
    out[1] = even_a + odd_a;
    out[2] = even_a - odd_a;
    out[3] = even_b + odd_b;
    out[4] = even_b - odd_b;
    out[5] = d[2];
}

/* out = G' d. */
INLINE void weight_line_transposed(const vec d[N], vec out[3])
{
    vec even_a = d[1] + d[2], odd_a = d[1] - d[2], even_b = d[3] + d[4], odd_b = d[3] - d[4];
    out[0] = d[0] + splat(ga) * even_a + splat(gb) * even_b;
    out[1] = splat(ga * a1) * odd_a + splat(gb * b1) * odd_b;
    out[2] = splat(ga * a2) * even_a + splat(gb * b2) * even_b + d[5];
}

void NAME(feri_winograd_weight)(size_t count, const float *w, size_t ld_tap, float *u, size_t ld_point)
{
    EACH(i, n, count)
    {
        vec d[3], t[3][N], line[3], out[N]; /* t[column][point] */
        for (size_t q = 0; q < 3; q++) {
            for (size_t r = 0; r < 3; r++) d[r] = get(w + (r * 3 + q) * ld_tap + i, n);
            weight_line(d, t[q]);
        }
        for (size_t r = 0; r < N; r++) {
            for (size_t q = 0; q < 3; q++) line[q] = t[q][r];
            weight_line(line, out);
            for (size_t q = 0; q < N; q++) put(u + (r * N + q) * ld_point + i, out[q], n);
        }
    }
}

void NAME(feri_winograd_weight_transposed)(size_t count, const float *u, size_t ld_point, float *w, size_t ld_tap)
{
    EACH(i, n, count)
    {
        vec d[N], t[N][3], line[N], out[3]; /* t[column][row] */
        for (size_t q = 0; q < N; q++) {
            for (size_t r = 0; r < N; r++) d[r] = get(u + (r * N + q) * ld_point + i, n);
            weight_line_transposed(d, t[q]);
        }
        for (size_t r = 0; r < 3; r++) {
            for (size_t q = 0; q < N; q++) line[q] = t[q][r];
            weight_line_transposed(line, out);
            for (size_t q = 0; q < 3; q++) put(w + (r * 3 + q) * ld_tap + i, out[q], n);
        }
    }
}
