/* fer_train() from pictures to files: it learns, its files are right, and wrong input is refused. */
#include "fixture.h"

#include "formats/safetensors.h"
#include "formats/tensors_file.h"

#include <jansson.h>
#include <math.h>

struct seen {
    fer_train_epoch epochs[64];
    size_t n_epochs, n_batches, stop_at; /* stop_at: batches after which progress says stop, 0: never */
    char notes[4096];
};

static bool see_progress(void *user, const fer_progress *p)
{
    struct seen *s = user;
    assert_true(p->done >= 1 && p->done <= p->total && p->epoch < p->epochs);
    assert_true(p->loss > 0 && p->per_second >= 0 && p->eta_seconds >= 0);
    return ++s->n_batches != s->stop_at;
}

static void see_epoch(void *user, const fer_train_epoch *e)
{
    struct seen *s = user;
    assert_true(s->n_epochs < 64);
    s->epochs[s->n_epochs++] = *e;
}

static void see_note(void *user, const char *line)
{
    struct seen *s = user;
    size_t n = strlen(s->notes);
    snprintf(s->notes + n, sizeof s->notes - n, "%s\n", line);
}

static fer_train_events events_of(struct seen *s)
{
    return (fer_train_events){.user = s, .progress = see_progress, .epoch = see_epoch, .note = see_note};
}

/* ---- a whole run ---- */

static void check_log(const char *run, const struct seen *s)
{
    size_t n;
    char *text = (char *)read_bytes(in_run(run, "log.csv"), &n), *line = text;
    assert_memory_equal(text, "Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s,Schema\n", 65);
    for (size_t i = 0; i < s->n_epochs; i++) {
        unsigned epoch;
        double v[6];
        line = strchr(line, '\n') + 1;
        assert_int_equal(sscanf(line, "%u,%lf,%lf,%lf,%lf,%lf,%lf", &epoch, v, v + 1, v + 2, v + 3, v + 4, v + 5), 7);
        assert_int_equal(epoch, i + 1);
        assert_true(fabs(v[0] - s->epochs[i].loss) < 1e-6 && fabs(v[2] - s->epochs[i].val_loss) < 1e-6);
        assert_true(fabs(v[1] - s->epochs[i].accuracy) < 1e-6 && fabs(v[3] - s->epochs[i].val_accuracy) < 1e-6);
        assert_true(fabs(v[4] - s->epochs[i].lr) < 1e-6);
    }
    assert_string_equal(strchr(line, '\n'), "\n");
    free(text);
}

static void check_best(const char *run, const struct seen *s)
{
    const fer_eval_options opt = {.data.path = in_fixture("val"), .threads = 1};
    double best = 0;
    fer_model *m;
    fer_evaluation *e;
    fer_error err = {0};
    for (size_t i = 0; i < s->n_epochs; i++) best = fmax(best, s->epochs[i].val_accuracy);
    if (fer_model_load(in_run(run, "best.safetensors"), NULL, &m, &err) != FER_OK) fail_msg("%s", err.text);
    fer_model_info info = fer_model_get_info(m);
    assert_string_equal(info.classes[1], "middle");
    assert_true(strstr(info.provenance, "on train from random weights, 8 epochs, seed 7") != NULL);
    if (fer_evaluate(m, &opt, &e, &err) != FER_OK) fail_msg("%s", err.text);
    assert_true(e->accuracy == best);
    fer_evaluation_free(e);
    fer_model_free(m);
}

static void check_config(const char *run)
{
    json_error_t bad;
    json_t *j = json_load_file(in_run(run, "config.json"), 0, &bad);
    assert_non_null(j);
    assert_string_equal(json_string_value(json_object_get(j, "model")), "resnet-8");
    assert_true(json_real_value(json_object_get(j, "lr")) == 3e-3);
    assert_int_equal(json_integer_value(json_object_get(j, "epochs")), 8);
    assert_string_equal(json_string_value(json_object_get(j, "schedule")), "cosine");
    json_decref(j);
}

static void test_training_learns_blobs(void **state)
{
    (void)state;
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    fer_train_options o = small_options("learn");
    o.epochs = 8;
    train_ok(&o, &events);
    assert_int_equal(s.n_epochs, 8);
    assert_int_equal(s.n_batches, 8 * 6);
    assert_true(s.epochs[0].best && s.epochs[7].val_accuracy > 0.95 && s.epochs[7].val_loss < s.epochs[0].val_loss);
    check_log("learn", &s);
    check_best("learn", &s);
    check_config("learn");
}

