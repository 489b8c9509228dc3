/* The table of compute kernels. Every loop over floats in which the engine spends time is here.
 *
 * A kernel is pure: it does not allocate, lock, start threads or report errors. The layer above checks the arguments;
 * kernels only assert them. Each entry has two implementations. `ref` is plain C and defines the result. `simd` is one
 * source in compiler vector extensions and plain loops, compiled once per instruction set. A table may sum in another
 * order than ref, but the order is the same for the same arguments, however the work is divided into calls.
 *
 * Layout: channels last. Row r of a matrix of rows x c begins at x + r * ld; a pixel is a row. Buffers come from
 * feri_alloc() and start at a 64-byte boundary, but rows (any ld, any c) may not: use unaligned loads. A kernel reads
 * and writes exactly the floats that its contract names. `accumulate` means += instead of =. Arguments must not overlap
 * unless the contract allows it.
 */
#ifndef FERI_KERNELS_KERNELS_H
#define FERI_KERNELS_KERNELS_H

#include "fer/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum feri_act {
    FERI_ACT_NONE,
    FERI_ACT_RELU,    /* max(x, 0); derivative at 0 is 0 */
    FERI_ACT_RELU6,   /* min(max(x, 0), 6); derivatives at 0 and 6 are 0 */
    FERI_ACT_PRELU,   /* x > 0 ? x : slope[c] * x */
    FERI_ACT_GELU,    /* x/2 (1 + erf(x / sqrt 2)) */
    FERI_ACT_HSWISH,  /* x * min(max(x + 3, 0), 6) / 6; derivative 0 below -3, 1 above 3, (2x + 3) / 6 between */
    FERI_ACT_SIGMOID, /* 1 / (1 + exp(-x)) */
    FERI_ACT_TANH
};

/* What happens to a finished sum before it is stored: y = act(sum + bias[n]) + residual[m][n]. */
struct feri_epilogue {
    const float *bias; /* [n], NULL: none */
    enum feri_act act;
    const float *slope;    /* [n], for FERI_ACT_PRELU */
    const float *residual; /* [m][n] with leading dimension ld_residual, NULL: none. May be c itself (same ld). */
    size_t ld_residual;
};

/* c[m][n] (+)= sum over k of a[m][k] * b[k][n]. a[m][k] is at a + m * a_rs + k * a_ks. */
struct feri_gemm {
    size_t k;
    const float *a;
    size_t a_rs, a_ks;
    const float *b_packed; /* from gemm_pack: all of b, not only the requested columns */
    float *c;
    size_t ldc;
    bool accumulate;                 /* add to c (before the epilogue) */
    const struct feri_epilogue *epi; /* NULL: none */
};

/* A depthwise convolution over a range of channels, one image (PyTorch's cross-correlation):
 * y[oh][ow][ch] = sum over i, j < k of x[oh*stride + i - pad][ow*stride + j - pad][ch] * w[i*k + j][ch]. */
struct feri_dwconv {
    size_t h, w, oh, ow, c; /* c: channels of this range */
    /* Floats from a pixel to its right neighbour in x (ld_x) and y (ld_y). The next row begins w * ld_x or ow * ld_y
     * later. */
    size_t ld_x, ld_y;
    size_t k, stride, pad; /* k 1..15, stride >= 1, pad < k */
    const float *weight;   /* [k*k][c] contiguous */
};

/* One head of self-attention over t tokens:
 *   p[i] = softmax over j of (scale * q[i] . k[j])
 *   out[i] = sum over j of mask[i][j] p[i][j] v[j]
 * A token's query, key and value are `width` floats each, at q, k and v + token * ld. Its result is at out + token *
 * ld_out. The mask is that of the kernel `dropout`, with index i * t + j: 0 or 1 / (1 - dropout). If dropout is 0, the
 * mask is 1 everywhere. */
