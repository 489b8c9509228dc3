/* Several sets as one: targets of their own protocols, classes by name, draws by weight. */
#include "faces.h"

#include "data/digest.h"
#include "data/draws.h"
#include "data/join.h"

#include <math.h>
#include <sys/stat.h>

enum { A = 10, B = 7, CLASSES = 3, EPOCHS = 400 };

/* a: class folders of 6, 3 and 1 faces; b: a table with distributions, its classes in another order. */
static int make_sets(void **state)
{
    static const char *const classes[CLASSES] = {"anger", "happiness", "neutral"};
    static const size_t sizes[CLASSES] = {6, 3, 1};
    if (make_root(state) != 0) return -1;
    mkdir(at("a"), 0777);
    for (size_t k = 0; k < CLASSES; k++) {
        char name[64];
        snprintf(name, sizeof name, "a/%s", classes[k]);
        mkdir(at(name), 0777);
        for (size_t i = 0; i < sizes[k]; i++) {
            snprintf(name, sizeof name, "a/%s/%zu.png", classes[k], i);
            write_face(name, (unsigned)(10 * k + i));
        }
    }
    mkdir(at("b"), 0777);
    FILE *f = fopen(at("b/b.csv"), "w");
    fputs("image,label,distribution\n", f);
    for (size_t i = 0; i < B; i++) {
        char name[64];
        snprintf(name, sizeof name, "b/%zu.png", i);
        write_face(name, (unsigned)(100 + i));
        fprintf(f, "%zu.png,%s,%s\n", i, i % 2 ? "Happy" : "neutral",
                i % 2 ? "happiness:0.75;neutral:0.25" : "neutral:0.5;happiness:0.25;anger:0.25");
    }
    return fclose(f);
}

