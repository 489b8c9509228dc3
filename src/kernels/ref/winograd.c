/* The transforms of Winograd's F(4x4, 3x3), written as the two matrices that define them. */
#include "kernels/ref/ref.h"

#define N FERI_WINOGRAD_IN
#define M FERI_WINOGRAD_OUT
#define A FERI_WINOGRAD_A
#define B FERI_WINOGRAD_B

/* Row i of B' holds the coefficients of the product of (x - p) over the other points p. The row of infinity belongs to
 * the product over all points. */
static const double input_matrix[N][N] = {
    {A * A * B * B, 0, -(A *A + B * B), 0, 1, 0},
    {0, -A *B *B, -B *B, A, 1, 0},
    {0, A *B *B, -B *B, -A, 1, 0},
    {0, -B *A *A, -A *A, B, 1, 0},
    {0, B *A *A, -A *A, -B, 1, 0},
    {0, A *A *B *B, 0, -(A *A + B * B), 0, 1},
};

/* Row i of A' holds power i of every point. */
static const double output_matrix[M][N] = {
    {1, 1, 1, 1, 1, 0},
    {0, A, -A, B, -B, 0},
    {0, A *A, A *A, B *B, B *B, 0},
    {0, A *A *A, -A *A *A, B *B *B, -B *B *B, 1},
};

/* Rows of G are (1, p, p^2) over the product of (p - the other points). That product is A A B B for 0, 2 A A (A A - B
 * B) for +-A and 2 B B (B B - A A) for +-B. The row of infinity is (0, 0, 1). */
#define SA (2 * A * A * (A * A - B * B))
#define SB (2 * B * B * (B * B - A * A))
static const double weight_matrix[N][3] = {
    {1 / (A * A * B * B), 0, 0}, {1 / SA, A / SA, A *A / SA},  {1 / SA, -A / SA, A *A / SA},
    {1 / SB, B / SB, B *B / SB}, {1 / SB, -B / SB, B *B / SB}, {0, 0, 1},
};

/* Output row and column of tile's pixel (0, 0). */
static void corner_of(const struct feri_winograd *g, size_t tile, size_t *row, size_t *col)
{
    size_t per_row = (g->w + M - 1) / M;
    *row = tile / per_row * M;
    *col = tile % per_row * M;
}

static float padded(const struct feri_winograd *g, const float *x, size_t row, size_t col)
{
    return row >= 1 && row <= g->h && col >= 1 && col <= g->w ? x[((row - 1) * g->w + col - 1) * g->ld_pixel] : 0;
}

void feri_winograd_input__ref(const struct feri_winograd *g, const float *x, size_t tile0, size_t tile1, float *v)
{
    for (size_t tile = tile0; tile < tile1; tile++, v += g->ld_tile)
        for (size_t ch = 0; ch < g->c; ch++)
            for (size_t p = 0; p < N * N; p++) {
                size_t row, col;
                double sum = 0;
                corner_of(g, tile, &row, &col);
                for (size_t q = 0; q < N * N; q++)
                    sum += input_matrix[p / N][q / N] * (double)padded(g, x + ch, row + q / N, col + q % N) *
                           input_matrix[p % N][q % N];
                v[p * g->ld_point + ch] = (float)sum;
            }
}

void feri_winograd_output__ref(const struct feri_winograd *g, const float *m, size_t tile0, size_t tile1,
                               const struct feri_epilogue *epi, float *y)
{
    for (size_t tile = tile0; tile < tile1; tile++, m += g->ld_tile)
        for (size_t ch = 0; ch < g->c; ch++)
            for (size_t q = 0; q < M * M; q++) {
                size_t row, col;
                double sum = 0;
                corner_of(g, tile, &row, &col);
                row += q / M;
                col += q % M;
                if (row >= g->h || col >= g->w) continue;
                for (size_t p = 0; p < N * N; p++)
                    sum += output_matrix[q / M][p / N] * (double)m[p * g->ld_point + ch] * output_matrix[q % M][p % N];
                y[(row * g->w + col) * g->ld_pixel + ch] = feri_ref_finish(epi, (float)sum, row * g->w + col, ch);
            }
}

void feri_winograd_output_transposed__ref(const struct feri_winograd *g, const float *y, size_t tile0, size_t tile1,
                                          float *m)
{
    for (size_t tile = tile0; tile < tile1; tile++, m += g->ld_tile)
        for (size_t ch = 0; ch < g->c; ch++)
            for (size_t p = 0; p < N * N; p++) {
                size_t row, col;
                double sum = 0;
                corner_of(g, tile, &row, &col);
                for (size_t q = 0; q < M * M; q++) {
                    double pixel = (double)padded(g, y + ch, row + q / M + 1, col + q % M + 1);
                    sum += output_matrix[q / M][p / N] * pixel * output_matrix[q % M][p % N];
                }
                m[p * g->ld_point + ch] = (float)sum;
            }
}

void feri_winograd_weight__ref(size_t n, const float *w, size_t ld_tap, float *u, size_t ld_point)
{
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < N * N; p++) {
            double sum = 0;
            for (size_t t = 0; t < 9; t++)
                sum += weight_matrix[p / N][t / 3] * (double)w[t * ld_tap + i] * weight_matrix[p % N][t % 3];
            u[p * ld_point + i] = (float)sum;
        }
}

void feri_winograd_weight_transposed__ref(size_t n, const float *u, size_t ld_point, float *w, size_t ld_tap)
{
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < 9; t++) {
            double sum = 0;
            for (size_t p = 0; p < N * N; p++)
                sum += weight_matrix[p / N][t / 3] * (double)u[p * ld_point + i] * weight_matrix[p % N][t % 3];
            w[t * ld_tap + i] = (float)sum;
        }
}
