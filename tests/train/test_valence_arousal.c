/* Valence and arousal: metrics against NumPy, the loss against PyTorch, the head of a model, its files, and runs that
 * learn it. */
#include "fixture.h"

#include "formats/safetensors.h"
#include "models/model.h"
#include "train/concordance.h"
#include "train/va_loss.h"

#include <math.h>

/* ---- metrics ---- */

static struct feri_concordance pairs(size_t n, const float *x, const float *y)
{
    struct feri_concordance c = {0};
    for (size_t i = 0; i < n; i++) feri_concordance_add(&c, x[i], y[i]);
    return c;
}

/* NumPy: 2 * cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean())**2), sqrt(mean((x - y)**2)),
 * mean(sign(x) == sign(y)) */
static void test_metrics_agree_with_numpy(void **state)
{
    (void)state;
    static const float x[7] = {0.5f, -0.25f, 0.75f, -0.9f, 0.125f, 0, 0.3f};
    static const float y[7] = {0.6f, 0.1f, 0.8f, -0.5f, -0.2f, 0, NAN};
    struct feri_concordance c = pairs(7, x, y);
    assert_int_equal(c.n, 6);
    assert_true(fabs(feri_concordance_ccc(&c) - 0.8637619553666313) < 1e-7);
    assert_true(fabs(feri_concordance_rmse(&c) - 0.2584005288952276) < 1e-7);
    assert_true(fabs(feri_concordance_sagr(&c) - 0.6666666666666666) < 1e-12);
}

static void test_metrics_at_their_edges(void **state)
{
    (void)state;
    static const float up[4] = {-0.75f, -0.25f, 0.25f, 0.75f}, down[4] = {0.75f, 0.25f, -0.25f, -0.75f};
    static const float same[3] = {0.3f, 0.3f, 0.3f}, none[2] = {NAN, NAN};
    struct feri_concordance c = pairs(4, up, up);
    assert_true(feri_concordance_ccc(&c) == 1 && feri_concordance_rmse(&c) == 0 && feri_concordance_sagr(&c) == 1);
    c = pairs(4, down, up);
    assert_true(feri_concordance_ccc(&c) == -1 && feri_concordance_sagr(&c) == 0);
    c = pairs(3, same, same);
    assert_true(isnan(feri_concordance_ccc(&c)) && feri_concordance_rmse(&c) == 0);
    c = pairs(2, up, none);
    assert_true(isnan(feri_concordance_ccc(&c)) && isnan(feri_concordance_rmse(&c)) &&
                isnan(feri_concordance_sagr(&c)));
}

/* ---- loss ---- */

/* l = 0; for d in (0, 1): m = ~isnan(t[:, d]); x, y = va[m, d], t[m, d]; c = ((x - x.mean()) * (y - y.mean())).mean()
 * ccc = 2 * c / (x.var(unbiased=False) + y.var(unbiased=False) + (x.mean() - y.mean())**2)
 * l += 1 - ccc + torch.nn.functional.mse_loss(x, y)
 * l *= 0.5 / 2; l.backward() (PyTorch 1.13) */
static const float va[10] = {0.5f, -0.25f, 0.75f, -0.875f, 0.125f, 0, -0.5f, 0.25f, 0.375f, 0.625f};
static const float truth[10] = {0.75f, -0.5f, 0.5f, NAN, NAN, 0.125f, -0.25f, 0.5f, 0, 0.875f};

static void test_loss_agrees_with_pytorch(void **state)
{
    (void)state;
    static const double grad[10] = {
        -0.131579471782, 0.138507617729, 0.078013736848, 0, 0, -0.046206717452, -0.060158491869,
        -0.115460526316, 0.161658717717, -0.132745844875};
    float d[10];
    assert_true(fabs(feri_va_loss(0.5f, 5, va, truth, d) - 0.12153736265599568) < 1e-12);
    for (int i = 0; i < 10; i++) assert_true(fabs((double)d[i] - grad[i]) < 1e-8);
}

static void test_gradient_is_the_difference_quotient(void **state)
{
    (void)state;
    float x[10], d[10];
    memcpy(x, va, sizeof x);
    feri_va_loss(2, 5, x, truth, d);
    for (int i = 0; i < 10; i++) {
        x[i] = va[i] + 0x1p-10f;
        double above = feri_va_loss(2, 5, x, truth, NULL);
        x[i] = va[i] - 0x1p-10f;
        double below = feri_va_loss(2, 5, x, truth, NULL);
        x[i] = va[i];
        assert_true(fabs((above - below) / 0x1p-9 - (double)d[i]) < 1e-4);
    }
}

