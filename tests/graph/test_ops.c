/* Every operation: its gradients against finite differences of its own forward pass, the same bits for any number of
 * threads, and inference against training. */
#include "cases.h"
#include "runner.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEED 11

/* ---- a compiled case ---- */

static struct feri_graph *build(const struct op_case *c)
{
    struct feri_graph *g;
    fer_error err = {0};
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_value x = branch(g, feri_input(g, c->h, c->w, c->c), "front", c->c);
    feri_output(g, c->build(g, x));
    if (feri_graph_check(g, &err) != FER_OK) fail_msg("%s: %s", c->what, err.text);
    feri_graph_init_params(g, 5);
    assert_int_equal(feri_graph_hold(g, NULL), FER_OK);
    for (size_t i = 0; i < feri_graph_n_params(g); i++) { /* nothing at its neutral value */
        struct feri_param *p = feri_graph_param(g, i);
        struct feri_rng rng = feri_rng_new(3, 1, i);
        for (size_t k = 0; k < p->count && p->kind != FERI_PARAM_COUNTER; k++)
            p->data[k] =
                p->kind == FERI_PARAM_WEIGHT ? 1.5f * p->data[k] : p->data[k] + feri_rng_range(&rng, -0.2f, 0.3f);
    }
    return g;
}

/* The loss is a fixed linear function of the output. */
static float loss_weight(size_t i)
{
    struct feri_rng rng = feri_rng_new(21, 1, i);
    return feri_rng_range(&rng, -1, 1);
}

static double loss(struct runner *r)
{
    double sum = 0;
    feri_exec_forward(r->exec, BATCH, SEED);
    for (size_t i = 0; i < r->n_out; i++) sum += (double)loss_weight(i) * (double)feri_exec_output(r->exec)[i];
    return sum;
}

static void backward(struct runner *r)
{
    feri_exec_forward(r->exec, BATCH, SEED);
    for (size_t i = 0; i < r->n_out; i++) feri_exec_output_grad(r->exec)[i] = loss_weight(i);
    feri_exec_backward(r->exec, BATCH);
}

/* ---- finite differences ---- */

#define DIRECTIONS 4
#define EPSILON    5e-4

/* d loss along a direction of +-1 for every element of p, by central differences. */
static double slope_along(struct runner *r, struct feri_param *p, const float *direction)
{
    float *at = malloc(p->count * sizeof *at);
    double side[2];
    assert_non_null(at);
    memcpy(at, p->data, p->count * sizeof *at);
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < p->count; i++)
            p->data[i] = at[i] + (s ? -(float)EPSILON : (float)EPSILON) * direction[i];
        side[s] = loss(r);
    }
    memcpy(p->data, at, p->count * sizeof *at);
    free(at);
    return (side[0] - side[1]) / (2 * EPSILON);
}

static void check_param(const struct op_case *c, struct runner *r, size_t index)
{
    struct feri_param *p = feri_graph_param(r->graph, index);
    backward(r);
    const float *live = feri_exec_grad(r->exec, index);
    if (feri_param_is_buffer(p)) {
        assert_null(live);
        return;
    }
    if (!live) fail_msg("%s: %s has no gradient", c->what, p->name);
    float *grad = malloc(p->count * sizeof *grad), *direction = malloc(p->count * sizeof *direction);
    assert_true(grad && direction);
    memcpy(grad, live, p->count * sizeof *grad);
    double square = 0;
    for (size_t i = 0; i < p->count; i++) square += (double)grad[i] * (double)grad[i];
    for (uint64_t d = 0; d < DIRECTIONS; d++) {
        struct feri_rng rng = feri_rng_new(d, 2, index);
        double expected = 0;
        for (size_t i = 0; i < p->count; i++) {
            direction[i] = feri_rng_range(&rng, -1, 1) < 0 ? -1.0f : 1.0f;
            expected += (double)direction[i] * (double)grad[i];
        }
        double have = slope_along(r, p, direction);
        if (!(fabs(have - expected) <= 0.02 * sqrt(square) + 2e-3))
            fail_msg("%s: gradient of %s along direction %d is %g, finite differences %g (norm %g)", c->what, p->name,
                     (int)d, expected, have, sqrt(square));
    }
    free(grad);
    free(direction);
}

static void check_gradients(const struct feri_kernels *kernels)
{
    for (size_t i = 0; i < N_CASES; i++) {
        struct feri_graph *g = build(&cases[i]);
        struct runner r =
            compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_TRAIN, .kernels = kernels, .drop_path = 0.5f}, 2);
        for (size_t p = 0; p < feri_graph_n_params(g); p++) check_param(&cases[i], &r, p);
        dismiss(&r);
        feri_graph_free(g);
    }
}

static void test_gradients_of_the_plain_kernels_are_finite_differences(void **state)
{
    (void)state;
    check_gradients(feri_kernels_get(FERI_ISA_REF));
}

