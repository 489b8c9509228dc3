#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct shape {
    size_t h, w, ci, k, stride, pad;
};

static const struct shape shapes[] = {
    {7, 9, 3, 3, 2, 1}, {8, 70, 3, 3, 2, 1}, {5, 5, 1, 3, 1, 1}, {6, 41, 4, 5, 1, 2}, {9, 8, 2, 7, 2, 3}, {1, 1, 5, 3, 1, 1},
    {10, 3, 3, 5, 3, 1}, {4, 17, 2, 2, 4, 0}, {3, 4, 2, 2, 1, 3}, {3, 33, 17, 1, 1, 0},
};

static struct feri_conv_few geometry(struct shape s, size_t co, const float *weight)
{
    return (struct feri_conv_few){.h = s.h, .w = s.w, .oh = (s.h + 2 * s.pad - s.k) / s.stride + 1, .ow = (s.w + 2 * s.pad - s.k) / s.stride + 1,
                                  .ci = s.ci, .co = co, .k = s.k, .stride = s.stride, .pad = s.pad, .weight = weight};
}

static float *filled(size_t n, float v)
{
    float *x = array(n);
    for (size_t i = 0; i < n; i++) x[i] = v;
    return x;
}

static void check_few(const struct feri_kernels *k, struct shape s, size_t co, enum feri_act act)
{
    size_t taps = s.k * s.k * s.ci;
    struct feri_conv_few d = geometry(s, co, noise(co * taps, 1));
    size_t nx = s.h * s.w * s.ci, ny = d.oh * d.ow * co, nw = co * taps;
    float *x = noise(nx, 2), *dy = noise(ny, 3), *have = array(ny), *cut = array(ny), *want = array(ny), *scratch = array(k->conv_few_scratch(&d));
    struct feri_epilogue epi = {noise(co, 4), act, noise(co, 5), noise(ny, 6), co};
    REF->conv_few(&d, x, want, 0, d.oh, &epi, NULL);
    k->conv_few(&d, x, have, 0, d.oh, &epi, scratch);
    /* A sum of `taps` products of at most 4, bias, slope and residual of at most 2. */
    same("conv_few", k, ny, have, want, filled(ny, 2 * (4 * (float)taps + 2) + 2), (double)(taps + 4) * (double)EPS);
    for (size_t oh = 0; oh < d.oh; oh++) k->conv_few(&d, x, cut, oh, oh + 1, &epi, scratch);
    assert_memory_equal(cut, have, ny * sizeof *cut);
    float *dw_want = noise(nw, 7), *dw = copy(dw_want, nw);
    REF->conv_few_backward_weight(&d, x, dy, dw_want, NULL);
    k->conv_few_backward_weight(&d, x, dy, dw, scratch);
    same("conv_few_backward_weight", k, nw, dw, dw_want, filled(nw, 4 * (float)(d.oh * d.ow) + 2), (double)(d.oh * d.ow + 4) * (double)EPS);
    release();
}

static void test_few_output_channels_agree_with_the_reference_however_the_rows_are_cut(void **state)
{
    (void)state;
    static const enum feri_act acts[] = {FERI_ACT_NONE, FERI_ACT_RELU, FERI_ACT_PRELU};
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (size_t co = 1; co <= FERI_FEW; co++) check_few(k, shapes[i], co, acts[(i + co) % COUNT(acts)]);
}

static void test_reference_is_pytorchs_cross_correlation(void **state)
{
    (void)state;
    /* torch.nn.functional.conv2d(arange(9).reshape(1,1,3,3), arange(1,10).reshape(1,1,3,3), padding=1, stride=2) */
    static const float x[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, w[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, want[4] = {66, 82, 90, 82};
    float y[4];
    struct feri_conv_few d = {.h = 3, .w = 3, .oh = 2, .ow = 2, .ci = 1, .co = 1, .k = 3, .stride = 2, .pad = 1, .weight = w};
    REF->conv_few(&d, x, y, 0, 2, NULL, NULL);
    assert_memory_equal(y, want, sizeof y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_is_pytorchs_cross_correlation),
        cmocka_unit_test(test_few_output_channels_agree_with_the_reference_however_the_rows_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
