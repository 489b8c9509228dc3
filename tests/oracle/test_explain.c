/* fer_explain() against PyTorch: make_explain.py wrote fixtures/explain_*.csv; both sides compute weights and picture
 * by the same formula. */
#include "base/rng.h"
#include "fer/explain.h"
#include "models/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOLERANCE 1e-6 /* of a weight; PyTorch's are float64 */

/* ---- the formula ---- */

static float noise(const char *name, size_t i)
{
    uint64_t key = UINT64_C(0xCBF29CE484222325);
    for (; *name; name++) key = (key ^ (uint8_t)*name) * UINT64_C(0x100000001B3);
    uint64_t bits = feri_mix64(key + (i + 1) * UINT64_C(0x9E3779B97F4A7C15)) >> 40;
    return (float)((double)bits * 0x1p-23 - 1.0);
}

static float param_value(const struct feri_param *p, size_t i)
{
    float u = noise(p->name, i);
    if (p->n_dims == 1) return p->kind == FERI_PARAM_NORM_WEIGHT ? 1.0f + 0.2f * u : 0.1f * u;
    float gain = strstr(p->name, "qkv") ? 4.0f : strstr(p->name, "attention_pool") ? 40.0f : 1.0f;
    return gain * u / sqrtf((float)(p->count / p->dims[0]));
}

static fer_model *make_model(const char *name, size_t size)
{
    fer_model *m = NULL;
    fer_error err = {0};
    fer_model_options opt = {.height = size, .width = size, .preprocess = "half"};
    fer_model_new(name, &opt, &m, &err);
    assert_string_equal(err.text, "");
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        struct feri_param *p = feri_graph_param(m->graph, i);
        float *torch = malloc(p->count * sizeof *torch);
        assert_non_null(torch);
        for (size_t k = 0; k < p->count; k++) torch[k] = param_value(p, k);
        assert_true(feri_param_set(p, torch));
        free(torch);
    }
    return m;
}

static fer_image *make_picture(size_t size)
{
    uint8_t *data = malloc(size * size * 3);
    assert_non_null(data);
    for (size_t i = 0; i < size * size * 3; i++) {
        size_t y = i / 3 / size, x = i / 3 % size, ch = i % 3;
        float coarse = noise("coarse", (y / 16 * 14 + x / 16) * 3 + ch);
        data[i] = (uint8_t)(128 + (int)floorf(90 * coarse) + (int)floorf(30 * noise("fine", i)));
    }
    fer_image *im = NULL;
    assert_int_equal(fer_image_from_pixels(data, size, size, 3 * size, FER_RGB8, &im, NULL), FER_OK);
    free(data);
    return im;
}

/* ---- comparison ---- */

static size_t compare(const char *fixture, const fer_explanation *e)
{
    char path[512], kind[16];
    size_t i, n = 0;
    double want;
    snprintf(path, sizeof path, "%s/tests/oracle/fixtures/explain_%s.csv", FER_SOURCE_DIR, fixture);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (; fscanf(f, "%15[a-z],%zu,%lf\n", kind, &i, &want) == 3; n++) {
        const float *map = strcmp(kind, "score") == 0     ? e->scores
                           : strcmp(kind, "pooling") == 0 ? e->pooling
                                                          : e->rollout;
        double tolerance = map == e->scores ? 1e-5 : TOLERANCE;
        if (fabs((double)map[i] - want) > tolerance)
            fail_msg("%s %s %zu: %.9g, PyTorch has %.9g", fixture, kind, i, (double)map[i], want);
    }
    fclose(f);
    return n;
}

static double sum(const float *x, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++) s += (double)x[i];
    return s;
}

static void check(const char *model, size_t size, const fer_session_options *opt, size_t side, size_t layers)
{
    char fixture[64];
    fer_error err = {0};
    fer_session *s = NULL;
    fer_explanation *e = NULL;
    fer_model *m = make_model(model, size);
    fer_image *im = make_picture(size);
    fer_session_new(m, opt, &s, &err);
    assert_string_equal(err.text, "");
    fer_explain(s, im, &e, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(e->rows, side);
    assert_int_equal(e->columns, side);
    assert_int_equal(e->layers, layers);
    snprintf(fixture, sizeof fixture, "%s_%zu", model, size);
    assert_int_equal(compare(fixture, e), e->n_classes + 2 * side * side);
    assert_true(fabs(sum(e->pooling, side * side) - 1) < 1e-5);
    assert_true(fabs(sum(e->rollout, side * side) - 1) < 1e-5);
    fer_explanation_free(e);
    fer_session_free(s);
    fer_image_free(im);
    fer_model_free(m);
}

static void test_maps_of_cct_7_equal_pytorch(void **state)
{
    (void)state;
    check("cct-7", 112, &(fer_session_options){.threads = 1}, 7, 7);
}

static void test_maps_at_224_equal_pytorch_in_a_session_of_threads_and_batches(void **state)
{
    (void)state;
    check("cct-2", 224, &(fer_session_options){.threads = 2, .batch_max = 4}, 14, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps_of_cct_7_equal_pytorch),
        cmocka_unit_test(test_maps_at_224_equal_pytorch_in_a_session_of_threads_and_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