static void test_few_truths(void **state)
{
    (void)state;
    static const float one[6] = {NAN, NAN, 0.25f, NAN, NAN, NAN}, none[4] = {NAN, NAN, NAN, NAN};
    static const float same[4] = {0.5f, 0, 0.5f, 0}, bad[4] = {NAN, 0, 0.5f, 0};
    float d[6];
    /* One: no correlation, the squared error alone. */
    assert_true(feri_va_loss(1, 3, va, one, d) == 0.5 * 0.25);
    for (int i = 0; i < 6; i++) assert_true(d[i] == (i == 2 ? 0.5f : 0));
    assert_true(feri_va_loss(1, 2, va, none, d) == 0);
    for (int i = 0; i < 4; i++) assert_true(d[i] == 0);
    assert_true(feri_va_loss(1, 2, same, same, d) == 0);
    for (int i = 0; i < 4; i++) assert_true(d[i] == 0);
    assert_true(isnan(feri_va_loss(1, 2, bad, same, d)));
}

/* ---- the head of a model ---- */

static fer_model *make_model(bool with_va)
{
    fer_model *m;
    fer_model_options opt = {
        .height = SIDE, .width = SIDE, .n_classes = CLASSES, .seed = 5, .valence_arousal = with_va};
    assert_int_equal(fer_model_new("resnet-8", &opt, &m, NULL), FER_OK);
    assert_true(fer_model_has_valence_arousal(m) == with_va);
    return m;
}

static void set(fer_model *m, const char *name, float first, float others)
{
    struct feri_param *p = feri_graph_find_param(m->graph, name);
    assert_non_null(p);
    for (size_t i = 0; i < p->count; i++) p->data[i] = i ? others : first;
}

/* Scores and, where the model has them, valence and arousal of five pictures, in batches of two. */
static void answer(const fer_model *m, float scores[5 * CLASSES], float *two)
{
    fer_image *images[5];
    fer_session *s;
    fer_session_options opt = {.threads = 2, .batch_max = 2};
    for (size_t i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "val/middle/%02zu.png", i);
        assert_int_equal(fer_image_load(in_fixture(name), &images[i], NULL), FER_OK);
    }
    assert_int_equal(fer_session_new(m, &opt, &s, NULL), FER_OK);
    const fer_image *const *const_images = (const fer_image *const *)images;
    if (two) assert_int_equal(fer_session_predict_valence_arousal(s, 5, const_images, scores, two, NULL), FER_OK);
    else assert_int_equal(fer_session_predict(s, 5, const_images, scores, NULL), FER_OK);
    fer_session_free(s);
    for (size_t i = 0; i < 5; i++) fer_image_free(images[i]);
}

static void test_the_head_stands_beside_the_classes(void **state)
{
    (void)state;
    float plain[5 * CLASSES], scores[5 * CLASSES], two[10];
    fer_model *without = make_model(false), *with = make_model(true);
    answer(without, plain, NULL);
    assert_int_equal(feri_graph_hold(with->graph, NULL), FER_OK);
    set(with, "va.weight", 0, 0);
    set(with, "va.bias", 0.5f, -1);
    answer(with, scores, two);
    assert_memory_equal(plain, scores, sizeof plain);
    for (int i = 0; i < 10; i++) assert_true(fabs((double)two[i] - (i % 2 ? -0.76159415595 : 0.46211715726)) < 2e-7);
    answer(with, scores, NULL);
    assert_memory_equal(plain, scores, sizeof plain);
    assert_int_equal(fer_model_get_info(with).n_params, fer_model_get_info(without).n_params + 2 * 192 + 2);
    fer_model_free(with);
    fer_model_free(without);
}

static void test_every_published_model_can_have_the_head(void **state)
{
    (void)state;
    const fer_model_options opt = {.valence_arousal = true};
    const fer_model_entry *entry;
    for (size_t i = 0; (entry = fer_model_registry(i)); i++) {
        fer_model *with, *without;
        /* a detector predicts no expression, and no valence and arousal */
        if (strncmp(entry->name, "face-", 5) == 0) {
            assert_int_equal(fer_model_new(entry->name, &opt, &with, NULL), FER_ERR_ARGUMENT);
            continue;
        }
        assert_int_equal(fer_model_new(entry->name, &opt, &with, NULL), FER_OK);
        assert_int_equal(fer_model_new(entry->name, NULL, &without, NULL), FER_OK);
        size_t features = feri_graph_find_param(with->graph, "fc.weight")->dims[1];
        assert_int_equal(fer_model_get_info(with).n_params, fer_model_get_info(without).n_params + 2 * features + 2);
        fer_model_free(without);
        fer_model_free(with);
    }
}

