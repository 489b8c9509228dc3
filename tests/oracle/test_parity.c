/* The published models against PyTorch: logits, every gradient of a training step, the losses of AdamW steps.
 * make_fixtures.py wrote fixtures/ with PyTorch; both sides compute weights and inputs by the same formula. Arguments
 * are names of fixtures (test_parity mcct-1_224). Without any, the test uses the one that takes seconds. */
#define _POSIX_C_SOURCE 200809L
#include "base/csv.h"
#include "base/rng.h"
#include "models/model.h"
#include "train/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BATCH_MAX     8
#define CLASSES       8
#define LEARNING_RATE 2e-6f

/* ---- the formula ---- */

static uint64_t fnv(const char *name)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (; *name; name++) h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001B3);
    return h;
}

static float noise(uint64_t key, size_t i)
{
    uint64_t bits = feri_mix64(key + (i + 1) * UINT64_C(0x9E3779B97F4A7C15)) >> 40;
    return (float)((double)bits * 0x1p-23 - 1.0);
}

static double sign(uint64_t key, size_t i)
{
    return noise(key, i) < 0 ? -1 : 1;
}

static bool of_batch_norm(struct feri_graph *g, const char *name)
{
    char mean[256];
    snprintf(mean, sizeof mean, "%.*s.running_mean", (int)(strrchr(name, '.') - name), name);
    return feri_graph_find_param(g, mean) != NULL;
}

static float param_value(struct feri_graph *g, const struct feri_param *p, float u)
{
    bool bn = of_batch_norm(g, p->name);
    switch (p->kind) {
    case FERI_PARAM_WEIGHT: return u * (float)sqrt(4.5 / (double)(p->count / p->dims[0]));
    case FERI_PARAM_NORM_BIAS: return bn ? 1.0f + 0.2f * u : 0.1f * u;
    case FERI_PARAM_NORM_WEIGHT: return bn ? 0.5f + 0.1f * u : 1.0f + 0.2f * u;
    case FERI_PARAM_BIAS: return (strcmp(p->name, "fc1.bias") == 0 ? 2.0f : 0.1f) * u;
    case FERI_PARAM_RUNNING_MEAN: return 0.1f * u;
    case FERI_PARAM_SLOPE: return 0.9f + 0.05f * u;
    case FERI_PARAM_RUNNING_VAR: return 1.0f + 0.5f * u;
    case FERI_PARAM_COUNTER: return 0;
    }
    return 0;
}

static void fill_params(struct feri_graph *g)
{
    for (size_t i = 0; i < feri_graph_n_params(g); i++) {
        struct feri_param *p = feri_graph_param(g, i);
        float *torch = malloc(p->count * sizeof *torch);
        assert_non_null(torch);
        uint64_t key = fnv(p->name);
        for (size_t k = 0; k < p->count; k++) torch[k] = param_value(g, p, noise(key, k));
        feri_param_set(p, torch);
        free(torch);
    }
}

/* The input in our layout, from the formula's [n][c][h][w]: coarse blocks of 16 pixels under fine noise. */
static void fill_images(float *images, size_t size, size_t batch)
{
    uint64_t fine = fnv("input"), coarse = fnv("blocks");
    for (size_t nc = 0; nc < batch * 3; nc++)
        for (size_t y = 0; y < size; y++)
            for (size_t x = 0; x < size; x++)
                images[((nc / 3 * size + y) * size + x) * 3 + nc % 3] =
                    noise(coarse, (nc * 14 + y / 16) * 14 + x / 16) + 0.25f * noise(fine, (nc * size + y) * size + x);
}

static void fill_targets(float *targets, size_t batch)
{
    for (size_t n = 0; n < batch; n++) {
        double sum = 0;
        for (size_t k = 0; k < CLASSES; k++) sum += (double)noise(fnv("target"), n * CLASSES + k) + 1.5;
        for (size_t k = 0; k < CLASSES; k++)
            targets[n * CLASSES + k] = (float)(((double)noise(fnv("target"), n * CLASSES + k) + 1.5) / sum);
    }
}

/* ---- fixtures ---- */

struct grad_fixture {
    char name[128];
    double norm, projection[3];
};

struct fixture {
    char model[32];
    size_t size, batch;
    float logits[BATCH_MAX][CLASSES];
    double loss[64];
    size_t n_losses, n_grads;
    struct grad_fixture grads[640];
};

