/* Which models have tokens with a place in the picture, and rollout of attention whose result is known.
 */
#include "fer/explain.h"
#include "graph/tokens.h"
#include "models/model.h"
#include "models/rollout.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS    3
#define COLUMNS 5
#define TOKENS  (ROWS * COLUMNS)
#define LAYERS  2
#define WIDTH   8

/* ---- a small network unlike CCT: learned positions, pre-norm layers, stochastic depth ---- */

static feri_value pre_norm_layer(struct feri_graph *g, feri_value x)
{
    feri_value a = feri_linear(g, feri_layer_norm(g, x, "norm1"), "qkv", 3 * WIDTH, true);
    a = feri_linear(g, feri_attention(g, a, 2, 0.1f), "projection", WIDTH, true);
    x = feri_add(g, x, feri_drop_path(g, a, 0.5f));
    a = feri_activation(g, feri_linear(g, feri_layer_norm(g, x, "norm2"), "up", 16, true), FERI_ACT_GELU);
    return feri_add(g, x, feri_dropout(g, feri_linear(g, a, "down", WIDTH, true), 0.1f));
}

/* disturb: 'n' nothing; 's' the map is a slice of another; 'c' tokens are joined after the first layer; 'p' no sequence
 * pooling. */
static struct feri_graph *build(char disturb)
{
    struct feri_graph *g;
    assert_int_equal(feri_graph_new(&g, NULL), FER_OK);
    feri_value x = feri_input(g, 2 * ROWS, 2 * COLUMNS, 1);
    if (disturb == 's') x = feri_concat(g, feri_slice(g, x, 'h', ROWS, ROWS), feri_slice(g, x, 'h', 0, ROWS), 'h');
    x = feri_conv2d(g, x, "stem", (struct feri_conv){.out = WIDTH, .kernel = 2, .stride = 2, .bias = true});
    x = feri_activation(g, x, FERI_ACT_RELU);
    x = feri_position(g, feri_reshape(g, x, 1, TOKENS, WIDTH), "position");
    for (size_t i = 0; i < LAYERS; i++) {
        feri_scope_push(g, "layers.%zu", i);
        x = pre_norm_layer(g, x);
        feri_scope_pop(g);
        if (disturb == 'c' && i == 0)
            x = feri_concat(g, feri_slice(g, x, 'w', 1, TOKENS - 1), feri_slice(g, x, 'w', 0, 1), 'w');
    }
    x = feri_layer_norm(g, x, "norm");
    x = disturb == 'p' ? feri_mean_hw(g, x) : feri_sequence_pool(g, x, feri_linear(g, x, "attention_pool", 1, true));
    feri_output(g, feri_linear(g, feri_dropout(g, x, 0.1f), "fc", 3, true));
    fer_error err = {0};
    feri_graph_check(g, &err);
    assert_string_equal(err.text, "");
    feri_graph_init_params(g, 5);
    return g;
}

static void zero(struct feri_graph *g, const char *name)
{
    struct feri_param *p = feri_graph_find_param(g, name);
    assert_non_null(p);
    float *zeros = calloc(p->count, sizeof *zeros);
    assert_non_null(zeros);
    assert_true(feri_param_set(p, zeros));
    free(zeros);
}

static void run_watched(struct feri_graph *g, struct feri_rollout *r)
{
    struct feri_plan *plan = NULL;
    struct feri_exec *exec = NULL;
    assert_int_equal(feri_plan_new(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER}, &plan, NULL), FER_OK);
    assert_int_equal(feri_exec_new(plan, 1, NULL, &exec, NULL), FER_OK);
    for (size_t i = 0; i < 4 * TOKENS; i++) feri_exec_input(exec)[i] = sinf((float)(i * i));
    struct feri_watch watch = feri_rollout_watch(r);
    feri_exec_watch(exec, &watch);
    feri_exec_forward(exec, 1, 0);
    feri_exec_free(exec);
    feri_plan_free(plan);
}

