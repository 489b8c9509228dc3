#define _POSIX_C_SOURCE 200809L /* access, unlink */
#include "fer/fer.h"
#include "formats/pixels.h"
#include "image/image.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDE    48
#define AREA    (SIDE * SIDE)
#define N       7
#define CLASSES 8

static fer_model *new_model(const char *name, size_t side, size_t channels)
{
    fer_error err = {0};
    fer_model *m = NULL;
    fer_model_options opt = {.height = side, .width = side, .channels = channels, .seed = 7};
    fer_model_new(name, &opt, &m, &err);
    assert_string_equal(err.text, "");
    return m;
}

static fer_session *new_session(const fer_model *m, unsigned threads, size_t batch)
{
    fer_error err = {0};
    fer_session *s = NULL;
    fer_session_options opt = {.threads = threads, .batch_max = batch};
    fer_session_new(m, &opt, &s, &err);
    assert_string_equal(err.text, "");
    return s;
}

static int set_up(void **state)
{
    *state = new_model("resnet-8", SIDE, 1);
    return 0;
}

static int tear_down(void **state)
{
    fer_model_free(*state);
    return 0;
}

static float *new_input(size_t count)
{
    float *x = malloc(count * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++) x[i] = sinf(0.37f * (float)i) + 0.2f * cosf(0.011f * (float)i);
    return x;
}

static void test_batches_and_threads_do_not_change_the_answer(void **state)
{
    float *x = new_input(N * AREA), first[N * CLASSES], other[N * CLASSES];
    fer_session *s = new_session(*state, 1, N);
    assert_int_equal(fer_session_run(s, N, x, first, NULL), FER_OK);
    fer_session_free(s);
    for (unsigned threads = 1; threads <= 3; threads++)
        for (size_t batch = 1; batch <= N + 1; batch += 2) {
            s = new_session(*state, threads, batch);
            assert_int_equal(fer_session_run(s, N, x, other, NULL), FER_OK);
            assert_memory_equal(first, other, sizeof first);
            fer_session_free(s);
        }
    free(x);
}

/* Channels first outside, last inside: a permutation of the input's channels must not be mistaken for one of
 * its pixels. */
static void test_channels_come_first(void **state)
{
    (void)state;
    fer_model *m = new_model("cct-2", 64, 3);
    fer_session *s = new_session(m, 1, 1);
    size_t area = 64 * 64;
    uint8_t pixels[64 * 64 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * i / 7 + i);
    struct feri_preprocess p;
    assert_int_equal(feri_preprocess_find(fer_model_get_info(m).preprocess, 3, &p, NULL), FER_OK);
    float *x = new_input(3 * area), logits[CLASSES], scores[CLASSES];
    for (size_t ch = 0; ch < 3; ch++)
        for (size_t i = 0; i < area; i++)
            x[ch * area + i] = ((float)pixels[3 * i + ch] * p.scale - p.mean[ch]) / p.std[ch];
    fer_image *im;
    assert_int_equal(fer_image_from_pixels(pixels, 64, 64, 192, FER_RGB8, &im, NULL), FER_OK);
    assert_int_equal(fer_session_run(s, 1, x, logits, NULL), FER_OK);
    assert_int_equal(fer_session_predict(s, 1, (const fer_image *const *)&im, scores, NULL), FER_OK);
    double sum = 0, total = 0;
    for (size_t k = 0; k < CLASSES; k++) sum += exp((double)logits[k]);
    for (size_t k = 0; k < CLASSES; k++) {
        assert_float_equal(scores[k], (float)(exp((double)logits[k]) / sum), 1e-4f);
        total += (double)scores[k];
    }
    assert_float_equal(total, 1, 1e-6);
    fer_image_free(im);
    free(x);
    fer_session_free(s);
    fer_model_free(m);
}

static void test_pictures_of_any_size_and_colour(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {48, 48}, {200, 31}, {3, 500}};
    fer_session *s = new_session(*state, 2, 3);
    uint8_t *data = calloc(200 * 500, 3);
    assert_non_null(data);
    fer_image *images[8];
    float scores[8 * CLASSES], alone[CLASSES];
    for (size_t i = 0; i < 8; i++) {
        size_t w = sizes[i / 2][0], h = sizes[i / 2][1];
        for (size_t j = 0; j < w * h * 3; j++) data[j] = (uint8_t)(j * (i + 3));
        fer_pixel_format format = i % 2 ? FER_RGB8 : FER_GRAY8;
        assert_int_equal(fer_image_from_pixels(data, w, h, w * 3, format, &images[i], NULL), FER_OK);
    }
    assert_int_equal(fer_session_predict(s, 8, (const fer_image *const *)images, scores, NULL), FER_OK);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(fer_session_predict(s, 1, (const fer_image *const *)&images[i], alone, NULL), FER_OK);
        assert_memory_equal(alone, scores + i * CLASSES, sizeof alone);
        fer_image_free(images[i]);
    }
    free(data);
    fer_session_free(s);
}

