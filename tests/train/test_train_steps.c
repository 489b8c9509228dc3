/* The trainer without data or files: what a step changes, and what the moving average does. */
#include "base/rng.h"
#include "train/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 16, BATCH = 4, CLASSES = 3 };

struct fixture {
    fer_model *model;
    struct feri_trainer *trainer;
    float images[BATCH * SIDE * SIDE], targets[BATCH * CLASSES];
};

static void open_fixture_with_va(struct fixture *f, const struct feri_trainer_options *opt, bool va)
{
    const fer_model_options m = {
        .height = SIDE, .width = SIDE, .channels = 1, .n_classes = CLASSES, .valence_arousal = va, .seed = 3};
    struct feri_rng r = feri_rng_new(1, 2, 3);
    fer_error err = {0};
    if (fer_model_new("resnet-8", &m, &f->model, &err) != FER_OK) fail_msg("%s", err.text);
    if (feri_trainer_new(f->model, opt, &f->trainer, &err) != FER_OK) fail_msg("%s", err.text);
    for (size_t i = 0; i < BATCH * SIDE * SIDE; i++) f->images[i] = feri_rng_range(&r, -1, 1);
    for (size_t i = 0; i < BATCH * CLASSES; i++) f->targets[i] = i % CLASSES == i / CLASSES % CLASSES;
}

static void open_fixture(struct fixture *f, const struct feri_trainer_options *opt)
{
    open_fixture_with_va(f, opt, false);
}

static void close_fixture(struct fixture *f)
{
    feri_trainer_free(f->trainer);
    fer_model_free(f->model);
}

static struct feri_trainer_options options(void)
{
    struct feri_trainer_options opt = feri_trainer_defaults();
    opt.train.batch = BATCH;
    opt.train.threads = 2;
    opt.train.seed = 5;
    return opt;
}

static struct feri_step batch(const struct fixture *f, size_t n)
{
    return (struct feri_step){.n = n, .images = f->images, .targets = f->targets};
}

static double step(struct fixture *f)
{
    const struct feri_step s = batch(f, BATCH);
    double loss;
    fer_error err = {0};
    if (feri_trainer_step(f->trainer, &s, 0.01f, &loss, &err) != FER_OK) fail_msg("%s", err.text);
    return loss;
}

static struct feri_param *param(fer_model *m, const char *name)
{
    struct feri_param *p = feri_graph_find_param(m->graph, name);
    assert_non_null(p);
    return p;
}

static void test_steps_lower_the_loss(void **state)
{
    (void)state;
    struct fixture f;
    struct feri_trainer_options opt = options();
    opt.train.dropout = 0;
    open_fixture(&f, &opt);
    double first = step(&f), last = 0;
    for (int i = 0; i < 20; i++) last = step(&f);
    assert_true(last < first / 10);
    assert_ptr_equal(feri_trainer_result(f.trainer), f.model);
    close_fixture(&f);
}

/* The final weights of three steps with this dropout seed. */
static void fc_after(uint64_t seed, bool no_dropout, float *out, size_t n)
{
    struct fixture f;
    struct feri_trainer_options opt = options();
    opt.train.seed = seed;
    if (no_dropout) opt.train.dropout = 0;
    open_fixture(&f, &opt);
    for (int i = 0; i < 3; i++) step(&f);
    assert_true(param(f.model, "fc.weight")->count >= n);
    memcpy(out, param(f.model, "fc.weight")->data, n * sizeof *out);
    close_fixture(&f);
}

static void test_dropout_depends_on_the_seed_alone(void **state)
{
    (void)state;
    float a[64], b[64];
    fc_after(1, false, a, 64);
    fc_after(1, false, b, 64);
    assert_memory_equal(a, b, sizeof a);
    fc_after(2, false, b, 64);
    assert_memory_not_equal(a, b, sizeof a);
    fc_after(1, true, a, 64);
    fc_after(2, true, b, 64);
    assert_memory_equal(a, b, sizeof a);
}

/* average = d average + (1 - d) weights with d = min(0.3, (1 + t) / (10 + t)): 2/11, 3/12, 4/13 = 0.3077 ->
 * 0.3. */
static void follow_average(struct fixture *f, const char *name)
{
    static const double decay[3] = {2.0 / 11, 3.0 / 12, 0.3};
    struct feri_param *p = param(f->model, name);
    double *want = malloc(p->count * sizeof *want);
    assert_non_null(want);
    for (size_t i = 0; i < p->count; i++) want[i] = (double)p->data[i];
    for (int t = 0; t < 3; t++) {
        step(f);
        for (size_t i = 0; i < p->count; i++) want[i] = decay[t] * want[i] + (1 - decay[t]) * (double)p->data[i];
    }
    const float *have = param(feri_trainer_result(f->trainer), name)->data;
    for (size_t i = 0; i < p->count; i++) assert_true(fabs((double)have[i] - want[i]) < 1e-6 * (1 + fabs(want[i])));
    free(want);
}

static void test_average_follows_weights_and_statistics(void **state)
{
    (void)state;
    static const char *const names[] = {"layer2.0.conv1.weight", "bn1.weight", "bn1.running_mean", "bn1.running_var"};
    for (size_t i = 0; i < 4; i++) {
        struct fixture f;
        struct feri_trainer_options opt = options();
        opt.train.ema = 0.3f;
        open_fixture(&f, &opt);
        follow_average(&f, names[i]);
        assert_true(param(feri_trainer_result(f.trainer), "bn1.num_batches_tracked")->data[0] == 3);
        close_fixture(&f);
    }
}