static struct feri_dataset *open_one(const char *name, fer_protocol protocol)
{
    struct feri_dataset *ds;
    fer_error err;
    if (open_set(at(name), protocol, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static struct feri_dataset *join(float weight_a, float weight_b, fer_protocol of_b)
{
    struct feri_part parts[] = {{open_one("a", FER_MAJORITY), weight_a}, {open_one("b/b.csv", of_b), weight_b}};
    struct feri_dataset *ds;
    fer_error err;
    if (feri_dataset_join("a,b", parts, 2, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static void test_each_part_keeps_its_pictures_and_targets(void **state)
{
    (void)state;
    static const float one[CLASSES] = {0, 0, 1}, soft[CLASSES] = {0.5f, 0.25f, 0.25f}, hard[CLASSES] = {1, 0, 0};
    struct feri_dataset *ds = join(1, 1, FER_DISTRIBUTION);
    struct feri_pixels px;
    assert_int_equal(feri_dataset_size(ds), A + B);
    assert_int_equal(feri_dataset_n_classes(ds), CLASSES);
    assert_false(feri_dataset_has_weights(ds));
    assert_string_equal(feri_dataset_file(ds, 0), "anger/0.png");
    assert_string_equal(feri_dataset_file(ds, A + 3), "3.png");
    assert_int_equal(feri_dataset_label(ds, A), 0);
    assert_int_equal(feri_dataset_label(ds, A + 1), 1);
    assert_memory_equal(feri_dataset_target(ds, 0), one, sizeof one);
    assert_memory_equal(feri_dataset_target(ds, A), soft, sizeof soft);
    assert_int_equal(feri_dataset_read(ds, A + 3, &px, NULL), FER_OK);
    assert_int_equal(px.data[1], 103);
    feri_pixels_free(&px);
    feri_dataset_close(ds);
    ds = join(1, 1, FER_MAJORITY);
    assert_memory_equal(feri_dataset_target(ds, A), hard, sizeof hard);
    feri_dataset_close(ds);
}

static void test_a_class_that_the_first_set_lacks_is_refused(void **state)
{
    (void)state;
    const fer_data_source no_anger = {.path = at("a"), .merge = (const char *const[]){"anger=neutral"}, .n_merge = 1};
    struct feri_part parts[2] = {{NULL, 1}, {open_one("b/b.csv", FER_DISTRIBUTION), 1}};
    struct feri_dataset *ds;
    fer_error err;
    assert_int_equal(feri_dataset_open(&no_anger, FERI_USE_ALL, &parts[0].ds, &err), FER_OK);
    assert_int_equal(feri_dataset_join("a,b", parts, 2, &ds, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "class 'anger' is none of"));
    assert_null(ds);
}

static void test_weights_and_protocols_change_the_digest(void **state)
{
    (void)state;
    static const struct {
        float a, b;
        fer_protocol protocol;
    } cases[] = {{1, 1, FER_DISTRIBUTION}, {1, 0.5f, FER_DISTRIBUTION}, {1, 2, FER_DISTRIBUTION}, {1, 1, FER_MAJORITY}};
    char digests[4][FERI_DIGEST_MAX];
    for (size_t i = 0; i < 4; i++) {
        struct feri_dataset *ds = join(cases[i].a, cases[i].b, cases[i].protocol);
        assert_int_equal(feri_dataset_digest(ds, digests[i], NULL), FER_OK);
        for (size_t k = 0; k < i; k++) assert_string_not_equal(digests[i], digests[k]);
        feri_dataset_close(ds);
    }
}

/* counts[i]: draws of sample i in many epochs. Returns the draws of one. */
static size_t count_draws(const struct feri_dataset *ds, float oversample, size_t counts[A + B])
{
    struct feri_draws *d;
    size_t n = feri_draws_count(ds, oversample), *order = calloc(n, sizeof *order);
    memset(counts, 0, (A + B) * sizeof *counts);
    assert_non_null(order);
    assert_int_equal(feri_draws_new(ds, oversample, &d, NULL), FER_OK);
    for (uint64_t e = 0; e < EPOCHS; e++) {
        struct feri_rng rng = feri_rng_new(5, 1, e);
        feri_draws_make(d, &rng, order);
        for (size_t i = 0; i < n; i++) counts[order[i]]++;
    }
    double sum = 0;
    for (size_t i = 0; i < A + B; i++) sum += feri_draws_share(d, i);
    assert_true(fabs(sum - 1) < 1e-12);
    for (size_t i = 0; i < A + B; i++) /* each image's draws are those of its share, within 5 deviations */
        assert_true(fabs((double)counts[i] - feri_draws_share(d, i) * (double)(n * EPOCHS)) <
                    5 * sqrt((double)counts[i]) + 10 + 0.05 * (double)counts[i]);
    feri_draws_free(d);
    free(order);
    return n;
}

static void test_a_picture_is_drawn_as_often_as_its_weight_says(void **state)
{
    (void)state;
    size_t counts[A + B];
    struct feri_dataset *ds = join(1, 2.5f, FER_DISTRIBUTION);
    assert_int_equal(count_draws(ds, 0, counts), A + 14 + 4); /* 3.5 is rounded */
    for (size_t i = 0; i < A; i++) assert_int_equal(counts[i], EPOCHS);
    for (size_t i = A; i < A + B; i++) assert_true(counts[i] > 960 && counts[i] < 1100);
    feri_dataset_close(ds);
    ds = join(1, 0.25f, FER_DISTRIBUTION);
    assert_int_equal(count_draws(ds, 0, counts), A + 2);
    for (size_t i = A; i < A + B; i++) assert_true(counts[i] > 72 && counts[i] < 160);
    feri_dataset_close(ds);
}

static void test_oversampling_follows_the_weights_within_a_class(void **state)
{
    (void)state;
    size_t counts[A + B], classes[CLASSES] = {0};
    struct feri_dataset *ds = join(1, 0.5f, FER_DISTRIBUTION);
    size_t n = count_draws(ds, 2, counts);
    assert_int_equal(n, 2 * (A + 4));
    for (size_t i = 0; i < A + B; i++) classes[feri_dataset_label(ds, i)] += counts[i];
    for (size_t k = 0; k < CLASSES; k++) assert_true(fabs((double)classes[k] - (double)(n * EPOCHS) / 3) < 300);
    double ratio = (double)counts[A - 1] / (double)counts[A]; /* both are neutral */
    assert_true(ratio > 1.8 && ratio < 2.2);
    feri_dataset_close(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_part_keeps_its_pictures_and_targets),
        cmocka_unit_test(test_a_class_that_the_first_set_lacks_is_refused),
        cmocka_unit_test(test_weights_and_protocols_change_the_digest),
        cmocka_unit_test(test_a_picture_is_drawn_as_often_as_its_weight_says),
        cmocka_unit_test(test_oversampling_follows_the_weights_within_a_class),
    };
    return cmocka_run_group_tests(tests, make_sets, remove_root);
}
