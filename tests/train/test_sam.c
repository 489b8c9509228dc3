/* Sharpness-aware minimisation against PyTorch, with clipping, momentum and batch norm, and what a step must leave
 * alone. */
#include "train/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 6, INPUTS = 4, HIDDEN = 5, CLASSES = 3 };

/* linear - batch norm - GELU - linear, in float64 (PyTorch 1.13), every step thus:
 *   loss(rm, rv).backward(); norm = sqrt(sum((p.grad ** 2).sum() for p in params)); keep = clones of params
 *   p += 0.5 * p.grad / norm; zero_grad(); loss(rm.clone(), rv.clone()).backward(); params = keep
 *   clip_grad_norm_(params, 0.3); SGD(lr=0.1, momentum=0.9).step()
 * The clip is reached in all three steps (norms 0.48, 0.46, 0.42). */
static const double losses[3] = {0.82784948, 0.81669366, 0.796872};
static const double fc1_weight[HIDDEN * INPUTS] = {-1.0089366,   -0.37941588, 0.24106338,  0.86606338,  -0.63815828,
                                                   -0.051078227, 0.61184172,  -0.88815828, -0.22431439, 0.38061838,
                                                   1.0256856,    -0.47431439, 0.11146376,  0.73902234,  -0.76353624,
                                                   -0.13853624,  0.49443731,  -1.0022526,  -0.38056269, 0.24443731};
static const double bn_weight[HIDDEN] = {0.71008349, 0.85688441, 0.95016969, 1.0474267, 1.0928299};
static const double bn_bias[HIDDEN] = {-0.53197817, -0.063859439, 0.38115313, -0.25077108, 0.16833455};
static const double fc2_weight[CLASSES * HIDDEN] = {-0.9763519,    0.38235127,  -0.38929634, 0.9953146,   0.32858585,
                                                    -0.51687348,   0.87736442,  0.1176228,   -0.62682948, 0.69089581,
                                                    -0.0067746197, -0.75971569, 0.64667353,  -0.11848512, -0.89448166};
static const double fc2_bias[CLASSES] = {-0.94844119, -0.8034177, -0.49814112};
static const double bn_mean[HIDDEN] = {0.17796226, 0.2048919, 0.19645216, -0.0634021, -0.20387275};
static const double bn_var[HIDDEN] = {0.76498206, 0.73973678, 0.7534352, 0.91234342, 0.98900452};

/* (i k mod 17 - 8) / 8 for i = 0, 1, ...: what both sides start from. */
static float pattern(size_t i, size_t k)
{
    return ((float)(i * k % 17) - 8) / 8;
}

struct fixture {
    fer_model model;
    struct feri_trainer *trainer;
    float images[BATCH * INPUTS], targets[BATCH * CLASSES];
};

static struct feri_param *param(struct fixture *f, const char *name)
{
    struct feri_param *p = feri_graph_find_param(f->model.graph, name);
    assert_non_null(p);
    return p;
}

static void set(struct fixture *f, const char *name, size_t k, float offset, float factor)
{
    float values[32];
    struct feri_param *p = param(f, name);
    assert_true(p->count <= 32);
    for (size_t i = 0; i < p->count; i++) values[i] = offset + factor * pattern(i, k);
    assert_true(feri_param_set(p, values));
}

static void open_fixture(struct fixture *f, struct feri_trainer_options opt, float dropout)
{
    static const size_t labels[BATCH] = {0, 1, 2, 2, 1, 0};
    fer_error err = {0};
    memset(f, 0, sizeof *f);
    f->model = (fer_model){.name = "tiny", .h = 1, .w = 1, .c = INPUTS, .n_classes = CLASSES};
    assert_int_equal(feri_graph_new(&f->model.graph, &err), FER_OK);
    struct feri_graph *g = f->model.graph;
    feri_value x = feri_batch_norm(g, feri_linear(g, feri_input(g, 1, 1, INPUTS), "fc1", HIDDEN, false), "bn");
    x = feri_activation(g, x, FERI_ACT_GELU);
    if (dropout > 0) x = feri_dropout(g, x, dropout);
    feri_output(g, feri_linear(g, x, "fc2", CLASSES, true));
    if (feri_graph_check(g, &err) != FER_OK) fail_msg("%s", err.text);
    opt.train.batch = BATCH;
    if (feri_trainer_new(&f->model, &opt, &f->trainer, &err) != FER_OK) fail_msg("%s", err.text);
    set(f, "fc1.weight", 5, 0, 1);
    set(f, "bn.weight", 3, 1, 0.25f);
    set(f, "bn.bias", 7, 0, 0.5f);
    set(f, "fc2.weight", 11, 0, 1);
    set(f, "fc2.bias", 2, 0, 1);
    for (size_t i = 0; i < BATCH * INPUTS; i++) f->images[i] = pattern(i, 13);
    for (size_t i = 0; i < BATCH; i++) f->targets[i * CLASSES + labels[i]] = 1;
}

