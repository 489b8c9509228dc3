#include "check.h"

#include "graph/exec.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct shape {
    size_t h, w, ci, k, stride, pad;
};

static const struct shape shapes[] = {
    {7, 9, 3, 3, 2, 1}, {8, 70, 3, 3, 2, 1}, {5, 5, 1, 3, 1, 1},  {6, 41, 4, 5, 1, 2}, {9, 8, 2, 7, 2, 3},
    {1, 1, 5, 3, 1, 1}, {10, 3, 3, 5, 3, 1}, {4, 17, 2, 2, 4, 0}, {3, 4, 2, 2, 1, 3},  {3, 33, 17, 1, 1, 0},
};

static struct feri_conv_few geometry(struct shape s, size_t co, const float *weight)
{
    size_t oh = (s.h + 2 * s.pad - s.k) / s.stride + 1, ow = (s.w + 2 * s.pad - s.k) / s.stride + 1;
    return (struct feri_conv_few){.h = s.h,
                                  .w = s.w,
                                  .oh = oh,
                                  .ow = ow,
                                  .ci = s.ci,
                                  .co = co,
                                  .k = s.k,
                                  .stride = s.stride,
                                  .pad = s.pad,
                                  .weight = weight};
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
    float *x = noise(nx, 2), *dy = noise(ny, 3), *have = array(ny), *cut = array(ny), *want = array(ny);
    float *scratch = array(k->conv_few_scratch(&d));
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
    same("conv_few_backward_weight", k, nw, dw, dw_want, filled(nw, 4 * (float)(d.oh * d.ow) + 2),
         (double)(d.oh * d.ow + 4) * (double)EPS);
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
    static const float x[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, w[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9},
                       want[4] = {66, 82, 90, 82};
    float y[4];
    struct feri_conv_few d = {
        .h = 3, .w = 3, .oh = 2, .ow = 2, .ci = 1, .co = 1, .k = 3, .stride = 2, .pad = 1, .weight = w};
    REF->conv_few(&d, x, y, 0, 2, NULL, NULL);
    assert_memory_equal(y, want, sizeof y);
}

/* ---- Winograd ---- */

#define POINTS (FERI_WINOGRAD_IN * FERI_WINOGRAD_IN)

static void check_transforms(const struct feri_kernels *k, size_t h, size_t w, size_t c, enum feri_act act)
{
    size_t tiles = ((h + 3) / 4) * ((w + 3) / 4), t0 = tiles / 3, count = tiles - t0, ld_pixel = c + 3, ld_tile = c + 1;
    struct feri_winograd g = {
        .h = h, .w = w, .c = c, .ld_pixel = ld_pixel, .ld_tile = ld_tile, .ld_point = count * ld_tile + 5};
    size_t n_pixels = (h * w - 1) * ld_pixel + c, n_points = (POINTS - 1) * g.ld_point + (count - 1) * ld_tile + c;
    float *x = noise(n_pixels, 1), *v_want = noise(n_points, 2), *v = copy(v_want, n_points);
    REF->winograd_input(&g, x, t0, tiles, v_want);
    k->winograd_input(&g, x, t0, tiles, v);
    /* |B'| 2 |B| with rows of B' that add up to at most 1 + 2.5 + 1, and 6 roundings in each direction. */
    same("winograd_input", k, n_points, v, v_want, filled(n_points, 2 * 4.5f * 4.5f), 12 * (double)EPS);
    struct feri_epilogue epi = {noise(c, 3), act, noise(c, 4), noise(n_pixels, 5), ld_pixel};
    float *y_want = noise(n_pixels, 6), *y = copy(y_want, n_pixels);
    REF->winograd_output(&g, v_want, t0, tiles, &epi, y_want);
    k->winograd_output(&g, v_want, t0, tiles, &epi, y);
    /* |A'| 40 |A| with rows of A' that add up to at most 1 + 2 a^3 + 2 b^3 = 7.4; the slope may double it. */
    same("winograd_output", k, n_pixels, y, y_want, filled(n_pixels, 2 * 40.5f * 7.4f * 7.4f), 16 * (double)EPS);
    float *m_want = noise(n_points, 7), *m = copy(m_want, n_points);
    REF->winograd_output_transposed(&g, y_want, t0, tiles, m_want);
    k->winograd_output_transposed(&g, y_want, t0, tiles, m);
    float largest = 0;
    for (size_t i = 0; i < n_pixels; i++) largest = fmaxf(largest, fabsf(y_want[i]));
    /* rows of A add up to at most 1 + b + b^2 + b^3 = 7.3 */
    same("winograd_output_transposed", k, n_points, m, m_want, filled(n_points, largest * 7.3f * 7.3f),
         16 * (double)EPS);
    release();
}

static void check_weights(const struct feri_kernels *k, size_t n)
{
    size_t ld_tap = n + 2, ld_point = n + 3, n_taps = 8 * ld_tap + n, n_points = (POINTS - 1) * ld_point + n;
    float *w = noise(n_taps, 1), *u_want = noise(n_points, 2), *u = copy(u_want, n_points), *w_want = copy(w, n_taps);
    REF->winograd_weight(n, w, ld_tap, u_want, ld_point);
    k->winograd_weight(n, w, ld_tap, u, ld_point);
    /* G 2 G' with rows of G that add up to at most (1 + a + a^2) / 1.5 < 1.5 */
    same("winograd_weight", k, n_points, u, u_want, filled(n_points, 2 * 1.5f * 1.5f), 12 * (double)EPS);
    REF->winograd_weight_transposed(n, u_want, ld_point, w_want, ld_tap);
    k->winograd_weight_transposed(n, u_want, ld_point, w, ld_tap);
    /* columns of G add up to at most 1 + 2 / 1.5 + 2 / 6 < 2.7, u to 4.5 */
    same("winograd_weight_transposed", k, n_taps, w, w_want, filled(n_taps, 4.5f * 2.7f * 2.7f), 12 * (double)EPS);
    release();
}

static void test_winograd_weight_transforms_agree_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t n = 1; n < 70; n += 3) check_weights(k, n);
}

