/* Distillation: loss and gradient against PyTorch's, and teachers that do not fit the student. */
#include "base/pool.h"
#include "image/image.h"
#include "train/distill.h"
#include "train/teacher_input.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 16, CLASSES = 3, N = 2 };

static const char *const order[] = {"joy", "anger", "fear"}, *const other_order[] = {"fear", "Joy", "anger"};

static fer_model *make(const char *const *classes, size_t n, size_t side)
{
    const fer_model_options opt = {
        .height = side, .width = side, .channels = 1, .n_classes = n, .classes = classes, .seed = 3};
    fer_model *m;
    fer_error err = {0};
    if (fer_model_new("resnet-8", &opt, &m, &err) != FER_OK) fail_msg("%s", err.text);
    return m;
}

/* Write a file of model m that predicts these logits for every image. m is freed. */
static void write_teacher(const char *path, fer_model *m, const float *logits)
{
    fer_error err = {0};
    assert_int_equal(feri_graph_hold(m->graph, &err), FER_OK);
    struct feri_param *w = feri_graph_find_param(m->graph, "fc.weight"),
                      *b = feri_graph_find_param(m->graph, "fc.bias");
    memset(w->data, 0, w->count * sizeof *w->data);
    memcpy(b->data, logits, CLASSES * sizeof *logits);
    if (fer_model_save(m, path, FER_FLOAT32, &err) != FER_OK) fail_msg("%s", err.text);
    fer_model_free(m);
}

static int setup(void **state)
{
    (void)state;
    const float first[CLASSES] = {2, 0, -1};
    const fer_model_options with_va = {
        .height = SIDE, .width = SIDE, .channels = 1, .n_classes = CLASSES, .classes = order, .valence_arousal = true};
    fer_model *m;
    if (fer_model_new("resnet-8", &with_va, &m, NULL) != FER_OK) return -1;
    write_teacher("distill-va.safetensors", m, first);
    write_teacher("distill-a.safetensors", make(order, CLASSES, SIDE), first);
    const float second[CLASSES] = {0.5f, -0.5f, 1}; /* in the order of the student: -0.5, 1, 0.5 */
    write_teacher("distill-b.safetensors", make(other_order, CLASSES, SIDE), second);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove("distill-a.safetensors");
    remove("distill-va.safetensors");
    remove("distill-b.safetensors");
    return 0;
}

static fer_status open_with(const char *teachers, const fer_model *student, struct feri_distill **out,
                            struct feri_pool *pool, fer_error *err)
{
    struct feri_distill_options opt = {.teachers = teachers,
                                       .weight = 0.3f,
                                       .temperature = 2.5f,
                                       .batch_max = N,
                                       .kernels = feri_kernels_get(FERI_ISA_AUTO),
                                       .pool = pool,
                                       .student = student};
    return feri_distill_new(&opt, out, err);
}

/* PyTorch 1.13 in double: 0.7 cross_entropy(x, y) + 0.3 2.5^2 kl_div(log_softmax(x / 2.5), mean of softmax(z / 2.5)),
 * batchmean, for y = (0, 0, 1), (0.25, 0.5, 0.25). */
static void check_against_pytorch(const char *teachers)
{
    static const float x[N * CLASSES] = {0.5f, -1, 2, 1.5f, 0.25f, -0.75f}, images[N * SIDE * SIDE];
    static const float y[N * CLASSES] = {0, 0, 1, 0.25f, 0.5f, 0.25f};
    static const double cross_entropy = 0.8797419530321906, loss = 0.8033263757636742;
    static const double gradient[N * CLASSES] = {0.02202234, -0.05258196, 0.03055962,
                                                 0.19965941, -0.11729680, -0.08236260};
    struct feri_pool *pool;
    struct feri_distill *d;
    fer_error err = {0};
    float dx[N * CLASSES];
    fer_model *student = make(order, CLASSES, SIDE);
    assert_int_equal(feri_pool_new(1, &pool, &err), FER_OK);
    if (open_with(teachers, student, &d, pool, &err) != FER_OK) fail_msg("%s", err.text);
    for (size_t i = 0; i < N; i++) { /* of the cross entropy alone */
        double sum = 0;
        for (size_t k = 0; k < CLASSES; k++) sum += exp((double)x[i * CLASSES + k]);
        for (size_t k = 0; k < CLASSES; k++)
            dx[i * CLASSES + k] = (float)((exp((double)x[i * CLASSES + k]) / sum - (double)y[i * CLASSES + k]) / N);
    }
    assert_int_equal(feri_distill_ask(d, &(struct feri_distill_batch){.n = N, .images = images}, &err), FER_OK);
    assert_true(fabs(feri_distill_apply(d, N, x, cross_entropy, dx) - loss) < 1e-7);
    for (size_t i = 0; i < N * CLASSES; i++) assert_true(fabs((double)dx[i] - gradient[i]) < 1e-7);
    feri_distill_free(d);
    feri_pool_free(pool);
    fer_model_free(student);
}

static void test_loss_and_gradient_are_pytorchs(void **state)
{
    (void)state;
    check_against_pytorch("distill-a.safetensors,distill-b.safetensors");
}

static void test_a_teachers_valence_and_arousal_are_left_out(void **state)
{
    (void)state;
    check_against_pytorch("distill-va.safetensors,distill-b.safetensors");
}

/* The answers of one teacher with random weights to images, of samples 0 to N - 1. */
static void ask(struct feri_distill *d, const float *images, size_t view, float answers[2][N * CLASSES])
{
    static const size_t samples[N] = {1, 0};
    const struct feri_distill_batch b = {N, images, samples, view};
    assert_int_equal(feri_distill_count(d), 2);
    assert_int_equal(feri_distill_ask(d, &b, NULL), FER_OK);
    for (size_t a = 0; a < 2; a++) memcpy(answers[a], feri_distill_logits(d, a), sizeof answers[a]);
}