static void test_gradients_of_the_best_kernels_are_finite_differences(void **state)
{
    (void)state;
    check_gradients(NULL);
}

static void test_every_operation_has_a_case(void **state)
{
    (void)state;
    static const struct feri_op *const all[] = {
#define FERI_OP(name) &feri_op_##name,
#include "graph/ops.def"
#undef FERI_OP
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        bool found = false;
        for (size_t i = 0; i < N_CASES && !found; i++) {
            struct feri_graph *g = build(&cases[i]);
            for (size_t n = 0; n < g->n_nodes; n++) found |= g->nodes[n].op == all[k];
            feri_graph_free(g);
        }
        if (!found) fail_msg("operation '%s' has no case here", all[k]->name);
    }
}

/* ---- bits ---- */

static void assert_same_gradients(const struct op_case *c, struct runner *a, struct runner *b)
{
    backward(a);
    backward(b);
    if (memcmp(feri_exec_output(a->exec), feri_exec_output(b->exec), a->n_out * sizeof(float)) != 0)
        fail_msg("%s: other outputs", c->what);
    for (size_t p = 0; p < feri_graph_n_params(a->graph); p++) {
        const struct feri_param *param = feri_graph_param(a->graph, p);
        const float *x = feri_exec_grad(a->exec, p), *y = feri_exec_grad(b->exec, p);
        if (x && memcmp(x, y, param->count * sizeof *x) != 0)
            fail_msg("%s: other gradients of %s", c->what, param->name);
    }
}

static void test_threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const struct feri_plan_options opt = {.mode = FERI_PLAN_TRAIN, .drop_path = 0.5f};
    for (size_t i = 0; i < N_CASES; i++) {
        struct op_case wide = cases[i]; /* large enough to be cut into many tasks */
        if (wide.h > 1) wide.h = 33;
        wide.w = 37;
        struct feri_graph *one = build(&wide), *many = build(&wide);
        struct runner a = compile(one, &opt, 1), b = compile(many, &opt, 3);
        assert_same_gradients(&wide, &a, &b);
        dismiss(&a);
        dismiss(&b);
        feri_graph_free(one);
        feri_graph_free(many);
    }
}

/* ---- inference against training ---- */

/* With everything frozen, batch norms of a training plan use their running statistics as inference does. */
static void test_inference_gives_what_a_frozen_training_plan_gives(void **state)
{
    (void)state;
    bool frozen[16];
    memset(frozen, 1, sizeof frozen);
    for (size_t i = 0; i < N_CASES; i++) {
        struct feri_graph *g = build(&cases[i]);
        assert_true(feri_graph_n_params(g) <= sizeof frozen);
        struct runner train =
            compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_TRAIN, .no_dropout = true, .frozen = frozen}, 1);
        struct runner infer = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER}, 2);
        feri_exec_forward(train.exec, BATCH, SEED);
        feri_exec_forward(infer.exec, BATCH, 0);
        for (size_t k = 0; k < train.n_out; k++) {
            float a = feri_exec_output(train.exec)[k], b = feri_exec_output(infer.exec)[k];
            if (!(fabsf(a - b) <= 1e-5f + 1e-5f * fabsf(a)))
                fail_msg("%s: output %zu is %g in training, %g in inference", cases[i].what, k, (double)a, (double)b);
        }
        dismiss(&train);
        dismiss(&infer);
        feri_graph_free(g);
    }
}

static void test_a_sample_does_not_depend_on_its_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        struct feri_graph *g = build(&cases[i]);
        struct runner whole = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER}, 1);
        struct runner one = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER}, 2);
        feri_exec_forward(whole.exec, BATCH, 0);
        feri_exec_forward(one.exec, 1, 0);
        if (memcmp(feri_exec_output(whole.exec), feri_exec_output(one.exec), one.n_out / BATCH * sizeof(float)) != 0)
            fail_msg("%s: the first of a batch has other bits than alone", cases[i].what);
        dismiss(&whole);
        dismiss(&one);
        feri_graph_free(g);
    }
}

/* ---- batch norm's and dropout's own rules ---- */

static void test_running_statistics_move_as_in_pytorch(void **state)
{
    (void)state;
    struct feri_graph *g;
    fer_error err = {0};
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_output(g, feri_batch_norm(g, feri_input(g, 1, 2, 1), "bn"));
    assert_int_equal(feri_graph_check(g, &err), FER_OK);
    feri_graph_init_params(g, 1);
    struct runner r = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_TRAIN}, 1);
    memcpy(feri_exec_input(r.exec), (const float[]){1, 2, 3, 4, 5, 9}, 6 * sizeof(float));
    feri_exec_forward(r.exec, 3, 0);
    /* mean 4, unbiased variance 8; momentum 0.1 from 0 and 1 */
    assert_float_equal(feri_graph_find_param(g, "bn.running_mean")->data[0], 0.4f, 1e-6f);
    assert_float_equal(feri_graph_find_param(g, "bn.running_var")->data[0], 1.7f, 1e-6f);
    assert_float_equal(feri_graph_find_param(g, "bn.num_batches_tracked")->data[0], 1, 0);
    /* (9 - 4) / sqrt(40 / 6 + 1e-5) */
    assert_float_equal(feri_exec_output(r.exec)[5], 1.9364902f, 1e-5f);
    dismiss(&r);
    feri_graph_free(g);
}