static void test_weight_decay_spares_norms_and_biases(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        struct fixture f;
        struct feri_trainer_options opt = options();
        opt.train.decay_all = all;
        open_fixture(&f, &opt);
        struct feri_optimizer *o = feri_trainer_optimizer(f.trainer);
        for (size_t i = 0; i < feri_optimizer_n_slots(o); i++) {
            const struct feri_slot *s = feri_optimizer_slot(o, i);
            const struct feri_param *p = feri_graph_param(f.model->graph, s->param);
            assert_false(feri_param_is_buffer(p));
            assert_int_equal(s->decay, all || p->kind == FERI_PARAM_WEIGHT);
        }
        close_fixture(&f);
    }
}

static void test_a_loss_that_is_not_finite_moves_no_weight(void **state)
{
    (void)state;
    struct fixture f;
    const struct feri_trainer_options opt = options();
    double loss = 0;
    fer_error err = {0};
    open_fixture(&f, &opt);
    float before = param(f.model, "fc.bias")->data[0];
    f.images[7] = NAN;
    const struct feri_step s = batch(&f, BATCH);
    assert_int_equal(feri_trainer_step(f.trainer, &s, 0.01f, &loss, &err), FER_ERR_NUMERIC);
    assert_true(isnan(loss) && strstr(err.text, "nan"));
    assert_true(param(f.model, "fc.bias")->data[0] == before);
    close_fixture(&f);
}

static void test_broken_weights_are_named(void **state)
{
    (void)state;
    struct fixture f;
    const struct feri_trainer_options opt = options();
    fer_error err = {0};
    open_fixture(&f, &opt);
    assert_int_equal(feri_trainer_check(f.trainer, &err), FER_OK);
    param(f.model, "layer3.0.bn1.running_var")->data[1] = INFINITY;
    assert_int_equal(feri_trainer_check(f.trainer, &err), FER_ERR_NUMERIC);
    assert_non_null(strstr(err.text, "layer3.0.bn1.running_var"));
    close_fixture(&f);
}

static void test_batch_sizes_are_checked(void **state)
{
    (void)state;
    struct fixture f;
    const struct feri_trainer_options opt = options();
    double loss;
    fer_error err = {0};
    open_fixture(&f, &opt);
    const struct feri_step none = batch(&f, 0), many = batch(&f, BATCH + 1), one = batch(&f, 1);
    assert_int_equal(feri_trainer_step(f.trainer, &none, 0.01f, &loss, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_trainer_step(f.trainer, &many, 0.01f, &loss, &err), FER_ERR_ARGUMENT);
    assert_int_equal(feri_trainer_step(f.trainer, &one, 0.01f, &loss, &err), FER_OK);
    close_fixture(&f);
}

/* A step that moves no weight. */
static double look(struct fixture *f, const float *taught, const float *va_truth)
{
    struct feri_step s = batch(f, BATCH);
    double loss;
    s.taught = taught;
    s.va_truth = va_truth;
    assert_int_equal(feri_trainer_step(f->trainer, &s, 0, &loss, NULL), FER_OK);
    return loss;
}

static void test_teachers_can_look_at_other_images_for_one_step(void **state)
{
    (void)state;
    static const float dark[BATCH * SIDE * SIDE];
    struct fixture f;
    struct feri_trainer_options opt = options();
    open_fixture(&f, &opt);
    assert_int_equal(fer_model_save(f.model, "steps-teacher.safetensors", FER_FLOAT32, NULL), FER_OK);
    close_fixture(&f);
    opt.train.teacher = "steps-teacher.safetensors";
    opt.train.distill_weight = 1;
    opt.train.distill_temperature = 1;
    opt.train.dropout = 0;
    open_fixture(&f, &opt);
    double own = look(&f, NULL, NULL);
    assert_true(look(&f, dark, NULL) != own);
    assert_true(look(&f, NULL, NULL) == own);
    assert_true(look(&f, f.images, NULL) == own);
    close_fixture(&f);
    remove("steps-teacher.safetensors");
}

static void test_truth_of_one_step_is_not_used_in_the_next(void **state)
{
    (void)state;
    static const float truth[BATCH * 2] = {0.5f, -0.5f, 1, 0, -1, 0.25f, 0, 0};
    static const float unknown[BATCH * 2] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    struct fixture f;
    struct feri_trainer_options opt = options();
    opt.train.dropout = 0;
    open_fixture_with_va(&f, &opt, true);
    double classes_alone = look(&f, NULL, NULL);
    assert_true(look(&f, NULL, truth) > classes_alone);
    assert_true(look(&f, NULL, NULL) == classes_alone);
    assert_true(look(&f, NULL, unknown) == classes_alone);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_lower_the_loss),
        cmocka_unit_test(test_dropout_depends_on_the_seed_alone),
        cmocka_unit_test(test_average_follows_weights_and_statistics),
        cmocka_unit_test(test_weight_decay_spares_norms_and_biases),
        cmocka_unit_test(test_a_loss_that_is_not_finite_moves_no_weight),
        cmocka_unit_test(test_broken_weights_are_named),
        cmocka_unit_test(test_batch_sizes_are_checked),
        cmocka_unit_test(test_teachers_can_look_at_other_images_for_one_step),
        cmocka_unit_test(test_truth_of_one_step_is_not_used_in_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
