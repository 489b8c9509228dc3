#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const size_t widths[] = {1, 3, 8, 16, 17, 49, 64, 100, 192};
static const enum feri_act acts[] = {FERI_ACT_NONE, FERI_ACT_RELU,   FERI_ACT_RELU6,   FERI_ACT_PRELU,
                                     FERI_ACT_GELU, FERI_ACT_HSWISH, FERI_ACT_SIGMOID, FERI_ACT_TANH};

/* A constant magnitude for comparisons. */
static float *level(size_t n, float v)
{
    float *x = array(n);
    for (size_t i = 0; i < n; i++) x[i] = v;
    return x;
}

static void test_activations_agree_with_the_reference_also_far_out(void **state)
{
    (void)state;
    static const float special[] = {0.0f, -0.0f, 1e-30f, -1e-30f, 5,     -5,     20,       -20,       88, -88,
                                    200,  -200,  3,      -3,      1e30f, -1e30f, INFINITY, -INFINITY, NAN};
    FOR_EACH_TABLE(k)
    for (size_t a = 0; a < COUNT(acts); a++)
        for (size_t i = 0; i < COUNT(widths); i++) {
            size_t rows = 5, c = widths[i], n = rows * c;
            float *x = noise(n, i), *slope = noise(c, 2), *have = array(n), *want = array(n);
            for (size_t s = 0; s < n; s++) x[s] = s % 3 ? x[s] * 4 : special[(s / 3 + i) % COUNT(special)];
            bool finite_only =
                acts[a] == FERI_ACT_GELU || acts[a] == FERI_ACT_HSWISH; /* 0 * infinity is no part of the contract */
            for (size_t s = 0; s < n && finite_only; s++)
                if (isinf(x[s]) || fabsf(x[s]) > 1e20f) x[s] = 1;
            REF->act(acts[a], rows, c, x, acts[a] == FERI_ACT_PRELU ? slope : NULL, want);
            k->act(acts[a], rows, c, x, acts[a] == FERI_ACT_PRELU ? slope : NULL, have);
            /* GELU's left tail is a product of a tiny number: an absolute bound of a few roundings of the largest input
             * is what inference needs. */
            const float *magnitude = acts[a] == FERI_ACT_GELU   ? level(n, 16)
                                     : acts[a] == FERI_ACT_TANH ? level(n, 1)
                                                                : NULL;
            same("act", k, n, have, want, magnitude, acts[a] == FERI_ACT_GELU ? 4 * (double)EPS : 8 * (double)EPS);
            k->act(acts[a], rows, c, x, acts[a] == FERI_ACT_PRELU ? slope : NULL, x);
            assert_memory_equal(x, have, n * sizeof *x); /* in place */
            release();
        }
}

static void test_activation_gradients_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t a = 0; a < COUNT(acts); a++)
        for (size_t i = 0; i < COUNT(widths); i++)
            for (int accumulate = 0; accumulate < 2; accumulate++) {
                size_t rows = 7, c = widths[i], n = rows * c;
                const float *x = noise(n, i), *dy = noise(n, 2),
                            *slope = acts[a] == FERI_ACT_PRELU ? noise(c, 3) : NULL;
                float *dx = noise(n, 4), *want = copy(dx, n), *ds = noise(c, 5), *ds_want = copy(ds, c);
                bool prelu = acts[a] == FERI_ACT_PRELU;
                REF->act_backward(acts[a], rows, c, x, slope, dy, want, accumulate, prelu ? ds_want : NULL);
                k->act_backward(acts[a], rows, c, x, slope, dy, dx, accumulate, prelu ? ds : NULL);
                same("act_backward", k, n, dx, want, level(n, 8), 4 * (double)EPS);
                same("dslope", k, c, ds, ds_want, level(c, 4.0f * (float)rows), (double)(rows + 2) * (double)EPS);
                release();
            }
}