static void test_other_optimizers_and_models_learn(void **state)
{
    (void)state;
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    fer_train_options o = small_options("sgd");
    o.epochs = 8;
    o.optimizer = FER_SGD;
    o.lr = 0.02f;
    o.nesterov = true;
    o.schedule = FER_ONE_CYCLE;
    o.ema = 0;
    o.oversample = 1.5f;
    o.workers = 2;
    train_ok(&o, &events);
    assert_int_equal(s.n_batches, 8 * 9);
    assert_true(s.epochs[7].val_accuracy > 0.9);
    const char *shares = strstr(s.notes, "class shares of an epoch: left ");
    double left, middle, right;
    assert_non_null(shares);
    assert_null(strstr(shares + 1, "class shares")); /* once, not in every epoch */
    assert_int_equal(
        sscanf(shares, "class shares of an epoch: left %lf %%, middle %lf %%, right %lf %%", &left, &middle, &right),
        3);
    assert_true(fabs(left + middle + right - 100) < 0.16);
}

static void test_training_without_validation(void **state)
{
    (void)state;
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    size_t n;
    fer_train_options o = small_options("blind");
    o.val.path = NULL;
    o.epochs = 1;
    train_ok(&o, &events);
    assert_true(isnan(s.epochs[0].val_loss) && isnan(s.epochs[0].val_accuracy) && !s.epochs[0].best);
    assert_int_not_equal(access(in_run("blind", "best.safetensors"), F_OK), 0);
    char *log = (char *)read_bytes(in_run("blind", "log.csv"), &n);
    assert_non_null(strstr(log, ",,,")); /* two empty columns */
    free(log);
}

/* ---- weights to start from, weights to keep ---- */

static const struct feri_tensor *tensor(const struct feri_tensors *t, const char *name)
{
    const struct feri_tensor *found = feri_tensors_find(t, name);
    assert_non_null(found);
    return found;
}

static bool same_tensor(const struct feri_tensors *a, const struct feri_tensors *b, const char *name)
{
    const struct feri_tensor *x = tensor(a, name), *y = tensor(b, name);
    return x->count == y->count && memcmp(x->data, y->data, x->count * sizeof(float)) == 0;
}

static void test_frozen_parameters_stay(void **state)
{
    (void)state;
    static const char *const patterns[] = {"layer1.*", "conv1.*", "bn1.*"};
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    struct feri_tensors before = {0}, after = {0};
    fer_train_options o = small_options("start");
    o.epochs = 1;
    train_ok(&o, NULL);
    o.out = in_fixture("frozen");
    char init[600];
    snprintf(init, sizeof init, "%s", in_run("start", "last.safetensors"));
    o.init = init;
    o.freeze = patterns;
    o.n_freeze = 3;
    train_ok(&o, &events);
    assert_non_null(strstr(s.notes, "tensors loaded from"));
    assert_null(strstr(s.notes, "unexpected")); /* the checkpoint's optimiser state is not worth a line */
    assert_int_equal(feri_tensors_read(init, &before, NULL), FER_OK);
    assert_int_equal(feri_tensors_read(in_run("frozen", "final.safetensors"), &after, NULL), FER_OK);
    assert_true(same_tensor(&before, &after, "layer1.0.conv1.weight"));
    assert_true(same_tensor(&before, &after, "layer1.0.bn1.running_mean"));
    assert_false(same_tensor(&before, &after, "layer2.0.conv1.weight"));
    assert_false(same_tensor(&before, &after, "layer2.0.bn1.running_mean"));
    feri_tensors_free(&before);
    feri_tensors_free(&after);
}

