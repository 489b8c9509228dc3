#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static float *packed(const struct feri_kernels *k, size_t kdim, size_t n, const float *b)
{
    float *p = array((n + k->gemm_nr - 1) / k->gemm_nr * k->gemm_nr * kdim + 1);
    k->gemm_pack(kdim, n, b, n, 1, p, 0, n);
    return p;
}

static void check_gemm(const struct feri_kernels *k, size_t m, size_t n, size_t kdim, bool transposed, bool accumulate,
                       enum feri_act act)
{
    size_t lda = transposed ? m + 3 : kdim + 5, ldc = n + 2;
    float *a = noise(transposed ? kdim * lda + 1 : m * lda + 1, m), *b = noise(kdim * n + 1, n), *bias = noise(n, 3),
          *slope = noise(n, 4);
    float *residual = noise(m * ldc, 5), *start = noise(m * ldc, 6), *have = copy(start, m * ldc),
          *want = copy(start, m * ldc);
    float *size = copy(residual, m * ldc), *absolute_a = absolute(a, transposed ? kdim * lda : m * lda),
          *absolute_b = absolute(b, kdim * n);
    struct feri_epilogue epi = {bias, act, act == FERI_ACT_PRELU ? slope : NULL, residual, ldc};
    struct feri_gemm g = {.k = kdim,
                          .a = a,
                          .a_rs = transposed ? 1 : lda,
                          .a_ks = transposed ? lda : 1,
                          .ldc = ldc,
                          .accumulate = accumulate,
                          .epi = act == FERI_ACT_NONE ? NULL : &epi};
    g.b_packed = packed(REF, kdim, n, b);
    g.c = want;
    REF->gemm(&g, 0, m, 0, n);
    g.b_packed = packed(k, kdim, n, b);
    g.c = have;
    k->gemm(&g, 0, m, 0, n);
    /* The bound: (k + 8) roundings of the sum of magnitudes, which the same product of absolute values gives. */
    struct feri_gemm magnitude = {.k = kdim,
                                  .a = absolute_a,
                                  .a_rs = g.a_rs,
                                  .a_ks = g.a_ks,
                                  .b_packed = packed(REF, kdim, n, absolute_b),
                                  .c = size,
                                  .ldc = ldc};
    REF->gemm(&magnitude, 0, m, 0, n);
    for (size_t i = 0; i < m * ldc; i++) size[i] = fabsf(size[i]) + 8;
    same("gemm", k, m * ldc, have, want, size, (double)(kdim + 8) * (double)EPS);
    /* Any cut gives the same bits. */
    float *cut = copy(start, m * ldc);
    g.c = cut;
    for (size_t m0 = 0; m0 < m; m0 += 5)
        for (size_t n0 = 0; n0 < n; n0 += k->gemm_nr)
            k->gemm(&g, m0, m0 + 5 < m ? m0 + 5 : m, n0, n0 + k->gemm_nr < n ? n0 + k->gemm_nr : n);
    assert_memory_equal(cut, have, m * ldc * sizeof *cut);
    release();
}

static void test_gemm_agrees_with_the_reference_and_has_the_same_bits_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t ms[] = {1, 2, 7, 13, 49}, ns[] = {1, 8, 16, 33, 49, 64}, ks[] = {0, 1, 24, 129};
    static const enum feri_act acts[] = {FERI_ACT_NONE, FERI_ACT_RELU,   FERI_ACT_RELU6,   FERI_ACT_PRELU,
                                         FERI_ACT_GELU, FERI_ACT_HSWISH, FERI_ACT_SIGMOID, FERI_ACT_TANH};
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(ms); i++)
        for (size_t j = 0; j < COUNT(ns); j++)
            for (size_t l = 0; l < COUNT(ks); l++)
                check_gemm(k, ms[i], ns[j], ks[l], (i + l) % 2, (j + l) % 2, acts[(i + j + l) % COUNT(acts)]);
}