static void test_elementwise_kernels_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t n = 0; n < 70; n++) {
        const float *a = noise(n, 1), *b = noise(n, 2);
        float *have = array(n), *want = array(n), *acc = noise(n, 3), *acc_want = copy(acc, n);
        k->add(n, a, b, have), REF->add(n, a, b, want);
        same("add", k, n, have, want, NULL, 0);
        k->mul(n, a, b, have), REF->mul(n, a, b, want);
        same("mul", k, n, have, want, NULL, 0);
        k->mul_backward(n, a, b, acc, true), REF->mul_backward(n, a, b, acc_want, true);
        same("mul_backward", k, n, acc, acc_want, level(n, 8), 2 * (double)EPS);
        k->scale(n, 0.3f, have), REF->scale(n, 0.3f, want);
        same("scale", k, n, have, want, NULL, 0);
        k->dropout(n, a, 99, 1000, 0.3f, have), REF->dropout(n, a, 99, 1000, 0.3f, want);
        same("dropout", k, n, have, want, NULL, 0);
        k->ema(n, 0.9f, a, acc), REF->ema(n, 0.9f, a, acc_want);
        same("ema", k, n, acc, acc_want, level(n, 8), 4 * (double)EPS);
        assert_true(fabs(k->sum_squares(n, a) - REF->sum_squares(n, a)) <= 1e-12 * (double)n);
        release();
    }
}

static void test_dropout_keeps_the_right_share_and_scales_it(void **state)
{
    (void)state;
    size_t n = 100000, kept = 0;
    float *x = level(n, 3), *y = array(n);
    feri_kernels_get(FERI_ISA_AUTO)->dropout(n, x, 5, 0, 0.25f, y);
    for (size_t i = 0; i < n; i++) {
        assert_true(y[i] == 0 || y[i] == 4);
        kept += y[i] != 0;
    }
    assert_true(fabs((double)kept / (double)n - 0.75) < 0.01);
    release();
}

static void test_optimisers_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t n = 1; n < 40; n += 6) {
        const struct feri_adamw o = {1e-2f, 0.9f, 0.999f, 1e-8f, 0.1f, 0.1f, 0.03f};
        const float *g = noise(n, 1);
        float *w = noise(n, 2), *m = noise(n, 3), *v = absolute(noise(n, 4), n), *w2 = copy(w, n), *m2 = copy(m, n),
              *v2 = copy(v, n);
        k->adamw(&o, n, w, g, m, v), REF->adamw(&o, n, w2, g, m2, v2);
        same("adamw w", k, n, w, w2, level(n, 8), 8 * (double)EPS);
        same("adamw m", k, n, m, m2, level(n, 4), 4 * (double)EPS);
        same("adamw v", k, n, v, v2, level(n, 4), 4 * (double)EPS);
        float *a = noise(n, 5), *b = copy(a, n), *ma = noise(n, 6), *mb = copy(ma, n);
        k->sgd(n, 0.1f, 0.9f, 0.01f, true, a, g, ma), REF->sgd(n, 0.1f, 0.9f, 0.01f, true, b, g, mb);
        same("sgd w", k, n, a, b, level(n, 8), 8 * (double)EPS);
        same("sgd m", k, n, ma, mb, level(n, 8), 4 * (double)EPS);
        release();
    }
}