static void close_fixture(struct fixture *f)
{
    feri_trainer_free(f->trainer);
    feri_graph_free(f->model.graph);
}

static struct feri_trainer_options options(void)
{
    struct feri_trainer_options opt = feri_trainer_defaults();
    opt.train.optimizer = FER_SGD;
    opt.train.weight_decay = 0;
    opt.train.clip = 0.3f;
    opt.train.sam = 0.5f;
    opt.train.threads = 2;
    opt.train.seed = 9;
    return opt;
}

static double step(struct fixture *f)
{
    const struct feri_step s = {.n = BATCH, .images = f->images, .targets = f->targets};
    double loss;
    fer_error err = {0};
    if (feri_trainer_step(f->trainer, &s, 0.1f, &loss, &err) != FER_OK) fail_msg("%s", err.text);
    return loss;
}

static void compare(struct fixture *f, const char *name, const double *want)
{
    float have[32];
    const struct feri_param *p = param(f, name);
    assert_true(p->count <= 32);
    feri_param_to_torch(p, p->data, have);
    for (size_t i = 0; i < p->count; i++)
        if (fabs((double)have[i] - want[i]) > 2e-5)
            fail_msg("%s[%zu] is %.8g, PyTorch's %.8g", name, i, (double)have[i], want[i]);
}

static void test_steps_agree_with_pytorch(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, options(), 0);
    for (int i = 0; i < 3; i++) assert_true(fabs(step(&f) - losses[i]) < 1e-5);
    compare(&f, "fc1.weight", fc1_weight);
    compare(&f, "bn.weight", bn_weight);
    compare(&f, "bn.bias", bn_bias);
    compare(&f, "fc2.weight", fc2_weight);
    compare(&f, "fc2.bias", fc2_bias);
    compare(&f, "bn.running_mean", bn_mean);
    compare(&f, "bn.running_var", bn_var);
    assert_true(param(&f, "bn.num_batches_tracked")->data[0] == 3);
    close_fixture(&f);
}

/* With a negligible radius both passes are equal only if their dropout masks are. */
static void test_both_passes_drop_the_same_values(void **state)
{
    (void)state;
    struct feri_trainer_options opt = options();
    struct fixture plain, sharp;
    opt.train.sam = 0;
    open_fixture(&plain, opt, 0.5f);
    opt.train.sam = 1e-6f;
    open_fixture(&sharp, opt, 0.5f);
    for (int i = 0; i < 3; i++) assert_true(fabs(step(&plain) - step(&sharp)) < 1e-4);
    for (size_t i = 0; i < CLASSES * HIDDEN; i++)
        assert_float_equal(param(&plain, "fc2.weight")->data[i], param(&sharp, "fc2.weight")->data[i], 1e-4f);
    close_fixture(&plain);
    close_fixture(&sharp);
}

/* The logits belong to the original weights, not to the climbed ones. */
static void test_logits_are_those_of_the_first_pass(void **state)
{
    (void)state;
    struct feri_trainer_options opt = options();
    struct fixture plain, sharp;
    open_fixture(&sharp, opt, 0);
    opt.train.sam = 0;
    open_fixture(&plain, opt, 0);
    assert_true(step(&plain) == step(&sharp));
    assert_memory_equal(feri_trainer_logits(plain.trainer), feri_trainer_logits(sharp.trainer),
                        BATCH * CLASSES * sizeof(float));
    close_fixture(&plain);
    close_fixture(&sharp);
}

static void test_a_failed_climb_leaves_the_weights(void **state)
{
    (void)state;
    struct feri_trainer_options opt = options();
    struct fixture f;
    double loss;
    float before[CLASSES * HIDDEN];
    fer_error err = {0};
    opt.train.sam = 3e38f; /* so far away that the second loss is not finite */
    open_fixture(&f, opt, 0);
    memcpy(before, param(&f, "fc2.weight")->data, sizeof before);
    const struct feri_step s = {.n = BATCH, .images = f.images, .targets = f.targets};
    assert_int_equal(feri_trainer_step(f.trainer, &s, 0.1f, &loss, &err), FER_ERR_NUMERIC);
    assert_non_null(strstr(err.text, "loss"));
    assert_memory_equal(before, param(&f, "fc2.weight")->data, sizeof before);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_agree_with_pytorch),
        cmocka_unit_test(test_both_passes_drop_the_same_values),
        cmocka_unit_test(test_logits_are_those_of_the_first_pass),
        cmocka_unit_test(test_a_failed_climb_leaves_the_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
