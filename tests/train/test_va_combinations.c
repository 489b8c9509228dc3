/* Valence and arousal together with everything else that uses a network's output: mirror images, temperatures, mixing,
 * SAM, teachers, explanations. */
#include "fixture.h"

#include "data/open.h"
#include "fer/explain.h"
#include "models/model.h"
#include "train/concordance.h"
#include "train/trainer.h"
#include "train/va_loss.h"

#include <math.h>

static const char *const class_names[CLASSES] = {"left", "middle", "right"};

static fer_model *make_model(bool with_va, double temperature)
{
    fer_model *m;
    fer_model_options opt = {.height = SIDE,
                             .width = SIDE,
                             .channels = 1,
                             .n_classes = CLASSES,
                             .classes = class_names,
                             .seed = 5,
                             .valence_arousal = with_va,
                             .temperature = temperature};
    assert_int_equal(fer_model_new("resnet-8", &opt, &m, NULL), FER_OK);
    return m;
}

static double valence_of(int class)
{
    return 0.7 * (class - 1);
}

static double arousal_of(int number)
{
    return number / 20.0 - 0.5;
}

/* A table of the blobs; the last picture of each class has neither. */
static const char *write_table(const char *set)
{
    static char path[600];
    char name[64];
    snprintf(name, sizeof name, "%s.csv", set);
    snprintf(path, sizeof path, "%s", in_fixture(name));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "image,label,valence,arousal\n");
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < PER_CLASS; i++) {
            fprintf(f, "%s/%s/%02d.png,%s,", set, class_names[k], i, class_names[k]);
            if (i == PER_CLASS - 1) fprintf(f, ",\n");
            else fprintf(f, "%g,%g\n", valence_of(k), arousal_of(i));
        }
    assert_int_equal(fclose(f), 0);
    return path;
}

/* ---- mirror images and temperatures ---- */

struct told {
    float scores[CLASSES], va[2];
};

static struct told predict(const fer_model *m, const fer_image *image, bool tta)
{
    struct told t;
    fer_session *s;
    fer_session_options opt = {.threads = 1, .tta = tta};
    assert_int_equal(fer_session_new(m, &opt, &s, NULL), FER_OK);
    assert_int_equal(fer_session_predict_valence_arousal(s, 1, &image, t.scores, t.va, NULL), FER_OK);
    fer_session_free(s);
    return t;
}

static fer_image *load(const char *file)
{
    fer_image *im;
    assert_int_equal(fer_image_load(file, &im, NULL), FER_OK);
    return im;
}

static fer_image *mirrored(const fer_image *im)
{
    uint8_t px[SIDE * SIDE];
    fer_image *out;
    assert_int_equal(fer_image_channels(im), 1);
    for (size_t i = 0; i < SIDE * SIDE; i++) px[i] = fer_image_pixels(im)[i / SIDE * SIDE + SIDE - 1 - i % SIDE];
    assert_int_equal(fer_image_from_pixels(px, SIDE, SIDE, SIDE, FER_GRAY8, &out, NULL), FER_OK);
    return out;
}

static void test_mirror_images_are_averaged(void **state)
{
    (void)state;
    fer_model *m = make_model(true, 0);
    fer_image *image = load(in_fixture("val/left/00.png")), *mirror = mirrored(image);
    struct told a = predict(m, image, false), b = predict(m, mirror, false), both = predict(m, image, true);
    assert_true(a.va[0] != b.va[0] && a.va[1] != b.va[1]);
    for (int i = 0; i < 2; i++) assert_true(both.va[i] == (a.va[i] + b.va[i]) / 2);
    for (int k = 0; k < CLASSES; k++) assert_true(both.scores[k] == (a.scores[k] + b.scores[k]) / 2);
    fer_image_free(image);
    fer_image_free(mirror);
    fer_model_free(m);
}