static void test_tokens_are_found_by_shape_in_a_network_of_another_form(void **state)
{
    (void)state;
    struct feri_graph *g = build('n');
    struct feri_tokens t;
    fer_error err = {0};
    feri_graph_tokens(g, &t, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(t.rows, ROWS);
    assert_int_equal(t.columns, COLUMNS);
    assert_int_equal(t.layers, LAYERS);
    feri_graph_free(g);
}

/* Where all queries and keys are zero, attention is 1 / t everywhere and A = 0.5 I + 0.5 J / t, so w A^L = w / 2^L + (1
 * - 1 / 2^L) / t. */
static void test_rollout_of_even_attention_is_known(void **state)
{
    (void)state;
    struct feri_graph *g = build('n');
    struct feri_rollout *r;
    float pooling[TOKENS], rollout[TOKENS], least = 1;
    zero(g, "layers.0.qkv.weight");
    zero(g, "layers.0.qkv.bias");
    zero(g, "layers.1.qkv.weight");
    zero(g, "layers.1.qkv.bias");
    assert_int_equal(feri_rollout_new(TOKENS, LAYERS, &r, NULL), FER_OK);
    run_watched(g, r);
    assert_int_equal(feri_rollout_finish(r, pooling, rollout, NULL), FER_OK);
    for (size_t i = 0; i < TOKENS; i++) {
        if (pooling[i] < least) least = pooling[i];
        assert_true(fabs((double)rollout[i] - ((double)pooling[i] / 4 + 0.75 / TOKENS)) < 1e-7);
    }
    assert_true(least > 0 && least < 0.95f / TOKENS); /* pooling itself is not even */
    feri_rollout_free(r);
    feri_graph_free(g);
}

static void refused(char disturb, const char *why)
{
    struct feri_graph *g = build(disturb);
    struct feri_tokens t;
    fer_error err = {0};
    assert_int_equal(feri_graph_tokens(g, &t, &err), FER_ERR_UNSUPPORTED);
    if (!strstr(err.text, why)) fail_msg("'%s' does not say '%s'", err.text, why);
    feri_graph_free(g);
}

static void test_tokens_that_moved_are_refused(void **state)
{
    (void)state;
    refused('s', "do not keep their positions in the picture");
    refused('c', "'slice' among its encoder layers");
    refused('p', "one sequence pooling");
}

/* ---- published models ---- */

static fer_session *open_session(const char *name, fer_model **m_out)
{
    fer_session *s = NULL;
    fer_error err = {0};
    fer_model_options opt = {.height = 64, .width = 64};
    fer_model_new(name, &opt, m_out, &err);
    assert_string_equal(err.text, "");
    fer_session_new(*m_out, &(fer_session_options){.threads = 1}, &s, &err);
    assert_string_equal(err.text, "");
    return s;
}

static fer_image *grey_picture(void)
{
    uint8_t data[20 * 30];
    fer_image *im = NULL;
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    assert_int_equal(fer_image_from_pixels(data, 20, 30, 20, FER_GRAY8, &im, NULL), FER_OK);
    return im;
}

static void test_models_without_placed_tokens_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"mcct-1", "49 tokens are channels averaged"},
                                           {"vcct-1", "49 tokens are channels averaged"},
                                           {"resnet-8", "no attention"}};
    fer_image *im = grey_picture();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fer_model *m;
        fer_session *s = open_session(cases[i][0], &m);
        fer_explanation *e = (fer_explanation *)im; /* not NULL, so that NULL is an answer */
        fer_error err = {0};
        assert_int_equal(fer_explain(s, im, &e, &err), FER_ERR_UNSUPPORTED);
        assert_null(e);
        if (!strstr(err.text, cases[i][0]) || !strstr(err.text, cases[i][1]))
            fail_msg("'%s' does not say '%s'", err.text, cases[i][1]);
        fer_session_free(s);
        fer_model_free(m);
    }
    fer_image_free(im);
}

static void test_explaining_leaves_predictions_as_they_are(void **state)
{
    (void)state;
    fer_model *m;
    fer_session *s = open_session("cct-2", &m);
    fer_image *im = grey_picture();
    fer_explanation *e = NULL;
    float before[8], after[8];
    assert_int_equal(fer_session_predict(s, 1, (const fer_image *const *)&im, before, NULL), FER_OK);
    assert_int_equal(fer_explain(s, im, &e, NULL), FER_OK);
    assert_int_equal(fer_session_predict(s, 1, (const fer_image *const *)&im, after, NULL), FER_OK);
    assert_memory_equal(before, e->scores, sizeof before);
    assert_memory_equal(before, after, sizeof before);
    fer_explanation_free(e);
    assert_int_equal(fer_explain(s, NULL, &e, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(fer_explain(NULL, im, &e, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(fer_explain(s, im, NULL, NULL), FER_ERR_ARGUMENT);
    fer_explanation_free(NULL);
    fer_image_free(im);
    fer_session_free(s);
    fer_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_are_found_by_shape_in_a_network_of_another_form),
        cmocka_unit_test(test_rollout_of_even_attention_is_known),
        cmocka_unit_test(test_tokens_that_moved_are_refused),
        cmocka_unit_test(test_models_without_placed_tokens_are_refused_with_the_reason),
        cmocka_unit_test(test_explaining_leaves_predictions_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