/* A crop stays true of other classes; what was fitted to the weights does not. Either is said, in config.json too. */
static void test_init_says_what_it_keeps_and_drops(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    const fer_crop crop = {0.4f, 0.35f, 1.1f, 0.01f, 0.02f};
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    fer_train_options o = small_options("kept");
    fer_model *m, *after;
    fer_crop read;
    size_t n;
    char init[600];
    const fer_model_options mo = {.height = SIDE,
                                  .width = SIDE,
                                  .channels = 1,
                                  .n_classes = 3,
                                  .classes = names,
                                  .preprocess = "imagenet-255",
                                  .temperature = 1.5,
                                  .crop = &crop};
    snprintf(init, sizeof init, "%s", in_fixture("cropped.safetensors"));
    assert_int_equal(fer_model_new(o.model, &mo, &m, NULL), FER_OK);
    assert_int_equal(fer_model_save(m, init, FER_FLOAT32, NULL), FER_OK);
    fer_model_free(m);
    o.init = init;
    o.epochs = 1;
    o.schedule = FER_CONSTANT;
    o.warmup = 0;
    o.preprocess = "half";
    train_ok(&o, &events);
    assert_non_null(strstr(s.notes, "its temperature 1.5 is dropped"));
    assert_non_null(strstr(s.notes, "preprocessing 'imagenet-255', and this run uses 'half'"));
    assert_non_null(strstr(s.notes, "is kept: faces in the training pictures"));
    char *config = (char *)read_bytes(in_run("kept", "config.json"), &n);
    assert_non_null(strstr(config, "its temperature 1.5 is dropped"));
    free(config);
    o.epochs = 2;
    o.resume = true;
    train_ok(&o, NULL); /* the crop is not forgotten */
    assert_int_equal(fer_model_load(in_run("kept", "final.safetensors"), NULL, &after, NULL), FER_OK);
    assert_true(fer_model_crop(after, &read));
    assert_float_equal(read.eye_distance, crop.eye_distance, 1e-6);
    assert_float_equal(fer_model_temperature(after), 1, 0);
    fer_model_free(after);
}

/* 72 images in batches of 12 leave none over; in batches of 50, 22; a batch of 100 is never full. */
static void test_images_left_over_are_counted(void **state)
{
    (void)state;
    static const struct {
        size_t batch;
        const char *note;
    } cases[] = {
        {12, NULL}, {50, "22 of 72 images are left over in each epoch"}, {100, "72 images, fewer than the batch"}};
    for (size_t i = 0; i < 3; i++) {
        char run[16];
        struct seen s = {0};
        fer_train_events events = events_of(&s);
        snprintf(run, sizeof run, "over%zu", cases[i].batch);
        fer_train_options o = small_options(run);
        o.epochs = 1;
        o.batch = cases[i].batch;
        train_ok(&o, &events);
        if (cases[i].note) assert_non_null(strstr(s.notes, cases[i].note));
        else assert_null(strstr(s.notes, "left over"));
    }
}

/* ---- refusals ---- */

static void test_options_out_of_range_are_refused(void **state)
{
    (void)state;
    static const char *const nothing[] = {"no.such.*"}, *const everything[] = {"*"};
    fer_train_options o;
#define REFUSED(change, words)    \
    o = small_options("refused"); \
    change;                       \
    assert_refused(&o, FER_ERR_ARGUMENT, words)
    REFUSED(o.model = NULL, "model: required");
    REFUSED(o.epochs = 0, "epochs: 0 is out of range, expected 1 to 100000");
    REFUSED(o.batch = 65537, "batch");
    REFUSED(o.lr = 0, "lr: 0 is out of range, expected 1e-12 to 100");
    REFUSED(o.lr = NAN, "lr: nan");
    REFUSED(o.lr = INFINITY, "lr: inf");
    REFUSED(o.ema = 1, "ema: 1 is out of range, expected 0 to 0.999999");
    REFUSED(o.label_smoothing = -0.1f, "label_smoothing");
    REFUSED(o.mixup = -1, "mixup: -1 is out of range, expected 0 to 100");
    REFUSED(o.cutmix = NAN, "cutmix: nan is out of range, expected 0 to 100");
    REFUSED(o.logit_adjust = -1, "logit_adjust: -1 is out of range, expected 0 to 10");
    REFUSED(o.sam = -1, "sam: -1 is out of range, expected 0 to 10");
    REFUSED(o.dropout = 0.3f, "dropout: 0.3 is out of range, expected -1 to 0");
    REFUSED(o.warmup = 4, "warmup: 4 epochs of 3");
    REFUSED(o.channels = 2, "channels: 2");
    REFUSED(o.optimizer = (fer_optimizer)5, "optimizer: 5");
    REFUSED(o.augment.randaugment_magnitude = 31, "randaugment_magnitude: 31 is out of range, expected 0 to 30");
    REFUSED(o.isa = "mmx", "instruction set 'mmx'");
    REFUSED(o.model = "vgg", "vgg");
    REFUSED(o.preprocess = "odd", "odd");
    REFUSED((o.freeze = nothing, o.n_freeze = 1), "freeze: 'no.such.*' matches no parameter");
    REFUSED((o.freeze = everything, o.n_freeze = 1), "every parameter is frozen");
    assert_int_not_equal(access(in_fixture("refused"), F_OK), 0); /* nothing was written */
    assert_int_equal(fer_train(NULL, NULL, NULL), FER_ERR_ARGUMENT);
}