static void test_an_evaluation_averages_likewise(void **state)
{
    (void)state;
    fer_model *m = make_model(true, 0);
    struct feri_concordance valence = {0}, arousal = {0};
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < PER_CLASS - 1; i++) {
            char file[64];
            snprintf(file, sizeof file, "val/%s/%02d.png", class_names[k], i);
            fer_image *image = load(in_fixture(file));
            struct told t = predict(m, image, true);
            feri_concordance_add(&valence, t.va[0], (float)valence_of(k));
            feri_concordance_add(&arousal, t.va[1], (float)arousal_of(i));
            fer_image_free(image);
        }
    fer_evaluation *e;
    fer_eval_options opt = {.data.path = write_table("val"), .batch = 10, .tta = true, .bootstrap = 20};
    assert_int_equal(fer_evaluate(m, &opt, &e, NULL), FER_OK);
    assert_int_equal(e->images, CLASSES * PER_CLASS);
    assert_int_equal(e->valence.images, CLASSES * (PER_CLASS - 1));
    assert_true(fabs(e->valence.ccc - feri_concordance_ccc(&valence)) < 1e-6);
    assert_true(fabs(e->arousal.rmse - feri_concordance_rmse(&arousal)) < 1e-6);
    assert_non_null(e->intervals);
    fer_evaluation_free(e);
    fer_model_free(m);
}

static void test_a_temperature_leaves_them_alone(void **state)
{
    (void)state;
    fer_model *plain = make_model(true, 0), *soft = make_model(true, 2.5), *loaded;
    fer_image *image = load(in_fixture("val/left/00.png"));
    struct told a = predict(plain, image, false), b = predict(soft, image, false), c;
    assert_memory_equal(a.va, b.va, sizeof a.va);
    assert_true(a.scores[0] != b.scores[0]);
    assert_int_equal(fer_model_save(soft, in_fixture("soft.safetensors"), FER_FLOAT32, NULL), FER_OK);
    assert_int_equal(fer_model_load(in_fixture("soft.safetensors"), NULL, &loaded, NULL), FER_OK);
    c = predict(loaded, image, false);
    assert_memory_equal(&b, &c, sizeof b);
    fer_image_free(image);
    fer_model_free(loaded);
    fer_model_free(soft);
    fer_model_free(plain);
}

/* ---- training ---- */

/* The row of a picture in the table. */
static size_t row_of(const struct feri_dataset *ds, const char *file)
{
    for (size_t i = 0; i < feri_dataset_size(ds); i++)
        if (strstr(feri_dataset_file(ds, i), file)) return i;
    fail_msg("%s is not in the table", file);
    return 0;
}

static void test_truth_is_mixed_like_targets(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    const fer_data_source source = {.path = write_table("train")};
    assert_int_equal(feri_dataset_open(&source, FERI_USE_ALL, &ds, NULL), FER_OK);
    const size_t unknown = PER_CLASS - 1;
    char last[32];
    snprintf(last, sizeof last, "middle/%02zu.png", unknown);
    const size_t indices[5] = {row_of(ds, "left/00.png"), row_of(ds, "right/06.png"), row_of(ds, "middle/08.png"),
                               row_of(ds, last), row_of(ds, "right/10.png")};
    const size_t others[5] = {indices[4], indices[3], indices[2], indices[1], indices[0]};
    struct feri_batch b = {.n = 5, .total = 5, .indices = indices, .others = others, .lambda = 0.25};
    float truth[10];
    feri_va_truth(ds, &b, truth);
    /* left 00 with right 10: -0.7 / 4 + 3 * 0.7 / 4, -0.5 / 4 + 0; the other way round; the middle one alone. */
    const double want[10] = {0.35, -0.125, NAN, NAN, 0, -0.1, NAN, NAN, -0.35, -0.375};
    for (int i = 0; i < 10; i++)
        assert_true(isnan(want[i]) ? isnan(truth[i]) : fabs((double)truth[i] - want[i]) < 1e-6);
    b.lambda = 1;
    feri_va_truth(ds, &b, truth);
    const double plain[10] = {-0.7, -0.5, 0.7, -0.2, 0, -0.1, NAN, NAN, 0.7, 0};
    for (int i = 0; i < 10; i++)
        assert_true(isnan(plain[i]) ? isnan(truth[i]) : fabs((double)truth[i] - plain[i]) < 1e-6);
    feri_dataset_close(ds);
}

enum { BATCH = 4 };

/* The logits that a trainer returns for its first step. */
static void first_logits(bool with_va, float sam, float logits[BATCH * CLASSES])
{
    static float images[BATCH * SIDE * SIDE], truth[BATCH * 2];
    static const float targets[BATCH * CLASSES] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0};
    fer_model *m = make_model(with_va, 0);
    struct feri_trainer *t;
    struct feri_trainer_options opt = feri_trainer_defaults();
    double loss;
    opt.train.batch = BATCH;
    opt.train.sam = sam;
    opt.train.threads = 1;
    for (size_t i = 0; i < BATCH * SIDE * SIDE; i++) images[i] = sinf(0.37f * (float)i);
    assert_int_equal(feri_trainer_new(m, &opt, &t, NULL), FER_OK);
    for (size_t i = 0; i < BATCH * 2; i++) truth[i] = 0.1f * (float)i - 0.3f;
    const struct feri_step s = {.n = BATCH, .images = images, .targets = targets, .va_truth = truth};
    assert_int_equal(feri_trainer_step(t, &s, 0.01f, &loss, NULL), FER_OK);
    memcpy(logits, feri_trainer_logits(t), BATCH * CLASSES * sizeof *logits);
    feri_trainer_free(t);
    fer_model_free(m);
}