static void test_mirror_images_and_views_that_come_again(void **state)
{
    (void)state;
    float images[N * SIDE * SIDE], mirrored[N * SIDE * SIDE], first[2][N * CLASSES], second[2][N * CLASSES];
    struct feri_pool *pool;
    struct feri_distill *d;
    fer_model *student = make(order, CLASSES, SIDE);
    assert_int_equal(fer_model_save(student, "distill-c.safetensors", FER_FLOAT32, NULL), FER_OK);
    for (size_t i = 0; i < N * SIDE * SIDE; i++) images[i] = (float)(i * i % 101) / 50 - 1;
    for (size_t y = 0; y < N * SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) mirrored[y * SIDE + x] = images[y * SIDE + SIDE - 1 - x];
    assert_int_equal(feri_pool_new(1, &pool, NULL), FER_OK);
    const struct feri_distill_options opt = {.teachers = "distill-c.safetensors",
                                             .temperature = 1,
                                             .mirror = true,
                                             .views = 2,
                                             .samples = N,
                                             .batch_max = N,
                                             .kernels = feri_kernels_get(FERI_ISA_AUTO),
                                             .pool = pool,
                                             .student = student};
    assert_int_equal(feri_distill_new(&opt, &d, NULL), FER_OK);
    ask(d, images, 0, first);
    ask(d, mirrored, 1, second);
    assert_memory_equal(second[0], first[1], sizeof first[0]);
    assert_memory_equal(second[1], first[0], sizeof first[0]);
    assert_memory_not_equal(first[0], first[1], sizeof first[0]);
    ask(d, mirrored, 0, second); /* answered already */
    assert_memory_equal(second, first, sizeof first);
    feri_distill_free(d);
    feri_pool_free(pool);
    fer_model_free(student);
    remove("distill-c.safetensors");
}

static void refused(const char *teachers, const fer_model *student, const char *word)
{
    struct feri_pool *pool;
    struct feri_distill *d;
    fer_error err = {0};
    assert_int_equal(feri_pool_new(1, &pool, &err), FER_OK);
    assert_int_not_equal(open_with(teachers, student, &d, pool, &err), FER_OK);
    assert_null(d);
    if (!strstr(err.text, word)) fail_msg("'%s' does not mention '%s'", err.text, word);
    feri_pool_free(pool);
}

static void test_teachers_that_do_not_fit_are_named(void **state)
{
    (void)state;
    static const char *const strangers[] = {"joy", "anger", "pride"};
    fer_model *student = make(order, CLASSES, SIDE);
    fer_model *stranger = make(strangers, CLASSES, SIDE), *fewer = make(order, 2, SIDE);
    refused("distill-a.safetensors", stranger, "no class 'pride'");
    refused("distill-a.safetensors", fewer, "3 classes, expected the student's 2");
    refused("distill-a.safetensors,nowhere.safetensors", student, "nowhere.safetensors");
    refused("distill-a.safetensors,", student, "a name is empty");
    fer_model_free(student);
    fer_model_free(stranger);
    fer_model_free(fewer);
}

static fer_model *with_input(size_t side, size_t channels, const char *preprocess)
{
    const fer_model_options opt = {.height = side, .width = side, .channels = channels, .preprocess = preprocess};
    fer_model *m;
    assert_int_equal(fer_model_new("resnet-8", &opt, &m, NULL), FER_OK);
    return m;
}

/* What the teacher gets is what it would get from the picture itself. */
static void check_input(const fer_model *student, const fer_model *teacher)
{
    enum { MOST = 2 * SIDE * 2 * SIDE * 3 };
    static float images[MOST], got[MOST], want[MOST];
    struct feri_pixels px, sized, converted;
    assert_int_equal(feri_pixels_new(student->w, student->h, student->c, &px, NULL), FER_OK);
    for (size_t i = 0; i < px.w * px.h * px.c; i++) px.data[i] = (uint8_t)(i * 37 % 256);
    feri_preprocess_apply(&student->pixels, &px, images);
    assert_int_equal(feri_teacher_input(student, teacher, 1, images, got, NULL, NULL), FER_OK);
    assert_int_equal(feri_image_resize(&px, teacher->w, teacher->h, &sized, NULL), FER_OK);
    assert_int_equal(feri_image_convert(&sized, teacher->c, &converted, NULL), FER_OK);
    feri_preprocess_apply(&teacher->pixels, &converted, want);
    for (size_t i = 0; i < teacher->w * teacher->h * teacher->c; i++) assert_float_equal(got[i], want[i], 0);
    feri_pixels_free(&px);
    feri_pixels_free(&sized);
    feri_pixels_free(&converted);
}

static void test_a_teacher_may_have_another_input(void **state)
{
    (void)state;
    fer_model *models[] = {with_input(SIDE, 1, "half"), with_input(2 * SIDE, 3, "imagenet-255"),
                           with_input(SIDE, 3, "imagenet"), with_input(SIDE / 2, 1, "unit")};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) check_input(models[i], models[k]);
    for (size_t i = 0; i < 4; i++) fer_model_free(models[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_and_gradient_are_pytorchs),
        cmocka_unit_test(test_a_teachers_valence_and_arousal_are_left_out),
        cmocka_unit_test(test_a_teacher_may_have_another_input),
        cmocka_unit_test(test_mirror_images_and_views_that_come_again),
        cmocka_unit_test(test_teachers_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