static void test_winograd_transforms_agree_with_the_reference(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{8, 8, 16}, {7, 9, 33}, {1, 1, 5}, {12, 4, 20}, {13, 18, 64}, {6, 2, 3}};
    static const enum feri_act acts[] = {FERI_ACT_NONE, FERI_ACT_RELU, FERI_ACT_PRELU};
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_transforms(k, sizes[i][0], sizes[i][1], sizes[i][2], acts[i % COUNT(acts)]);
}

struct network {
    struct feri_graph *graph;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_pool *pool;
    struct feri_shape x, y;
};

#define BATCH 3

/* relu(3x3 convolution of x) + x, compiled for inference. */
static struct network network(const struct feri_kernels *k, size_t h, size_t w, size_t c, unsigned threads)
{
    struct network n = {.x = {h, w, c}, .y = {h, w, c}};
    fer_error err;
    assert_int_equal(feri_graph_new(&n.graph, &err), FER_OK);
    feri_value x = feri_input(n.graph, h, w, c);
    feri_value y = feri_conv2d(n.graph, x, "c", (struct feri_conv){.out = c, .kernel = 3, .pad = 1, .bias = true});
    feri_output(n.graph, feri_add(n.graph, feri_activation(n.graph, y, FERI_ACT_RELU), x));
    feri_graph_init_params(n.graph, 3);
    assert_int_equal(feri_graph_hold(n.graph, &err), FER_OK);
    struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = k};
    assert_int_equal(feri_pool_new(threads, &n.pool, &err), FER_OK);
    assert_int_equal(feri_plan_new(n.graph, &opt, &n.plan, &err), FER_OK);
    assert_int_equal(feri_exec_new(n.plan, BATCH, n.pool, &n.exec, &err), FER_OK);
    struct feri_rng rng = feri_rng_new(5, 1, h);
    for (size_t i = 0; i < BATCH * h * w * c; i++) feri_exec_input(n.exec)[i] = feri_rng_range(&rng, -1, 1);
    return n;
}