static void test_dropout_keeps_the_expectation_and_follows_its_seed(void **state)
{
    (void)state;
    struct feri_graph *g;
    fer_error err = {0};
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_output(g, feri_dropout(g, feri_input(g, 100, 100, 1), 0.25f));
    assert_int_equal(feri_graph_check(g, &err), FER_OK);
    struct runner r = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_TRAIN}, 2);
    float *first = malloc(r.n_out * sizeof *first);
    size_t kept = 0;
    for (size_t i = 0; i < r.n_out; i++) feri_exec_input(r.exec)[i] = 3;
    feri_exec_forward(r.exec, BATCH, 1);
    memcpy(first, feri_exec_output(r.exec), r.n_out * sizeof *first);
    for (size_t i = 0; i < r.n_out; i++) {
        assert_true(first[i] == 0 || first[i] == 4); /* 3 / (1 - 0.25) */
        kept += first[i] > 0;
    }
    /* 30,000 draws: four standard deviations are 300 */
    assert_in_range(kept, 22500 - 300, 22500 + 300);
    for (size_t i = 0; i < r.n_out; i++) feri_exec_input(r.exec)[i] = 3;
    feri_exec_forward(r.exec, BATCH, 1);
    assert_memory_equal(first, feri_exec_output(r.exec), r.n_out * sizeof *first);
    feri_exec_forward(r.exec, BATCH, 2);
    assert_memory_not_equal(first, feri_exec_output(r.exec), r.n_out * sizeof *first);
    free(first);
    dismiss(&r);
    feri_graph_free(g);
}

/* A sample is kept whole or dropped whole, and how often is the rate times the node's share. */
static void test_drop_path_drops_whole_samples_as_often_as_asked(void **state)
{
    (void)state;
    struct feri_graph *g;
    fer_error err = {0};
    size_t dropped = 0, mixed = 0;
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_output(g, feri_drop_path(g, feri_input(g, 2, 3, 4), 0.5f));
    struct runner r = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_TRAIN, .drop_path = 0.4f}, 1);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        for (size_t i = 0; i < r.n_out; i++) feri_exec_input(r.exec)[i] = 4;
        feri_exec_forward(r.exec, BATCH, seed);
        const float *y = feri_exec_output(r.exec);
        for (size_t i = 0; i < r.n_out; i++) assert_true(y[i] == 0 || y[i] == 5); /* 4 / (1 - 0.2) */
        for (size_t i = 0; i < r.n_out; i++) mixed += y[i] != y[i / 24 * 24];
        for (size_t s = 0; s < BATCH; s++) dropped += y[s * 24] == 0;
    }
    assert_int_equal(mixed, 0);
    /* 3,000 draws at 0.2: four standard deviations are 88 */
    assert_in_range(dropped, 600 - 88, 600 + 88);
    dismiss(&r);
    feri_graph_free(g);
}

static void test_l2_normalisation_of_zero_is_zero(void **state)
{
    (void)state;
    struct feri_graph *g;
    fer_error err = {0};
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_output(g, feri_l2_normalize(g, feri_input(g, 1, 2, 2)));
    struct runner r = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER}, 1);
    memcpy(feri_exec_input(r.exec), (const float[]){0, 0, 3, 4}, 4 * sizeof(float));
    feri_exec_forward(r.exec, 1, 0);
    const float want[4] = {0, 0, 0.6f, 0.8f};
    for (size_t i = 0; i < 4; i++) assert_float_equal(feri_exec_output(r.exec)[i], want[i], 1e-7f);
    dismiss(&r);
    feri_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation_has_a_case),
        cmocka_unit_test(test_gradients_of_the_plain_kernels_are_finite_differences),
        cmocka_unit_test(test_gradients_of_the_best_kernels_are_finite_differences),
        cmocka_unit_test(test_threads_do_not_change_a_bit),
        cmocka_unit_test(test_inference_gives_what_a_frozen_training_plan_gives),
        cmocka_unit_test(test_a_sample_does_not_depend_on_its_batch),
        cmocka_unit_test(test_running_statistics_move_as_in_pytorch),
        cmocka_unit_test(test_dropout_keeps_the_expectation_and_follows_its_seed),
        cmocka_unit_test(test_drop_path_drops_whole_samples_as_often_as_asked),
        cmocka_unit_test(test_l2_normalisation_of_zero_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