static void check_batch_norm(const struct feri_kernels *k, size_t rows, size_t c, enum feri_act act)
{
    size_t n = rows * c;
    double slack = (double)(rows + 8) * (double)EPS;
    const float *x = noise(n, 1), *dy = noise(n, 2), *scale = noise(c, 3), *shift = noise(c, 4), *slope = noise(c, 5),
                *p = noise(c, 6);
    float *mean = array(c), *m2 = array(c), *mean_want = array(c), *m2_want = array(c), *y = array(n), *want = array(n);
    k->bn_stats(rows, c, x, mean, m2), REF->bn_stats(rows, c, x, mean_want, m2_want);
    same("bn_stats mean", k, c, mean, mean_want, level(c, 2), slack);
    same("bn_stats m2", k, c, m2, m2_want, level(c, 4.0f * (float)rows), slack);
    k->bn_apply(rows, c, x, scale, shift, act, slope, y), REF->bn_apply(rows, c, x, scale, shift, act, slope, want);
    same("bn_apply", k, n, y, want, level(n, 16), 4 * (double)EPS);
    float *s[3], *s_want[3];
    for (int i = 0; i < 3; i++) {
        s[i] = noise(c, 7);
        s_want[i] = copy(s[i], c);
    }
    k->bn_backward_reduce(rows, c, x, dy, scale, shift, mean_want, p, act, slope, s[0], s[1], s[2]);
    REF->bn_backward_reduce(rows, c, x, dy, scale, shift, mean_want, p, act, slope, s_want[0], s_want[1], s_want[2]);
    for (int i = 0; i < 3; i++)
        same("bn_backward_reduce", k, c, s[i], s_want[i], level(c, 32.0f * (float)rows + 2), slack);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        float *dx = noise(n, 8), *dx_want = copy(dx, n);
        k->bn_backward_apply(rows, c, x, dy, scale, shift, act, slope, p, scale, shift, dx, accumulate);
        REF->bn_backward_apply(rows, c, x, dy, scale, shift, act, slope, p, scale, shift, dx_want, accumulate);
        same("bn_backward_apply", k, n, dx, dx_want, level(n, 32), 4 * (double)EPS);
    }
    release();
}

static void test_batch_norm_agrees_with_the_reference(void **state)
{
    (void)state;
    static const enum feri_act some[] = {FERI_ACT_NONE, FERI_ACT_RELU, FERI_ACT_PRELU};
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(widths); i++)
        for (size_t a = 0; a < 3; a++)
            for (size_t rows = 1; rows < 40; rows += 9) check_batch_norm(k, rows, widths[i], some[a]);
}

static void check_rows(const struct feri_kernels *k, size_t rows, size_t c)
{
    size_t n = rows * c, ld = c + 3;
    double slack = (double)(c + 16) * (double)EPS;
    const float *x = noise(n, 1), *dy = noise(n, 2), *gamma = noise(c, 3), *beta = noise(c, 4);
    float *y = array(n), *want = array(n), *mean = array(rows), *rstd = array(rows), *mean_want = array(rows),
          *rstd_want = array(rows);
    k->layer_norm(rows, c, x, gamma, beta, 1e-5f, y, mean, rstd),
        REF->layer_norm(rows, c, x, gamma, beta, 1e-5f, want, mean_want, rstd_want);
    float widest = 1;
    for (size_t i = 0; i < rows; i++) widest = fmaxf(widest, rstd_want[i]);
    same("layer_norm", k, n, y, want, level(n, 8 * widest), slack);
    float *dx = noise(n, 5), *dx_want = copy(dx, n), *dg = noise(c, 6), *dg_want = copy(dg, c), *db = noise(c, 7),
          *db_want = copy(db, c);
    k->layer_norm_backward(rows, c, x, dy, gamma, mean_want, rstd_want, dx, true, dg, db);
    REF->layer_norm_backward(rows, c, x, dy, gamma, mean_want, rstd_want, dx_want, true, dg_want, db_want);
    same("layer_norm_backward dx", k, n, dx, dx_want, level(n, 32 * widest * widest), slack);
    same("layer_norm_backward dgamma", k, c, dg, dg_want, level(c, 16 * widest * (float)rows),
         (double)(rows + 8) * (double)EPS);
    same("layer_norm_backward dbeta", k, c, db, db_want, level(c, 4 * (float)rows), (double)(rows + 8) * (double)EPS);
    k->l2_norm(rows, c, x, y, mean), REF->l2_norm(rows, c, x, want, mean_want);
    same("l2_norm", k, n, y, want, level(n, 1), slack);
    k->l2_norm_backward(rows, c, want, dy, mean_want, dx, false),
        REF->l2_norm_backward(rows, c, want, dy, mean_want, dx_want, false);
    float shortest = mean_want[0];
    for (size_t i = 1; i < rows; i++) shortest = fminf(shortest, mean_want[i]);
    same("l2_norm_backward", k, n, dx, dx_want, level(n, 4 * (float)c / shortest + 1), slack);
    float *wide = noise(rows * ld, 8), *soft = copy(wide, rows * ld), *soft_want = copy(wide, rows * ld);
    k->softmax(rows, c, ld, wide, 3.5f, soft), REF->softmax(rows, c, ld, wide, 3.5f, soft_want);
    same("softmax", k, rows * ld, soft, soft_want, NULL,
         slack + 16 * (double)EPS); /* exp(7) magnifies a rounding of its argument by 7 */
    float *dsoft = noise(rows * ld, 9), *dsoft_want = copy(dsoft, rows * ld);
    k->softmax_backward(rows, c, ld, soft_want, dsoft, 0.5f, dsoft),
        REF->softmax_backward(rows, c, ld, soft_want, dsoft_want, 0.5f, dsoft_want);
    same("softmax_backward", k, rows * ld, dsoft, dsoft_want, level(rows * ld, 4), slack);
    float *sum = noise(c, 10), *sum_want = copy(sum, c);
    k->column_sums(rows, c, wide, ld, sum, true), REF->column_sums(rows, c, wide, ld, sum_want, true);
    same("column_sums", k, c, sum, sum_want, level(c, 2 * (float)rows + 2), (double)(rows + 2) * (double)EPS);
    k->add_bias(rows, c, gamma, y), REF->add_bias(rows, c, gamma, want);
    same("add_bias", k, n, y, want, level(n, 4), slack);
    release();
}