struct feri_attention {
    size_t t, width;
    const float *q, *k, *v;
    size_t ld;
    float scale;
    float *out;
    size_t ld_out;
    /* [2][t], for the backward pass: each query's largest scaled score, and 1 / sum of exp(score - largest). May be
     * NULL. */
    float *stats;
    float dropout;
    uint64_t key, first;
};

/* Gradients of one head. dout has the layout of out; dq, dk and dv have the layout of q, k and v. */
struct feri_attention_grad {
    const float *dout;
    float *dq, *dk, *dv;
    bool accumulate;
};

/* A convolution of one image with 1 to FERI_FEW output channels:
 *   y[oh][ow][o] = sum over i, j < k and ch < ci of x[oh*stride + i - pad][ow*stride + j - pad][ch] * w[o][i][j][ch]
 * x, y and w are contiguous. */
#define FERI_FEW 4
struct feri_conv_few {
    size_t h, w, oh, ow, ci, co, k, stride, pad;
    const float *weight; /* [co][k][k][ci] */
};

/* Winograd's F(4x4, 3x3) (Lavin, Gray 2016): a 3x3 convolution with stride 1 and pad 1 of one image. The output is
 * divided into tiles of 4 x 4 pixels; each tile reads a 6 x 6 patch of the input. Tile t is at row t / ceil(w / 4) and
 * column t % ceil(w / 4) of the tiles.
 *   Y = A' [(G g G') . (B' d B)] A, summed over the input channels inside the brackets: 36 products
 * The points are 0, +-A, +-B and infinity; ref/winograd.c holds the matrices. */
#define FERI_WINOGRAD_IN  6
#define FERI_WINOGRAD_OUT 4
#define FERI_WINOGRAD_A \
    0.70710678118654752 /* sqrt(1/2) and sqrt(2): a quarter of the error of 1 and 2, or of 1 and 1/2 */
#define FERI_WINOGRAD_B 1.41421356237309505
struct feri_winograd {
    size_t h, w, c;  /* c: channels of this range */
    size_t ld_pixel; /* floats from a pixel to the next, in x, in y */
    size_t ld_tile;  /* floats from a tile to the next, in v, in m */
    size_t ld_point; /* floats from an entry of a tile's 6 x 6 to the next one */
};

/* Max pooling of one image or of a band of its rows. The window of output (i, j) begins at row i * stride - top, column
 * j * stride - pad of x. */
struct feri_max_pool {
    size_t h, w, c, k, stride, pad, oh, ow; /* k <= 15 */
    size_t top; /* equal to pad, or less for a band of rows that does not begin at the image's edge */
};

/* AdamW (Loshchilov, Hutter 2019) as in PyTorch. The caller computes the bias corrections in double. */
struct feri_adamw {
    float lr, beta1, beta2, eps, weight_decay;
    float bias1, bias2_sqrt; /* 1 - beta1^t, sqrt(1 - beta2^t) */
};

struct feri_kernels {
    const char *isa; /* "ref", "avx2", "avx512", "vec128" */
    size_t gemm_nr;  /* columns of a panel of packed b */
    size_t gemm_mr;  /* largest number of rows in a register tile */

    /* ---- products ---- */

    /* Pack columns [n0, n1) of b into panels of gemm_nr columns. b[k][n] is at b + k * b_ks + n * b_ns; it is written
     * to out[(n / nr) * k_total * nr + k * nr + n % nr]. Columns n >= n_total of the last panel become 0. n0 is a
     * multiple of nr; n1 is one too, or equals n_total. The whole of out holds ceil(n_total / nr) * nr * k_total
     * floats. */
    void (*gemm_pack)(size_t k_total, size_t n_total, const float *b, size_t b_ks, size_t b_ns, float *out, size_t n0,
                      size_t n1);
    /* Compute rows [m0, m1) and columns [n0, n1) of c. n0 is a multiple of nr; n1 is one too, or the last column + 1. A
     * row or column gets the same bits however the work is divided. k may be 0. The kernel itself cuts k into
     * blocks. */
    void (*gemm)(const struct feri_gemm *g, size_t m0, size_t m1, size_t n0, size_t n1);
    /* c[i][j] (+)= sum over r < rows of a[r][i] * b[r][j], i < m, j < n (a weight's gradient: a = dy, b = x).
     * scratch: gemm_tn_scratch(m, n) floats. */
    void (*gemm_tn)(size_t rows, size_t m, size_t n, const float *a, size_t lda, const float *b, size_t ldb, float *c,
                    size_t ldc, bool accumulate, float *scratch);
    size_t (*gemm_tn_scratch)(size_t m, size_t n);