static void network_free(struct network *n)
{
    feri_exec_free(n->exec);
    feri_plan_free(n->plan);
    feri_pool_free(n->pool);
    feri_graph_free(n->graph);
}

/* Sum of products at pixel (row, col) and channel o in double, and the sum of their magnitudes. */
static double direct(const struct network *n, const float *x, size_t row, size_t col, size_t o, double *magnitude)
{
    const struct feri_param *w = feri_graph_find_param(n->graph, "c.weight"),
                            *b = feri_graph_find_param(n->graph, "c.bias");
    size_t c = n->x.c;
    double sum = (double)b->data[o];
    *magnitude = fabs(sum);
    for (size_t t = 0; t < 9; t++) {
        size_t r = row + t / 3, q = col + t % 3; /* padded */
        if (r < 1 || r > n->x.h || q < 1 || q > n->x.w) continue;
        for (size_t ch = 0; ch < c; ch++) {
            double product = (double)x[((r - 1) * n->x.w + q - 1) * c + ch] * (double)w->data[(o * 9 + t) * c + ch];
            sum += product;
            *magnitude += fabs(product);
        }
    }
    return sum;
}

/* The bound: 8 eps times the sum of the magnitudes of the products of a pixel. Summing directly is off by 1 eps of it,
 * this by 3.4 at worst over 64 to 512 channels (by 17 with points 1 and 2). A tile's pixels share its rounding, so the
 * largest sum of the images stands for each's own. */
static void check_winograd(const struct feri_kernels *k, size_t h, size_t w, size_t c)
{
    struct network one = network(k, h, w, c, 1), three = network(k, h, w, c, 3);
    float *x = copy(feri_exec_input(one.exec), BATCH * h * w * c);
    feri_exec_forward(one.exec, BATCH, 0);
    feri_exec_forward(three.exec, BATCH, 0);
    const float *y = feri_exec_output(one.exec);
    assert_memory_equal(y, feri_exec_output(three.exec), BATCH * h * w * c * sizeof *y);
    double worst = 0, largest = 0, magnitude;
    for (size_t i = 0; i<BATCH * h * w; i += h * w> 1000 ? 97 : 1)
        for (size_t o = i % 3; o < c; o += 3) {
            double sum = direct(&one, x + i / (h * w) * h * w * c, i % (h * w) / w, i % w, o, &magnitude);
            double off = fabs((double)y[i * c + o] - (sum > 0 ? sum : 0) - (double)x[i * c + o]);
            worst = off > worst ? off : worst;
            largest = magnitude > largest ? magnitude : largest;
        }
    if (!(worst <= 8 * (double)EPS * largest))
        fail_msg("%s, %zu x %zu x %zu: off by %.2f eps of the magnitude", k->isa, h, w, c,
                 worst / largest / (double)EPS);
    network_free(&one);
    network_free(&three);
    release();
}

static void test_winograd_convolutions_are_near_the_exact_sums_with_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{14, 14, 64}, {17, 22, 72}, {28, 28, 129}, {13, 15, 300}, {120, 118, 64}};
    check_winograd(REF, 9, 11, 40);
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(sizes); i++) check_winograd(k, sizes[i][0], sizes[i][1], sizes[i][2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_is_pytorchs_cross_correlation),
        cmocka_unit_test(test_few_output_channels_agree_with_the_reference_however_the_rows_are_cut),
        cmocka_unit_test(test_winograd_transforms_agree_with_the_reference),
        cmocka_unit_test(test_winograd_weight_transforms_agree_with_the_reference),
        cmocka_unit_test(test_winograd_convolutions_are_near_the_exact_sums_with_the_same_bits_for_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