static void test_numbers_that_are_not_finite_are_named(void **state)
{
    fer_session *s = new_session(*state, 1, 2);
    float *x = new_input(N * AREA), logits[N * CLASSES];
    fer_error err = {0};
    x[4 * AREA + 2 * SIDE + 5] = NAN;
    assert_int_equal(fer_session_run(s, N, x, logits, &err), FER_ERR_NUMERIC);
    assert_non_null(strstr(err.text, "[4][0][2][5]"));
    x[4 * AREA + 2 * SIDE + 5] = INFINITY;
    assert_int_equal(fer_session_run(s, N, x, logits, &err), FER_ERR_NUMERIC);
    x[4 * AREA + 2 * SIDE + 5] = 1;
    assert_int_equal(fer_session_run(s, N, x, logits, &err), FER_OK);
    free(x);
    fer_session_free(s);
}

static void test_bad_arguments_are_refused(void **state)
{
    fer_error err = {0};
    fer_session *s;
    float x[1] = {0}, logits[1];
    const fer_image *none[1] = {NULL};
    assert_int_equal(fer_session_new(NULL, NULL, &s, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_session_new(*state, NULL, NULL, &err), FER_ERR_ARGUMENT);
    fer_session_options opt = {.isa = "mmx"};
    assert_int_equal(fer_session_new(*state, &opt, &s, &err), FER_ERR_ARGUMENT);
    assert_null(s);
    assert_non_null(strstr(err.text, "mmx"));
    opt = (fer_session_options){.threads = 1000000};
    assert_int_equal(fer_session_new(*state, &opt, &s, &err), FER_ERR_ARGUMENT);
    opt = (fer_session_options){.batch_max = SIZE_MAX};
    assert_int_equal(fer_session_new(*state, &opt, &s, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_session_new(*state, NULL, &s, &err), FER_OK);
    assert_int_equal(fer_session_run(NULL, 1, x, logits, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_session_run(s, 1, NULL, logits, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_session_run(s, 1, x, NULL, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_session_run(s, 0, NULL, NULL, &err), FER_OK);
    assert_int_equal(fer_session_predict(s, 1, none, logits, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "images[0]"));
    assert_int_equal(fer_session_predict(s, 0, NULL, NULL, &err), FER_OK);
    fer_session_free(s);
    fer_session_free(NULL);
    assert_int_equal(fer_bench(NULL, &(fer_bench_result){0}, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "fer_bench: options and out"));
    assert_int_equal(fer_bench(&(fer_bench_options){.model = "resnet-8"}, NULL, &err), FER_ERR_ARGUMENT);
}

struct job {
    const fer_model *model;
    const float *x;
    float logits[N * CLASSES];
};

static void *run_thread(void *arg)
{
    struct job *j = arg;
    fer_session *s = NULL;
    if (fer_session_new(j->model, NULL, &s, NULL) == FER_OK) fer_session_run(s, N, j->x, j->logits, NULL);
    fer_session_free(s);
    return NULL;
}

static void test_sessions_of_one_model_run_at_the_same_time(void **state)
{
    float *x = new_input(N * AREA);
    struct job jobs[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        jobs[i] = (struct job){.model = *state, .x = x};
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, &jobs[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (size_t i = 1; i < 4; i++) assert_memory_equal(jobs[0].logits, jobs[i].logits, sizeof jobs[0].logits);
    free(x);
}

static void test_npy_round_trip(void **state)
{
    (void)state;
    const char *path = "test_session.npy";
    size_t dims[3] = {2, 1, 3};
    float data[6] = {1, -2, 3.5f, 0, 1e-30f, 6};
    fer_npy a;
    fer_error err = {0};
    assert_int_equal(fer_npy_write(path, 3, dims, data, &err), FER_OK);
    assert_int_equal(fer_npy_read(path, &a, &err), FER_OK);
    assert_int_equal(a.n_dims, 3);
    assert_int_equal(a.count, 6);
    assert_memory_equal(a.dims, dims, sizeof dims);
    assert_memory_equal(a.data, data, sizeof data);
    fer_npy_free(&a);
    assert_int_equal(fer_npy_write(path, 9, dims, data, &err), FER_ERR_ARGUMENT);
    unlink(path);
    assert_int_equal(fer_npy_read(path, &a, &err), FER_ERR_IO);
    assert_int_equal(fer_npy_read(NULL, &a, &err), FER_ERR_ARGUMENT);
    fer_npy_free(&a);
}

static void test_default_path_tells_where_it_looked(void **state)
{
    (void)state;
    char path[4096];
    fer_error err = {0};
    if (fer_model_default_path(path, sizeof path, &err) == FER_OK) {
        assert_int_equal(access(path, R_OK), 0);
        assert_int_equal(fer_model_default_path(path, 3, &err), FER_ERR_ARGUMENT);
    } else {
        assert_int_equal(err.status, FER_ERR_IO);
        assert_non_null(strstr(err.text, "default.safetensors"));
    }
    assert_int_equal(fer_model_default_path(NULL, 0, &err), FER_ERR_ARGUMENT);
    static const char *const kept[] = {"nothing", "", "./default", "default.pt"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        assert_int_equal(fer_model_weights_path(kept[i], path, sizeof path, &err), FER_OK);
        assert_string_equal(path, kept[i]);
    }
    assert_int_equal(fer_model_weights_path("nothing", path, 7, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_model_load_default(NULL, &err), FER_ERR_ARGUMENT);
}

/* side x side grey pixels and their mirror image. */
static void new_pair(bool symmetric, fer_image **image, fer_image **mirrored)
{
    static uint8_t a[AREA], b[AREA];
    fer_error err;
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            size_t from = symmetric && x >= SIDE / 2 ? SIDE - 1 - x : x;
            a[y * SIDE + x] = (uint8_t)(from * 5 + y * 3 + (from * y) % 31);
        }
    for (size_t i = 0; i < AREA; i++) b[i] = a[i / SIDE * SIDE + SIDE - 1 - i % SIDE];
    assert_int_equal(fer_image_from_pixels(a, SIDE, SIDE, SIDE, FER_GRAY8, image, &err), FER_OK);
    assert_int_equal(fer_image_from_pixels(b, SIDE, SIDE, SIDE, FER_GRAY8, mirrored, &err), FER_OK);
}

static void augmented_scores_are_the_mean_of_both_sides(void **state)
{
    const fer_model *m = *state;
    fer_error err = {0};
    fer_session *plain = new_session(m, 1, 2), *tta = NULL;
    assert_int_equal(fer_session_new(m, &(fer_session_options){.threads = 1, .batch_max = 2, .tta = true}, &tta, &err),
                     FER_OK);
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        fer_image *pair[3];
        float one[3 * CLASSES], both[3 * CLASSES];
        new_pair(symmetric, &pair[0], &pair[1]);
        pair[2] = pair[0]; /* after the first batch */
        assert_int_equal(fer_session_predict(plain, 3, (const fer_image *const *)pair, one, &err), FER_OK);
        assert_int_equal(fer_session_predict(tta, 3, (const fer_image *const *)pair, both, &err), FER_OK);
        bool differ = false;
        for (size_t k = 0; k < CLASSES; k++) {
            float mean = (one[k] + one[CLASSES + k]) / 2;
            assert_true(both[k] == mean && both[CLASSES + k] == mean && both[2 * CLASSES + k] == mean);
            differ = differ || one[k] != one[CLASSES + k];
        }
        assert_int_equal(differ, !symmetric);
        fer_image_free(pair[0]);
        fer_image_free(pair[1]);
    }
    fer_session_free(plain);
    fer_session_free(tta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches_and_threads_do_not_change_the_answer),
        cmocka_unit_test(test_channels_come_first),
        cmocka_unit_test(test_pictures_of_any_size_and_colour),
        cmocka_unit_test(test_numbers_that_are_not_finite_are_named),
        cmocka_unit_test(test_bad_arguments_are_refused),
        cmocka_unit_test(test_sessions_of_one_model_run_at_the_same_time),
        cmocka_unit_test(test_npy_round_trip),
        cmocka_unit_test(test_default_path_tells_where_it_looked),
        cmocka_unit_test(augmented_scores_are_the_mean_of_both_sides),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