    /* ---- attention. scratch: attention_scratch(t, width) floats ---- */
    void (*attention)(const struct feri_attention *a, float *scratch);
    /* out and stats are inputs here: what the forward pass wrote. */
    void (*attention_backward)(const struct feri_attention *a, const struct feri_attention_grad *g, float *scratch);
    size_t (*attention_scratch)(size_t t, size_t width);

    /* ---- depthwise convolution: rows [oh0, oh1) of y; backward over a whole image. scratch: dwconv_scratch(d) floats
     * ---- */
    /* y = act(conv + bias) by epi (residual unused; bias and slope [c]). If epi is NULL, y is the plain convolution. */
    void (*dwconv)(const struct feri_dwconv *d, const float *x, float *y, size_t oh0, size_t oh1,
                   const struct feri_epilogue *epi, float *scratch);
    void (*dwconv_backward_data)(const struct feri_dwconv *d, const float *dy, float *dx, bool accumulate,
                                 float *scratch);
    /* dweight[k*k][c] += sum over the image. */
    void (*dwconv_backward_weight)(const struct feri_dwconv *d, const float *x, const float *dy, float *dweight,
                                   float *scratch);
    size_t (*dwconv_scratch)(const struct feri_dwconv *d);

    /* ---- convolution with few output channels: rows [oh0, oh1) of y; backward over a whole image; scratch:
     * conv_few_scratch(d) floats ---- */
    void (*conv_few)(const struct feri_conv_few *d, const float *x, float *y, size_t oh0, size_t oh1,
                     const struct feri_epilogue *epi, float *scratch);
    /* dweight[co][k][k][ci] += sum over the image. */
    void (*conv_few_backward_weight)(const struct feri_conv_few *d, const float *x, const float *dy, float *dweight,
                                     float *scratch);
    size_t (*conv_few_scratch)(const struct feri_conv_few *d);

    /* ---- Winograd: tiles [tile0, tile1); v and m begin at tile0 ---- */
    /* 1.5 * 2^23: rounds to an integer in the low bits */
    void (*winograd_input)(const struct feri_winograd *g, const float *x, size_t tile0, size_t tile1, float *v);
    /* y = act(A' m A + bias) + residual for the tile's pixels inside the image. */
    void (*winograd_output)(const struct feri_winograd *g, const float *m, size_t tile0, size_t tile1,
                            const struct feri_epilogue *epi, float *y);
    /* m = A y A' of the tiles, with y = 0 outside the image. This is the transpose of winograd_output, for gradients
     * with respect to its result. */
    void (*winograd_output_transposed)(const struct feri_winograd *g, const float *y, size_t tile0, size_t tile1,
                                       float *m);
    /* u = G w G' for n weights next to each other: w[3][3] at w + tap * ld_tap, u[6][6] at u + point * ld_point. */
    void (*winograd_weight)(size_t n, const float *w, size_t ld_tap, float *u, size_t ld_point);
    /* w = G' u G: the transpose of the function above. */
    void (*winograd_weight_transposed)(size_t n, const float *u, size_t ld_point, float *w, size_t ld_tap);