static void read_row(struct fixture *f, const struct feri_csv_row *row)
{
    if (strcmp(row->fields[0], "logits") == 0) {
        size_t image = (size_t)atoi(row->fields[1]);
        assert_true(image < BATCH_MAX);
        f->logits[image][atoi(row->fields[2])] = strtof(row->fields[3], NULL);
        f->batch = image + 1;
    } else if (strcmp(row->fields[0], "loss") == 0) {
        assert_true(f->n_losses < 64);
        f->loss[f->n_losses++] = strtod(row->fields[2], NULL);
    } else {
        assert_true(f->n_grads < 640);
        struct grad_fixture *g = &f->grads[f->n_grads++];
        snprintf(g->name, sizeof g->name, "%s", row->fields[1]);
        g->norm = strtod(row->fields[2], NULL);
        for (int k = 0; k < 3; k++) g->projection[k] = strtod(row->fields[3 + k], NULL);
    }
}

static void read_fixture(const char *name, struct fixture *f)
{
    char path[512];
    FILE *file;
    uint8_t *data;
    size_t size;
    fer_error err = {0};
    memset(f, 0, sizeof *f);
    assert_int_equal(sscanf(name, "%31[^_]_%zu", f->model, &f->size), 2);
    snprintf(path, sizeof path, "%s/tests/oracle/fixtures/%s.csv", FER_SOURCE_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    data = malloc(1 << 20);
    size = fread(data, 1, 1 << 20, file);
    fclose(file);
    struct feri_csv *csv;
    struct feri_csv_row row;
    bool more = true;
    assert_int_equal(feri_csv_new(data, size, &csv, &err), FER_OK);
    while (assert_int_equal(feri_csv_next(csv, &row, &more, &err), FER_OK), more) read_row(f, &row);
    feri_csv_free(csv);
    free(data);
    assert_true(f->n_losses > 1 && f->n_grads > 10);
}

/* ---- checks ---- */

static void check_logits(const struct fixture *f, const fer_model *m, enum feri_isa isa, const float *images)
{
    const struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_pool *pool;
    fer_error err = {0};
    double worst = 0;
    assert_int_equal(feri_model_plan(m, isa, &plan, &err), FER_OK);
    assert_int_equal(feri_pool_new(2, &pool, &err), FER_OK);
    assert_int_equal(feri_exec_new(plan, f->batch, pool, &exec, &err), FER_OK);
    memcpy(feri_exec_input(exec), images, f->batch * 3 * f->size * f->size * sizeof *images);
    feri_exec_forward(exec, f->batch, 0);
    for (size_t i = 0; i < f->batch * CLASSES; i++) {
        double want = (double)f->logits[i / CLASSES][i % CLASSES], have = (double)feri_exec_output(exec)[i];
        double bound = 1e-5 + 1e-4 * fabs(want);
        if (!(fabs(have - want) <= bound))
            fail_msg("%s at %zu: logit %zu is %.7g, PyTorch's %.7g", f->model, f->size, i, have, want);
        if (fabs(have - want) / bound > worst) worst = fabs(have - want) / bound;
    }
    print_message("  %s at %zu: worst logit error %.3f of the bound (1e-4 relative + 1e-5)\n", f->model, f->size,
                  worst);
    feri_exec_free(exec);
    feri_pool_free(pool);
}

/* A gradient that is zero in exact arithmetic (for example a bias before a batch norm) is rounding noise on both sides.
 * A millionth of the largest gradient norm bounds it. */
static double noise_floor(const struct fixture *f)
{
    double largest = 0;
    for (size_t i = 0; i < f->n_grads; i++) largest = fmax(largest, f->grads[i].norm);
    return 1e-6 * largest;
}

/* The tolerated error of a gradient, relative to its norm. After VGG19's four max poolings few pixels have a gradient.
 * Where two of a window are equal up to rounding, rounding decides between them, and one such pixel changes the
 * gradient of every layer before it by about a hundredth. This happens also between PyTorch's float32 and float64
 * (`own`, the fixture's last column). Single operations are compared with finite differences in tests/graph. */
static double relative_bound(const char *name)
{
    return strncmp(name, "vgg.block", 9) == 0 ? 0.05 : 1e-3;
}

/* Norm and projections, as a share of what is tolerated. */
static double check_grad(const struct fixture *f, struct feri_trainer *t, const struct grad_fixture *g, double floor)
{
    struct feri_graph *graph = feri_trainer_model(t)->graph;
    struct feri_param *p = feri_graph_find_param(graph, g->name);
    if (!p) fail_msg("%s: no parameter %s", f->model, g->name);
    size_t index = 0;
    while (feri_graph_param(graph, index) != p) index++;
    const float *grad = feri_exec_grad(feri_trainer_exec(t), index);
    float *torch = malloc(p->count * sizeof *torch);
    if (!grad || !torch) fail_msg("%s: %s has no gradient", f->model, g->name);
    feri_param_to_torch(p, grad, torch);
    const uint64_t keys[3] = {fnv("sign0"), fnv("sign1"), fnv("sign2")};
    double square = 0, projection[3] = {0, 0, 0}, bound = relative_bound(g->name) * g->norm + floor, worst;
    for (size_t i = 0; i < p->count; i++) {
        square += (double)torch[i] * (double)torch[i];
        for (int k = 0; k < 3; k++) projection[k] += (double)torch[i] * sign(keys[k], i);
    }
    free(torch);
    worst = fabs(sqrt(square) - g->norm) / bound;
    for (int k = 0; k < 3; k++) worst = fmax(worst, fabs(projection[k] - g->projection[k]) / bound);
    if (!(worst <= 1))
        fail_msg("%s at %zu: gradient of %s: norm %.6g, PyTorch's %.6g; off by %.2f of the bound", f->model, f->size,
                 g->name, sqrt(square), g->norm, worst);
    return worst;
}

static void check_training(const struct fixture *f, fer_model *m, enum feri_isa isa, const float *images)
{
    struct feri_trainer_options opt = feri_trainer_defaults();
    struct feri_trainer *t;
    fer_error err = {0};
    float targets[BATCH_MAX * CLASSES];
    double worst_grad = 0, worst_loss = 0;
    const double floor = noise_floor(f);
    opt.train.dropout = 0;
    opt.train.batch = f->batch;
    opt.train.weight_decay = 0.01f;
    opt.train.threads = 2;
    opt.kernels = feri_kernels_get(isa);
    fill_targets(targets, f->batch);
    const struct feri_step batch = {.n = f->batch, .images = images, .targets = targets};
    assert_int_equal(feri_trainer_new(m, &opt, &t, &err), FER_OK);
    for (size_t step = 0; step < f->n_losses; step++) {
        double loss;
        assert_int_equal(feri_trainer_step(t, &batch, LEARNING_RATE, &loss, &err), FER_OK);
        double off = fabs(loss - f->loss[step]) / (1e-3 * fmax(1, fabs(f->loss[step])));
        if (!(off <= 1))
            fail_msg("%s at %zu: loss of step %zu is %.7g, PyTorch's %.7g", f->model, f->size, step, loss,
                     f->loss[step]);
        worst_loss = fmax(worst_loss, off);
        for (size_t i = 0; step == 0 && i < f->n_grads; i++)
            worst_grad = fmax(worst_grad, check_grad(f, t, &f->grads[i], floor));
    }
    print_message(
        "  %s at %zu: worst gradient %.3f of its bound (1e-3, VGG19's layers 0.05), worst of %zu losses %.3f (1e-3)\n",
        f->model, f->size, worst_grad, f->n_losses, worst_loss);
    feri_trainer_free(t);
}

/* MODEL_SIZE, or MODEL_SIZE@ISA for other kernels than the best this processor has. */
static void check_fixture(char *name)
{
    struct fixture *f = malloc(sizeof *f);
    fer_model *m;
    fer_error err = {0};
    enum feri_isa isa = FERI_ISA_AUTO;
    char *at = strchr(name, '@');
    assert_non_null(f);
    if (at) {
        *at++ = 0;
        assert_true(feri_isa_parse(at, &isa));
    }
    if (!feri_kernels_get(isa)) {
        print_message("  %s: left out, this build or processor has no %s\n", name, at);
        free(f);
        return;
    }
    print_message("  %s kernels:\n", feri_kernels_get(isa)->isa);
    read_fixture(name, f);
    float *images = malloc(f->batch * 3 * f->size * f->size * sizeof *images);
    assert_non_null(images);
    fer_model_options opt = {.height = f->size, .width = f->size};
    if (fer_model_new(f->model, &opt, &m, &err) != FER_OK) fail_msg("%s", err.text);
    fill_params(m->graph);
    fill_images(images, f->size, f->batch);
    check_logits(f, m, isa, images);
    check_training(f, m, isa, images);
    fer_model_free(m);
    free(images);
    free(f);
}

/* state: what is to be checked, NULL at the end. */
static void test_models_agree_with_pytorch(void **state)
{
    for (char **name = *state; *name; name++) check_fixture(*name);
}

int main(int argc, char **argv)
{
    static char quick[] = "cct-7_112";
    static char *quick_list[] = {quick, NULL};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_models_agree_with_pytorch, argc > 1 ? argv + 1 : quick_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
