#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct shape {
    size_t t, width;
};

static const struct shape shapes[] = {{1, 1},  {1, 24},  {2, 3},   {7, 8},   {16, 8},
                                      {17, 9}, {36, 32}, {49, 24}, {50, 17}, {65, 5}};

/* queries, keys and values interleaved as a transformer has them, and a result with gaps. */
static struct feri_attention attention(struct shape s, float *qkv, float *out)
{
    return (struct feri_attention){.t = s.t,
                                   .width = s.width,
                                   .q = qkv,
                                   .k = qkv + s.width + 1,
                                   .v = qkv + 2 * s.width + 1,
                                   .ld = 3 * s.width + 2,
                                   .scale = 1 / sqrtf((float)s.width),
                                   .out = out,
                                   .ld_out = s.width + 3};
}

static size_t extent(size_t rows, size_t ld, size_t width)
{
    return (rows - 1) * ld + width;
}

static void check(const struct feri_kernels *k, struct shape s, float dropout)
{
    size_t nx = extent(s.t, 3 * s.width + 2, 3 * s.width + 1), ny = extent(s.t, s.width + 3, s.width);
    float *qkv = noise(nx, 1), *start = noise(ny, 2), *want = copy(start, ny), *have = copy(start, ny),
          *size = array(ny);
    float *stats = array(2 * s.t), *stats_want = array(2 * s.t), *scratch = array(k->attention_scratch(s.t, s.width)),
          *spare = array(2 * s.t);
    struct feri_attention a = attention(s, qkv, want), b = attention(s, qkv, have);
    a.dropout = b.dropout = dropout;
    a.key = b.key = 99;
    a.first = b.first = 12345;
    a.stats = stats_want;
    b.stats = stats;
    REF->attention(&a, spare);
    k->attention(&b, scratch);
    /* A score of magnitude 4 sqrt(width) carries a few roundings into the exponent, the sum over t tokens a few more;
     * |v| <= 2, mask <= 2. */
    double slack = (double)(s.width + s.t + 8) * (double)EPS;
    for (size_t i = 0; i < ny; i++) size[i] = 4 * (8 * sqrtf((float)s.width) + 8);
    same("attention", k, ny, have, want, size, slack);
    same("attention stats", k, 2 * s.t, stats, stats_want, NULL, slack * 8 * sqrt((double)s.width));
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        float *dout = noise(ny, 3), *grad = noise(nx, 4), *grad_want = copy(grad, nx), *grad_size = array(nx);
        struct feri_attention_grad g = {dout, grad, grad + s.width + 1, grad + 2 * s.width + 1, accumulate}, h = g;
        h.dq = grad_want;
        h.dk = grad_want + s.width + 1;
        h.dv = grad_want + 2 * s.width + 1;
        a.out = b.out = want;
        a.stats = b.stats = stats_want;
        REF->attention_backward(&a, &h, spare);
        k->attention_backward(&b, &g, scratch);
        /* A sum over t tokens of weights <= 1 times differences of dot products <= 16 width. */
        for (size_t i = 0; i < nx; i++) grad_size[i] = 64 * (float)(s.width * s.t);
        same("attention_backward", k, nx, grad, grad_want, grad_size, slack);
    }
    release();
}

static void test_attention_agrees_with_the_reference(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(shapes); i++) check(k, shapes[i], 0);
}

static void test_attention_agrees_with_the_reference_under_dropout(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < COUNT(shapes); i++) check(k, shapes[i], 0.5f);
}

/* Scores far beyond exp's range: the largest takes all, whether it is huge or hugely negative. */
static void test_large_scores_do_not_overflow(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    {
        float *qkv = array(3 * 3), *out = array(3);
        const float scores[3] = {-1e6f, 3e6f, -2e6f};
        for (size_t t = 0; t < 3; t++) {
            qkv[t * 3] = t == 2 ? -1.0f : 1.0f;
            qkv[t * 3 + 1] = scores[t];
            qkv[t * 3 + 2] = (float)(10 * t);
        }
        struct feri_attention a = {
            .t = 3, .width = 1, .q = qkv, .k = qkv + 1, .v = qkv + 2, .ld = 3, .scale = 1, .out = out, .ld_out = 1};
        k->attention(&a, array(k->attention_scratch(3, 1)));
        assert_true(out[0] == 10 && out[1] == 10 && out[2] == 20);
        release();
    }
}

static void test_a_nan_is_not_lost(void **state)
{
    (void)state;
    FOR_EACH_TABLE(k)
    {
        float *qkv = noise(5 * 6, 1), *out = array(5 * 2);
        qkv[2 * 6 + 3] = NAN; /* in a key, so every token sees it */
        struct feri_attention a = {
            .t = 5, .width = 2, .q = qkv, .k = qkv + 2, .v = qkv + 4, .ld = 6, .scale = 1, .out = out, .ld_out = 2};
        k->attention(&a, array(k->attention_scratch(5, 2)));
        for (size_t i = 0; i < 10; i++) assert_true(isnan(out[i]));
        release();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attention_agrees_with_the_reference),
        cmocka_unit_test(test_attention_agrees_with_the_reference_under_dropout),
        cmocka_unit_test(test_large_scores_do_not_overflow),
        cmocka_unit_test(test_a_nan_is_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