static void test_the_first_pass_tells_the_class_logits(void **state)
{
    (void)state;
    float plain[BATCH * CLASSES], with_va[BATCH * CLASSES], sharp[BATCH * CLASSES];
    first_logits(false, 0, plain);
    first_logits(true, 0, with_va);
    first_logits(true, 0.1f, sharp);
    assert_memory_equal(plain, with_va, sizeof plain);
    assert_memory_equal(plain, sharp, sizeof plain);
}

static bool stop_in_second_epoch(void *user, const fer_progress *p)
{
    (void)user;
    return !(p->epoch == 1 && p->done == 3);
}

static void keep_epoch(void *user, const fer_train_epoch *e)
{
    *(fer_train_epoch *)user = *e;
}

static fer_train_options everything(const char *run, const char *teacher)
{
    static char data[600], val[600];
    fer_train_options o = small_options(run);
    snprintf(data, sizeof data, "%s", write_table("train"));
    snprintf(val, sizeof val, "%s", write_table("val"));
    o.data.path = data;
    o.val.path = val;
    o.valence_arousal = true;
    o.mixup = 0.4f;
    o.cutmix = 1;
    o.sam = 0.05f;
    o.logit_adjust = 1;
    o.teacher = teacher;
    return o;
}

static void test_everything_at_once_resumes_to_the_same_bits(void **state)
{
    (void)state;
    const fer_train_events stop = {.progress = stop_in_second_epoch};
    fer_train_epoch last = {0};
    const fer_train_events keep = {.user = &last, .epoch = keep_epoch};
    char teacher[600];
    fer_train_options o = everything("teacher", NULL);
    o.epochs = 1;
    train_ok(&o, NULL);
    snprintf(teacher, sizeof teacher, "%s", in_run("teacher", "final.safetensors"));
    o = everything("all", teacher);
    train_ok(&o, &keep);
    assert_true(isfinite(last.val_ccc_valence) && isfinite(last.val_ccc_arousal));
    o = everything("all-resumed", teacher);
    o.threads = 1;
    assert_int_equal(fer_train(&o, &stop, NULL), FER_ERR_STOPPED);
    o.resume = true;
    o.threads = 3;
    train_ok(&o, NULL);
    assert_same_results("all", "all-resumed");
}

/* ---- explanations ---- */

static void test_a_model_with_the_head_is_explained(void **state)
{
    (void)state;
    fer_model *m;
    fer_session *s;
    fer_explanation *e;
    fer_error err = {0};
    float scores[8];
    const fer_model_options opt = {.seed = 3, .valence_arousal = true};
    assert_int_equal(fer_model_new("libfer-s", &opt, &m, NULL), FER_OK);
    assert_int_equal(fer_session_new(m, &(fer_session_options){.threads = 1}, &s, NULL), FER_OK);
    fer_image *image = load(in_fixture("val/left/00.png"));
    const fer_image *images[1] = {image};
    if (fer_explain(s, image, &e, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(e->n_classes, 8);
    assert_int_equal(fer_session_predict(s, 1, images, scores, NULL), FER_OK);
    assert_memory_equal(e->scores, scores, sizeof scores);
    double sum = 0;
    for (size_t i = 0; i < e->rows * e->columns; i++) sum += (double)e->pooling[i];
    assert_true(fabs(sum - 1) < 1e-4);
    fer_explanation_free(e);
    fer_image_free(image);
    fer_session_free(s);
    fer_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mirror_images_are_averaged),
        cmocka_unit_test(test_an_evaluation_averages_likewise),
        cmocka_unit_test(test_a_temperature_leaves_them_alone),
        cmocka_unit_test(test_truth_is_mixed_like_targets),
        cmocka_unit_test(test_the_first_pass_tells_the_class_logits),
        cmocka_unit_test(test_everything_at_once_resumes_to_the_same_bits),
        cmocka_unit_test(test_a_model_with_the_head_is_explained),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