static void test_row_kernels_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(widths); i++)
        for (size_t rows = 1; rows < 12; rows += 5) check_rows(k, rows, widths[i]);
}

static void test_a_zero_row_has_no_direction_and_no_nan(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    {
        float *x = level(20, 0), *y = level(20, 7), *dx = level(20, 7), norm[1];
        k->l2_norm(1, 20, x, y, norm);
        k->l2_norm_backward(1, 20, y, noise(20, 1), norm, dx, false);
        for (size_t i = 0; i < 20; i++) assert_true(y[i] == 0 && dx[i] == 0);
        release();
    }
}

static void check_image(const struct feri_kernels *k, size_t h, size_t w, size_t c)
{
    size_t n = h * w * c;
    double slack = (double)(h + w + 8) * (double)EPS;
    const float *x = noise(n, 1), *dy = noise(n, 2), *r = noise(h * c, 3), *q = noise(w * c, 4);
    float *rows = array(h * c), *columns = array(w * c), *rows_want = array(h * c), *columns_want = array(w * c),
          *y = array(n), *want = array(n);
    k->axis_means(h, w, c, x, rows, columns), REF->axis_means(h, w, c, x, rows_want, columns_want);
    same("axis_means rows", k, h * c, rows, rows_want, level(h * c, 2), slack);
    same("axis_means columns", k, w * c, columns, columns_want, level(w * c, 2), slack);
    k->gate(h, w, c, x, r, q, y), REF->gate(h, w, c, x, r, q, want);
    same("gate", k, n, y, want, NULL, 2 * (double)EPS);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        float *dx = noise(n, 5), *dx_want = copy(dx, n);
        k->axis_means_backward(h, w, c, r, q, dx, accumulate),
            REF->axis_means_backward(h, w, c, r, q, dx_want, accumulate);
        same("axis_means_backward", k, n, dx, dx_want, level(n, 6), 4 * (double)EPS);
        k->gate_backward(h, w, c, x, r, q, dy, dx, accumulate, rows, columns);
        REF->gate_backward(h, w, c, x, r, q, dy, dx_want, accumulate, rows_want, columns_want);
        same("gate_backward dx", k, n, dx, dx_want, level(n, 16), 4 * (double)EPS);
        same("gate_backward rows", k, h * c, rows, rows_want, level(h * c, 8 * (float)w), slack);
        same("gate_backward columns", k, w * c, columns, columns_want, level(w * c, 8 * (float)h), slack);
    }
    release();
}