static void test_a_model_without_them_says_so(void **state)
{
    (void)state;
    fer_model *m = make_model(false);
    fer_session *s;
    fer_image *image;
    fer_error err = {0};
    float scores[CLASSES], two[2];
    assert_int_equal(fer_session_new(m, NULL, &s, NULL), FER_OK);
    assert_int_equal(fer_image_load(in_fixture("val/left/00.png"), &image, NULL), FER_OK);
    const fer_image *images[1] = {image};
    assert_int_equal(fer_session_predict_valence_arousal(s, 1, images, scores, two, &err), FER_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "no valence and arousal"));
    fer_image_free(image);
    fer_session_free(s);
    fer_model_free(m);
}

static void test_files_keep_the_head(void **state)
{
    (void)state;
    float before[10], after[10], scores[5 * CLASSES], again[5 * CLASSES];
    fer_model *m = make_model(true), *loaded;
    const char *path = in_fixture("head.safetensors");
    answer(m, scores, before);
    assert_int_equal(fer_model_save(m, path, FER_FLOAT32, NULL), FER_OK);
    for (int mapped = 0; mapped < 2; mapped++) {
        fer_load_options opt = {.mapped = mapped};
        assert_int_equal(fer_model_load(path, &opt, &loaded, NULL), FER_OK);
        assert_true(fer_model_has_valence_arousal(loaded));
        answer(loaded, again, after);
        assert_memory_equal(before, after, sizeof before);
        assert_memory_equal(scores, again, sizeof scores);
        fer_model_free(loaded);
    }
    fer_model_free(m);
}

static void test_a_strange_flag_is_refused(void **state)
{
    (void)state;
    struct feri_tensors t = {0};
    fer_model *m = make_model(true), *loaded;
    fer_error err = {0};
    assert_int_equal(feri_model_put_tensors(m, &t, NULL), FER_OK);
    assert_true(feri_tensors_set_meta(&t, "fer.valence_arousal", "yes"));
    assert_int_equal(feri_safetensors_write(in_fixture("strange.safetensors"), &t, FERI_DTYPE_F32, NULL), FER_OK);
    assert_int_equal(fer_model_load(in_fixture("strange.safetensors"), NULL, &loaded, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "fer.valence_arousal is 'yes', expected 1 or none"));
    feri_tensors_free(&t);
    fer_model_free(m);
}

/* As torch.save(model.state_dict()) leaves it: names and shapes alone. */
static void test_a_bare_state_dict_shows_its_head(void **state)
{
    (void)state;
    struct feri_tensors t = {0};
    float before[10], after[10], scores[5 * CLASSES];
    fer_model *m = make_model(true), *loaded;
    fer_load_options opt = {.model = "resnet-8", .override = {.height = SIDE, .width = SIDE}};
    answer(m, scores, before);
    assert_int_equal(feri_model_put_tensors(m, &t, NULL), FER_OK);
    for (size_t i = 0; i < t.n_meta; i++) {
        free(t.meta[i].key);
        free(t.meta[i].value);
    }
    t.n_meta = 0;
    assert_int_equal(feri_safetensors_write(in_fixture("bare.safetensors"), &t, FERI_DTYPE_F32, NULL), FER_OK);
    assert_int_equal(fer_model_load(in_fixture("bare.safetensors"), &opt, &loaded, NULL), FER_OK);
    answer(loaded, scores, after);
    assert_memory_equal(before, after, sizeof before);
    fer_model_free(loaded);
    feri_tensors_free(&t);
    fer_model_free(m);
}

/* ---- runs ---- */

/* A table of the blobs: valence by the class, arousal by the picture's number; every fifth has none. */
static void write_table(const char *set, const char *name)
{
    static const char *const classes[CLASSES] = {"left", "middle", "right"};
    FILE *f = fopen(in_fixture(name), "w");
    assert_non_null(f);
    fprintf(f, "image,label,valence,arousal\n");
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < PER_CLASS; i++) {
            fprintf(f, "%s/%s/%02d.png,%s,", set, classes[k], i, classes[k]);
            if (i % 5 == 4) fprintf(f, ",\n");
            else fprintf(f, "%g,%g\n", 0.7 * (k - 1), i / 20.0 - 0.5);
        }
    assert_int_equal(fclose(f), 0);
}