    /* ---- elementwise over rows x c (x, y contiguous: ld = c unless given) ---- */
    /* y = act(x); y may be x. slope [c] for PRELU, else NULL. */
    void (*act)(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope, float *y);
    /* dx (+)= dy * act'(x); for PRELU dslope[c] += sum over rows of dy * x where x <= 0. dx may be dy when not
     * accumulating. */
    void (*act_backward)(enum feri_act act, size_t rows, size_t c, const float *x, const float *slope, const float *dy,
                         float *dx, bool accumulate, float *dslope);
    /* y = a + b; y may be a or b. */
    void (*add)(size_t n, const float *a, const float *b, float *y);
    /* y = a * b; y may be a or b. */
    void (*mul)(size_t n, const float *a, const float *b, float *y);
    /* dx (+)= dy * b. */
    void (*mul_backward)(size_t n, const float *dy, const float *b, float *dx, bool accumulate);
    /* y[r][ch] += bias[ch]. */
    void (*add_bias)(size_t rows, size_t c, const float *bias, float *y);
    /* sum[ch] (+)= sum over rows of x[r * ldx + ch]. */
    void (*column_sums)(size_t rows, size_t c, const float *x, size_t ldx, float *sum, bool accumulate);
    /* Dropout with keep probability 1 - p: y[i] = keep(i) ? x[i] / (1 - p) : 0, where keep(i) = feri_bits24(key, first
     * + i) >= p * 2^24 (p * 2^24 truncated). y may be x. The backward pass calls the same kernel on dy. */
    void (*dropout)(size_t n, const float *x, uint64_t key, uint64_t first, float p, float *y);

    /* ---- batch norm over rows x c, fused with an activation (NONE, RELU or PRELU) ---- */
    /* mean[ch] and m2[ch] = sum of (x - mean)^2 over these rows (two passes: no cancellation). rows >= 1. */
    void (*bn_stats)(size_t rows, size_t c, const float *x, float *mean, float *m2);
    /* y = act(x * scale[ch] + shift[ch]); y may be x. */
    void (*bn_apply)(size_t rows, size_t c, const float *x, const float *scale, const float *shift, enum feri_act act,
                     const float *slope, float *y);
    /* With z = x * scale + shift, dz = dy * act'(z), xhat = (x - mean) * invstd: sums over these rows are ADDED to
     * dbeta[c] (dz), dgamma[c] (dz * xhat) and, for PRELU, dslope[c] (dy * z where z <= 0). */
    void (*bn_backward_reduce)(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                               const float *shift, const float *mean, const float *invstd, enum feri_act act,
                               const float *slope, float *dbeta, float *dgamma, float *dslope);
    /* dx (+)= scale[ch] * dz + q[ch] * (x - mean[ch]) + r[ch], dz as above. dx may be dy when not accumulating. */
    void (*bn_backward_apply)(size_t rows, size_t c, const float *x, const float *dy, const float *scale,
                              const float *shift, enum feri_act act, const float *slope, const float *mean,
                              const float *q, const float *r, float *dx, bool accumulate);

    /* ---- rows ---- */
    /* Layer norm: y = (x - mean) * rstd * gamma + beta; stores mean[rows], rstd[rows] unless NULL. rstd = 1 / sqrt(var
     * + eps), biased var. */
    void (*layer_norm)(size_t rows, size_t c, const float *x, const float *gamma, const float *beta, float eps,
                       float *y, float *mean, float *rstd);
    /* dx (+)=; dgamma[c], dbeta[c] += over these rows. */
    void (*layer_norm_backward)(size_t rows, size_t c, const float *x, const float *dy, const float *gamma,
                                const float *mean, const float *rstd, float *dx, bool accumulate, float *dgamma,
                                float *dbeta);
    /* y = softmax(scale * x) for each row of c values; ld is the leading dimension of both. The maximum is subtracted
     * first. y may be x. */
    void (*softmax)(size_t rows, size_t c, size_t ld, const float *x, float scale, float *y);
    /* dx = scale * y * (dy - sum(dy * y)) per row; dx may be dy. */
    void (*softmax_backward)(size_t rows, size_t c, size_t ld, const float *y, const float *dy, float scale, float *dx);
    /* y = x / |x| for each row. A zero row gives zeros. norm[rows] = |x| unless NULL. */
    void (*l2_norm)(size_t rows, size_t c, const float *x, float *y, float *norm);
    /* dx (+)= (dy - y * sum(dy * y)) / norm, 0 for a zero row. */
    void (*l2_norm_backward)(size_t rows, size_t c, const float *y, const float *dy, const float *norm, float *dx,
                             bool accumulate);