static void test_gemm_may_add_a_residual_in_place(void **state)
{
    (void)state;
    size_t m = 11, n = 37, kdim = 19;
    FOR_EACH_TABLE(k)
    {
        float *a = noise(m * kdim, 1), *b = noise(kdim * n, 2), *c = noise(m * n, 3), *d = array(m * n);
        struct feri_epilogue aside = {.residual = c, .ld_residual = n}, inside = {.residual = c, .ld_residual = n};
        struct feri_gemm g = {.k = kdim,
                              .a = a,
                              .a_rs = kdim,
                              .a_ks = 1,
                              .b_packed = packed(k, kdim, n, b),
                              .c = d,
                              .ldc = n,
                              .epi = &aside};
        k->gemm(&g, 0, m, 0, n);
        g.c = c;
        g.epi = &inside;
        k->gemm(&g, 0, m, 0, n);
        assert_memory_equal(c, d, m * n * sizeof *c);
        release();
    }
}

static void test_reference_gemm_is_the_sum_of_products(void **state)
{
    (void)state;
    size_t m = 5, n = 7, kdim = 9;
    float *a = noise(m * kdim, 1), *b = noise(kdim * n, 2), *c = array(m * n);
    struct feri_gemm g = {
        .k = kdim, .a = a, .a_rs = kdim, .a_ks = 1, .b_packed = packed(REF, kdim, n, b), .c = c, .ldc = n};
    REF->gemm(&g, 0, m, 0, n);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < kdim; l++) sum += (double)a[i * kdim + l] * (double)b[l * n + j];
            assert_true(fabs(sum - (double)c[i * n + j]) < 1e-5);
        }
    release();
}

static void test_weight_gradient_product_agrees_with_the_reference(void **state)
{
    (void)state;
    /* Rows with gaps and without: one output without a gap is a column whose numbers are neighbours. */
    static const size_t shapes[][4] = {{1, 1, 1, 1},     {3, 8, 5, 1}, {256, 6, 16, 1}, {257, 13, 33, 1},
                                       {600, 17, 49, 1}, {0, 4, 4, 1}, {70, 1, 64, 0},  {300, 8, 96, 0}};
    FOR_EACH_TABLE(k)
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            size_t r = shapes[s][0], m = shapes[s][1], n = shapes[s][2], gap = shapes[s][3], lda = m + gap,
                   ldb = n + 2 * gap, ldc = n + 3 * gap;
            float *a = noise(r * lda + 1, 1), *b = noise(r * ldb + 1, 2), *start = noise(m * ldc, 3),
                  *have = copy(start, m * ldc), *want = copy(start, m * ldc);
            float *size = copy(start, m * ldc);
            REF->gemm_tn(r, m, n, a, lda, b, ldb, want, ldc, accumulate, NULL);
            k->gemm_tn(r, m, n, a, lda, b, ldb, have, ldc, accumulate, array(k->gemm_tn_scratch(m, n)));
            for (size_t i = 0; i < m * ldc; i++) size[i] = 4.0f * (float)r + 2; /* |a|, |b| <= 2 */
            same("gemm_tn", k, m * ldc, have, want, size, (double)(r + 4) * (double)EPS);
            release();
        }
}

/* ---- depthwise ---- */

struct depthwise {
    size_t h, w, c, k, stride, pad;
};

static const struct depthwise shapes[] = {
    {5, 5, 16, 3, 1, 1},   {7, 9, 33, 3, 2, 1},   {14, 14, 20, 5, 1, 2}, {9, 8, 64, 5, 2, 2}, {12, 13, 17, 7, 1, 3},
    {11, 11, 16, 7, 2, 3}, {14, 14, 32, 9, 1, 4}, {6, 6, 5, 4, 4, 2},    {4, 4, 19, 2, 2, 0}, {1, 1, 16, 3, 1, 1},
    {3, 2, 8, 9, 1, 4},    {10, 3, 16, 5, 3, 1},  {8, 8, 1, 3, 1, 0},
};

static struct feri_dwconv geometry(struct depthwise s, const float *weight)
{
    return (struct feri_dwconv){.h = s.h,
                                .w = s.w,
                                .oh = (s.h + 2 * s.pad - s.k) / s.stride + 1,
                                .ow = (s.w + 2 * s.pad - s.k) / s.stride + 1,
                                .c = s.c,
                                .ld_x = s.c + 3,
                                .ld_y = s.c + 1,
                                .k = s.k,
                                .stride = s.stride,
                                .pad = s.pad,
                                .weight = weight};
}