static fer_train_options va_options(const char *run)
{
    static char data[600], val[600];
    fer_train_options o = small_options(run);
    snprintf(data, sizeof data, "%s", in_fixture("train.csv"));
    snprintf(val, sizeof val, "%s", in_fixture("val.csv"));
    write_table("train", "train.csv");
    write_table("val", "val.csv");
    o.data.path = data;
    o.val.path = val;
    o.valence_arousal = true;
    return o;
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

static void test_resumed_equals_uninterrupted(void **state)
{
    (void)state;
    const fer_train_events stop = {.progress = stop_in_second_epoch};
    fer_train_options o = va_options("va");
    train_ok(&o, NULL);
    o = va_options("va-resumed");
    o.threads = 1;
    assert_int_equal(fer_train(&o, &stop, NULL), FER_ERR_STOPPED);
    o.resume = true;
    o.threads = 3;
    train_ok(&o, NULL);
    assert_same_results("va", "va-resumed");
    o.va_weight = 2;
    assert_refused(&o, FER_ERR_ARGUMENT, "option 'va_weight' is 1");
}

static void test_a_run_learns_valence(void **state)
{
    (void)state;
    fer_train_epoch last = {0};
    const fer_train_events events = {.user = &last, .epoch = keep_epoch};
    fer_train_options o = va_options("va-learns");
    o.epochs = 12;
    train_ok(&o, &events);
    if (!(last.val_ccc_valence > 0.6)) fail_msg("CCC of valence is %g", last.val_ccc_valence);
    /* What eval reports of the averaged weights is what validation saw. */
    fer_model *m;
    fer_evaluation *e;
    fer_eval_options opt = {.data.path = o.val.path, .batch = o.batch};
    assert_int_equal(fer_model_load(in_run("va-learns", "final.safetensors"), NULL, &m, NULL), FER_OK);
    assert_int_equal(fer_evaluate(m, &opt, &e, NULL), FER_OK);
    assert_int_equal(e->images, CLASSES * PER_CLASS);
    assert_int_equal(e->valence.images, CLASSES * (PER_CLASS - PER_CLASS / 5));
    assert_true(fabs(e->valence.ccc - last.val_ccc_valence) < 1e-9);
    assert_true(fabs(e->arousal.ccc - last.val_ccc_arousal) < 1e-9);
    fer_evaluation_free(e);
    opt.data.path = in_fixture("val"); /* folders: no such labels */
    assert_int_equal(fer_evaluate(m, &opt, &e, NULL), FER_OK);
    assert_true(e->valence.images == 0 && e->arousal.images == 0);
    fer_evaluation_free(e);
    fer_model_free(m);
}

struct notes {
    bool missing, loaded;
};

static void read_note(void *user, const char *line)
{
    struct notes *n = user;
    n->missing |= strstr(line, "missing: va.weight") != NULL;
    n->loaded |= strstr(line, "tensors loaded from") != NULL;
}

static void test_it_starts_from_weights_without_the_head(void **state)
{
    (void)state;
    static const char *const freeze[] = {"conv1.*", "layer*", "bn1.*", "fc.*"};
    struct notes notes = {false, false};
    const fer_train_events events = {.user = &notes, .note = read_note};
    fer_train_options o = va_options("classes");
    o.valence_arousal = false;
    o.epochs = 1;
    train_ok(&o, NULL);
    char init[600];
    snprintf(init, sizeof init, "%s", in_run("classes", "final.safetensors"));
    o = va_options("from-classes");
    o.init = init;
    o.freeze = freeze;
    o.n_freeze = 4;
    o.epochs = 1;
    train_ok(&o, &events);
    assert_true(notes.missing && notes.loaded);
    /* Only the head was trained, so the classes are answered as before. */
    fer_model *a, *b;
    float before[5 * CLASSES], after[5 * CLASSES], two[10];
    assert_int_equal(fer_model_load(init, NULL, &a, NULL), FER_OK);
    assert_int_equal(fer_model_load(in_run("from-classes", "final.safetensors"), NULL, &b, NULL), FER_OK);
    answer(a, before, NULL);
    answer(b, after, two);
    assert_memory_equal(before, after, sizeof before);
    fer_model_free(a);
    fer_model_free(b);
}

static void test_data_without_labels_is_refused(void **state)
{
    (void)state;
    fer_train_options o = small_options("refused");
    o.valence_arousal = true;
    assert_refused(&o, FER_ERR_ARGUMENT, "0 of 72 images have valence and arousal");
    o = va_options("refused");
    o.va_weight = -1;
    assert_refused(&o, FER_ERR_ARGUMENT, "va_weight: -1 is out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_agree_with_numpy),
        cmocka_unit_test(test_metrics_at_their_edges),
        cmocka_unit_test(test_loss_agrees_with_pytorch),
        cmocka_unit_test(test_gradient_is_the_difference_quotient),
        cmocka_unit_test(test_few_truths),
        cmocka_unit_test(test_the_head_stands_beside_the_classes),
        cmocka_unit_test(test_every_published_model_can_have_the_head),
        cmocka_unit_test(test_a_model_without_them_says_so),
        cmocka_unit_test(test_files_keep_the_head),
        cmocka_unit_test(test_a_strange_flag_is_refused),
        cmocka_unit_test(test_a_bare_state_dict_shows_its_head),
        cmocka_unit_test(test_resumed_equals_uninterrupted),
        cmocka_unit_test(test_a_run_learns_valence),
        cmocka_unit_test(test_it_starts_from_weights_without_the_head),
        cmocka_unit_test(test_data_without_labels_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