    /* ---- one image h x w x c ---- */
    /* row_mean[h][c] = mean over w, column_mean[w][c] = mean over h, in one pass. Either may be NULL. */
    void (*axis_means)(size_t h, size_t w, size_t c, const float *x, float *row_mean, float *column_mean);
    /* dx[i][j] (+)= drow[i] / w + dcolumn[j] / h. Either gradient may be NULL. */
    void (*axis_means_backward)(size_t h, size_t w, size_t c, const float *drow, const float *dcolumn, float *dx,
                                bool accumulate);
    /* y = x * row[h][c] * column[w][c]; y may be x. */
    void (*gate)(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column, float *y);
    /* dx (+)= dy * row * column; drow[h][c] = sum over w of dy * x * column; dcolumn[w][c] = sum over h of dy * x * row
     * (both overwritten). */
    void (*gate_backward)(size_t h, size_t w, size_t c, const float *x, const float *row, const float *column,
                          const float *dy, float *dx, bool accumulate, float *drow, float *dcolumn);
    /* Padding never wins. A NaN always wins. index[oh][ow][c] = tap i * k + j of the first maximum, unless NULL. */
    void (*max_pool)(const struct feri_max_pool *d, const float *x, float *y, uint8_t *index);
    /* dx += dy at the stored taps (the caller sets dx to zero or to what it adds to). */
    void (*max_pool_backward)(size_t h, size_t w, size_t c, size_t k, size_t stride, size_t pad, size_t oh, size_t ow,
                              const uint8_t *index, const float *dy, float *dx);

    /* ---- optimisers ---- */
    /* w *= 1 - lr * wd; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= lr / bias1 * m / (sqrt(v) /
     * bias2_sqrt + eps). */
    void (*adamw)(const struct feri_adamw *o, size_t n, float *w, const float *g, float *m, float *v);
    /* PyTorch's SGD: g' = g + wd * w; m = momentum * m + g'; w -= lr * (nesterov ? g' + momentum * m : m). m starts at
     * 0, so the first step gives m = g' as in PyTorch. */
    void (*sgd)(size_t n, float lr, float momentum, float weight_decay, bool nesterov, float *w, const float *g,
                float *m);
    /* y = decay * y + (1 - decay) * x. */
    void (*ema)(size_t n, float decay, const float *x, float *y);
    /* sum of x^2, accumulated in double in a fixed order. */
    double (*sum_squares)(size_t n, const float *x);
    /* x *= s. */
    void (*scale)(size_t n, float s, float *x);
};

enum feri_isa { FERI_ISA_AUTO, FERI_ISA_REF, FERI_ISA_VEC128, FERI_ISA_AVX2, FERI_ISA_AVX512 };

/** For AUTO, the best table that this processor can run; otherwise the requested one. NULL when this build or processor
 * does not have it. The storage is static. */
const struct feri_kernels *feri_kernels_get(enum feri_isa isa);

/** The names of enum feri_isa: "auto", "ref", "vec128", "avx2", "avx512", NULL. */
extern const char *const feri_isa_words[];
/** False if the name is unknown. */
bool feri_isa_parse(const char *word, enum feri_isa *isa_out);
/** The same for a caller's option, where NULL means auto. An unknown or unavailable instruction set is an error. */
fer_status feri_isa_find(const char *word, enum feri_isa *isa_out, fer_error *err);

#endif