/* The gaps between a pixel's channels and the next pixel must stay as they were, so whole arrays are compared. The end
 * of the last pixel is the array's end. */
static size_t extent(size_t pixels, size_t ld, size_t c)
{
    return (pixels - 1) * ld + c;
}

static void check_depthwise(const struct feri_kernels *k, struct depthwise s)
{
    float *weight = noise(s.k * s.k * s.c, 1), *bias = noise(s.c, 2), *slope = noise(s.c, 3);
    struct feri_dwconv d = geometry(s, weight);
    size_t nx = extent(d.h * d.w, d.ld_x, d.c), ny = extent(d.oh * d.ow, d.ld_y, d.c), nw = s.k * s.k * s.c;
    float *x = noise(nx, 4), *dy = noise(ny, 5), *y0 = noise(ny, 6), *have = copy(y0, ny), *want = copy(y0, ny);
    struct feri_epilogue epi = {.bias = bias, .act = FERI_ACT_PRELU, .slope = slope};
    double slack = (double)(s.k * s.k + 4) * (double)EPS;
    float *size = array(nx > ny ? nx : ny);
    for (size_t i = 0; i < (nx > ny ? nx : ny); i++) size[i] = 4.0f * (float)(s.k * s.k) * 3 + 4;
    float *scratch = array(k->dwconv_scratch(&d));
    REF->dwconv(&d, x, want, 0, d.oh, &epi, NULL);
    k->dwconv(&d, x, have, 0, d.oh / 2, &epi, scratch);
    k->dwconv(&d, x, have, d.oh / 2, d.oh, &epi, scratch);
    same("dwconv", k, ny, have, want, size, slack);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        float *dx0 = noise(nx, 7), *dx = copy(dx0, nx), *dx_want = copy(dx0, nx);
        REF->dwconv_backward_data(&d, dy, dx_want, accumulate, NULL);
        k->dwconv_backward_data(&d, dy, dx, accumulate, scratch);
        same("dwconv_backward_data", k, nx, dx, dx_want, size, slack);
    }
    float *dw0 = noise(nw, 8), *dw = copy(dw0, nw), *dw_want = copy(dw0, nw), *dw_size = array(nw);
    for (size_t i = 0; i < nw; i++) dw_size[i] = 4.0f * (float)(d.oh * d.ow) + 2;
    REF->dwconv_backward_weight(&d, x, dy, dw_want, NULL);
    k->dwconv_backward_weight(&d, x, dy, dw, scratch);
    same("dwconv_backward_weight", k, nw, dw, dw_want, dw_size, (double)(d.oh * d.ow + 4) * (double)EPS);
    release();
}

static void test_depthwise_passes_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(shapes); i++) check_depthwise(k, shapes[i]);
}

static void test_reference_depthwise_is_pytorchs_cross_correlation(void **state)
{
    (void)state;
    /* torch.nn.functional.conv2d(arange(9).reshape(1,1,3,3), arange(1,10).reshape(1,1,3,3), padding=1, groups=1) */
    static const float x[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, w[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const float want[9] = {66, 115, 82, 153, 240, 159, 90, 133, 82};
    float y[9];
    struct feri_dwconv d = {
        .h = 3, .w = 3, .oh = 3, .ow = 3, .c = 1, .ld_x = 1, .ld_y = 1, .k = 3, .stride = 1, .pad = 1, .weight = w};
    REF->dwconv(&d, x, y, 0, 3, NULL, NULL);
    assert_memory_equal(y, want, sizeof y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_gemm_is_the_sum_of_products),
        cmocka_unit_test(test_gemm_agrees_with_the_reference_and_has_the_same_bits_however_it_is_cut),
        cmocka_unit_test(test_gemm_may_add_a_residual_in_place),
        cmocka_unit_test(test_weight_gradient_product_agrees_with_the_reference),
        cmocka_unit_test(test_reference_depthwise_is_pytorchs_cross_correlation),
        cmocka_unit_test(test_depthwise_passes_agree_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