static void test_weights_that_do_not_fit_at_all_are_refused(void **state)
{
    (void)state;
    fer_model *m;
    fer_model_options small = {.height = 32, .width = 32, .channels = 1, .n_classes = 5};
    char init[600];
    snprintf(init, sizeof init, "%s", in_fixture("cct.safetensors"));
    assert_int_equal(fer_model_new("cct-1", &small, &m, NULL), FER_OK);
    assert_int_equal(fer_model_save(m, init, FER_FLOAT32, NULL), FER_OK);
    fer_model_free(m);
    fer_train_options o = small_options("misfit");
    o.init = init;
    assert_refused(&o, FER_ERR_SHAPE, "fits model 'resnet-8'");
    o.init = in_fixture("missing.safetensors");
    assert_refused(&o, FER_ERR_IO, "missing.safetensors");
}

static void test_classes_are_matched_by_name(void **state)
{
    (void)state;
    /* Sorted, these are aside ... in another order than the pictures' labels; the names decide. */
    static const char *const shuffled[] = {"RIGHT", "left", "middle"}, *const strange[] = {"left", "up"};
    static const size_t labels[] = {2, 0, 1}, strange_labels[] = {0, 1};
    struct seen s = {0};
    fer_train_events events = events_of(&s);
    char val[600];
    make_dataset("val-shuffled", shuffled, labels, 3, 3);
    make_dataset("val-strange", strange, strange_labels, 2, 3);
    fer_train_options o = small_options("shuffled");
    snprintf(val, sizeof val, "%s", in_fixture("val-shuffled"));
    o.val.path = val;
    o.epochs = 8;
    train_ok(&o, &events);
    assert_true(s.epochs[7].val_accuracy > 0.9);
    o = small_options("strange");
    snprintf(val, sizeof val, "%s", in_fixture("val-strange"));
    o.val.path = val;
    assert_refused(&o, FER_ERR_ARGUMENT, "class 'up' is none of the model's: ");
}

static void test_a_loss_that_explodes_stops_the_run(void **state)
{
    (void)state;
    fer_error err = {0};
    struct feri_tensors t = {0};
    fer_train_options o = small_options("explode");
    /* The rate grows by 0.02 a step without end. */
    o.model = "cct-1";
    o.input = 32;
    o.optimizer = FER_SGD;
    o.momentum = 0.9f;
    o.schedule = FER_CONSTANT;
    o.clip = 0;
    o.lr = 96;
    o.epochs = 800;
    o.warmup = 800;
    assert_int_equal(fer_train(&o, NULL, &err), FER_ERR_NUMERIC);
    assert_non_null(strstr(err.text, "epoch"));
    assert_non_null(strstr(err.text, "learning rate"));
    assert_non_null(strstr(err.text, "loss"));
    assert_int_equal(feri_safetensors_read(in_run("explode", "last.safetensors"), &t, &err), FER_OK);
    for (size_t i = 0; i < t.n; i++)
        for (size_t k = 0; k < t.items[i].count; k++) assert_true(isfinite(t.items[i].data[k]));
    feri_tensors_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_learns_blobs),
        cmocka_unit_test(test_other_optimizers_and_models_learn),
        cmocka_unit_test(test_training_without_validation),
        cmocka_unit_test(test_frozen_parameters_stay),
        cmocka_unit_test(test_init_says_what_it_keeps_and_drops),
        cmocka_unit_test(test_images_left_over_are_counted),
        cmocka_unit_test(test_options_out_of_range_are_refused),
        cmocka_unit_test(test_weights_that_do_not_fit_at_all_are_refused),
        cmocka_unit_test(test_classes_are_matched_by_name),
        cmocka_unit_test(test_a_loss_that_explodes_stops_the_run),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