static void check_pool(const struct feri_kernels *k, size_t h, size_t w, size_t c, size_t kernel, size_t stride,
                       size_t pad)
{
    size_t oh = (h + 2 * pad - kernel) / stride + 1, ow = (w + 2 * pad - kernel) / stride + 1, n = oh * ow * c;
    float *x = noise(h * w * c, 1), *y = array(n), *want = array(n), *dx = noise(h * w * c, 2),
          *dx_want = copy(dx, h * w * c);
    uint8_t *index = (uint8_t *)array((n + 3) / 4), *index_want = (uint8_t *)array((n + 3) / 4);
    x[h * w * c / 2] = NAN;
    for (size_t i = 0; i < h * w * c; i += 5) x[i] = 1; /* ties: the first wins */
    struct feri_max_pool d = {
        .h = h, .w = w, .c = c, .k = kernel, .stride = stride, .pad = pad, .oh = oh, .ow = ow, .top = pad};
    k->max_pool(&d, x, y, index), REF->max_pool(&d, x, want, index_want);
    same("max_pool", k, n, y, want, NULL, 0);
    assert_memory_equal(index, index_want, n);
    k->max_pool(&d, x, y, NULL);
    same("max_pool without taps", k, n, y, want, NULL, 0);
    size_t below = oh / 2, first = below * stride < pad ? 0 : below * stride - pad; /* a band of rows */
    struct feri_max_pool band = d;
    band.h = h - first, band.oh = oh - below, band.top = first + pad - below * stride;
    k->max_pool(&band, x + first * w * c, y, NULL);
    same("max_pool of a band", k, band.oh * ow * c, y, want + below * ow * c, NULL, 0);
    k->max_pool_backward(h, w, c, kernel, stride, pad, oh, ow, index, want, dx);
    REF->max_pool_backward(h, w, c, kernel, stride, pad, oh, ow, index, want, dx_want);
    same("max_pool_backward", k, h * w * c, dx, dx_want, level(h * w * c, 20), 16 * (double)EPS);
    release();
}

static void test_image_kernels_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(widths); i++) {
        check_image(k, 5, 7, widths[i]);
        check_image(k, 1, 1, widths[i]);
        check_pool(k, 7, 6, widths[i], 2, 2, 0);
        check_pool(k, 9, 7, widths[i], 3, 2, 1);
    }
}

static void test_every_word_for_an_instruction_set_is_understood(void **state)
{
    (void)state;
    enum feri_isa isa;
    assert_true(feri_isa_parse("avx2", &isa) && isa == FERI_ISA_AVX2);
    assert_true(feri_isa_parse("ref", &isa) && feri_kernels_get(isa) == REF);
    assert_false(feri_isa_parse("sse9", &isa));
    assert_non_null(feri_kernels_get(FERI_ISA_AUTO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word_for_an_instruction_set_is_understood),
        cmocka_unit_test(test_activations_agree_with_the_reference_also_far_out),
        cmocka_unit_test(test_activation_gradients_agree_with_the_reference),
        cmocka_unit_test(test_elementwise_kernels_agree_with_the_reference),
        cmocka_unit_test(test_dropout_keeps_the_right_share_and_scales_it),
        cmocka_unit_test(test_optimisers_agree_with_the_reference),
        cmocka_unit_test(test_batch_norm_agrees_with_the_reference),
        cmocka_unit_test(test_row_kernels_agree_with_the_reference),
        cmocka_unit_test(test_a_zero_row_has_no_direction_and_no_nan),
        cmocka_unit_test(test_image_kernels_agree_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
